import { setTimeout as pause } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { startSentinelFixture, type SentinelFixture } from './sentinel-fixture.js';
import { executedOf, WriteLedger } from './write-ledger.js';

const DEADLINE_MS = 500;
/** Times are promised, and measured, by `npm run test:promises`; here a bound of seconds catches what hangs. */
const HANGS_MS = 2000;

const faults = [
  { name: 'the primary is killed with SIGKILL', inflict: (at: SentinelFixture) => at.topology.primary.kill() },
  { name: 'the primary is hung with SIGSTOP', inflict: (at: SentinelFixture) => at.topology.primary.hang() },
  { name: 'SENTINEL FAILOVER moves the primary', inflict: async (at: SentinelFixture) => void (await at.topology.failover()) },
];

describe.each(faults)('with 200 writes a second while $name', ({ name, inflict }) => {
  let at: SentinelFixture;
  beforeEach(async () => {
    at = await startSentinelFixture();
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
    while (!ledger.firstAcknowledgedAfter(change.at)) await pause(5);
    await pause(1500);
    await ledger.stop();
    // A hung primary comes back as a replica: nothing of what it still holds may turn up.
    if (name.includes('SIGSTOP')) await old.resume();

    expect(ledger.unsettled()).toEqual([]);
    expect(ledger.longestMs()).toBeLessThan(DEADLINE_MS + HANGS_MS);
    expect(ledger.unhandledRejections()).toEqual([]);
    for (const entry of ledger.rejected()) expect([false, 'unknown']).toContain(executedOf(entry.error));
    const unknown = ledger.rejected().filter((entry) => executedOf(entry.error) === 'unknown');
    expect(unknown.filter((entry) => entry.settledAtMs! > faultAtMs + 2 * DEADLINE_MS + HANGS_MS)).toEqual([]);

    const audit = await ledger.audit();
    expect(audit.ghosts).toBe(0);
    expect(audit.duplicates).toBe(0);
    // Asynchronous replication may lose what the old primary acknowledged; nothing that began after the move.
    expect(audit.lost.filter((entry) => entry.startedAtMs > change.at + HANGS_MS / 4)).toEqual([]);
    if (name.includes('FAILOVER')) expect(ledger.rejected()).toEqual([]);

    expect(at.caches.topology()?.primary).toBe(change.to);
    expect(at.log.filter(({ message }) => message.includes('the primary is now'))).toHaveLength(1);
    expect(at.log.length).toBeLessThanOrEqual(6);
  });
});
