import { setTimeout as pause } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { connectedPrimary } from '../connection/connected-primary.js';
import { until } from '../connection/until.js';
import { startSentinelFixture, type LogLine, type SentinelFixture } from './sentinel-fixture.js';
import { executedOf, WriteLedger } from './write-ledger.js';

/** Times are promised, and measured, by `npm run test:promises`; here a bound of seconds catches what hangs. */
const HANGS_MS = 10_000;

interface Fault {
  readonly name: string;
  readonly deadlineMs: number;
  readonly inflict: (at: SentinelFixture) => Promise<void>;
}

const faults: Fault[] = [
  { name: 'the primary is killed with SIGKILL', deadlineMs: 500, inflict: (at) => at.topology.primary.kill() },
  { name: 'the primary is hung with SIGSTOP', deadlineMs: 500, inflict: (at) => at.topology.primary.hang() },
  // Nobody is rejected in it, on a busy machine neither.
  {
    name: 'SENTINEL FAILOVER moves the primary',
    deadlineMs: 10_000,
    inflict: async (at) => void (await at.topology.failover()),
  },
];

describe.each(faults)('with 200 writes a second while $name', ({ name, deadlineMs, inflict }) => {
  let at: SentinelFixture;
  beforeEach(async () => {
    at = await startSentinelFixture({ deadline: deadlineMs });
  });
  afterEach(() => at.stop());

  it('every call settles, what is told is true, and writing goes on at the new primary', async () => {
    const ledger = new WriteLedger(at.cache);
    const old = at.topology.primary;
    ledger.start();
    await pause(500);
    const faultAtMs = performance.now();
    const inflicted = inflict(at);
    const change = await at.recording.firstSwitch('mymaster', { timeoutMs: 60_000 });
    await inflicted;
    const isMove = ({ message }: LogLine): boolean => message.includes('the primary is now');
    await until(() => at.log.some(isMove));
    const { atMs: movedAtMs } = at.log.find(isMove)!;
    await until(() => ledger.firstAcknowledgedAfter(Math.max(change.at, movedAtMs)));
    await pause(1500);
    await ledger.stop();
    // A hung primary comes back as a replica: nothing of what it still holds may turn up.
    if (name.includes('SIGSTOP')) await old.resume();

    expect(ledger.unsettled()).toEqual([]);
    expect(ledger.longestMs()).toBeLessThan(deadlineMs + HANGS_MS);
    expect(ledger.unhandledRejections()).toEqual([]);
    for (const entry of ledger.rejected()) expect([false, 'unknown']).toContain(executedOf(entry.error));
    const unknown = ledger.rejected().filter((entry) => executedOf(entry.error) === 'unknown');
    expect(unknown.filter((entry) => entry.settledAtMs! > faultAtMs + 2 * deadlineMs + HANGS_MS)).toEqual([]);

    const audit = await ledger.audit();
    expect(audit.ghosts).toBe(0);
    expect(audit.duplicates).toBe(0);
    // Asynchronous replication may lose what the old primary acknowledged; nothing that began after the move.
    expect(audit.lost.filter((entry) => entry.startedAtMs > movedAtMs)).toEqual([]);
    if (name.includes('FAILOVER')) expect(ledger.rejected()).toEqual([]);

    expect(connectedPrimary(at.caches)).toBe(change.to);
    expect(at.log.filter(isMove)).toHaveLength(1);
    expect(at.log.length).toBeLessThanOrEqual(6);
  });
});
