import { setTimeout as pause } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalSentinel, type EventRecording, type LocalSentinel } from 'local-sentinel';
import { createCaches, type SentinelCaches } from 'nestjs-sentinel-cache';

import { connectedPrimary } from '../connection/connected-primary.js';
import { until } from '../connection/until.js';
import { pastedSettings } from './sentinel-fixture.js';
import { WriteLedger } from './write-ledger.js';

interface Line {
  readonly message: string;
  readonly atMs: number;
}

describe('P10: eagerFailover, with 200 writes a second', () => {
  let topology: LocalSentinel;
  let recording: EventRecording;
  let caches: SentinelCaches;
  let log: Line[];
  beforeEach(async () => {
    topology = await startLocalSentinel({ password: 'admin', downAfterMs: 5000 });
    recording = await topology.recordEvents();
  });
  afterEach(async () => {
    await caches.close();
    recording.stop();
    await topology.stop();
  });

  async function startLoad(eagerFailover: boolean): Promise<WriteLedger> {
    log = [];
    caches = createCaches(pastedSettings(topology, { eagerFailover }), {
      onEvent: ({ message }) => log.push({ message, atMs: performance.now() }),
    });
    await until(() =>
      caches
        .get()
        .set('warm', 1)
        .catch(() => false),
    );
    await until(() => caches.topology()!.sentinels.every(({ reachable }) => reachable));
    const ledger = new WriteLedger(caches.get(), 'eager');
    ledger.start();
    await pause(500);
    return ledger;
  }
  const moves = (): Line[] => log.filter(({ message }) => message.includes('the primary is now'));

  it.each([true, false])('a planned failover costs no call and one move (eager: %s)', async (eager) => {
    const ledger = await startLoad(eager);
    const failover = topology.failover();
    const change = await recording.firstSwitch('mymaster', { timeoutMs: 60_000 });
    const next = await failover;
    await until(() => moves().length > 0);
    await pause(1500);
    await ledger.stop();

    expect(ledger.unsettled()).toEqual([]);
    expect(ledger.rejected()).toEqual([]);
    const audit = await ledger.audit();
    expect({ ghosts: audit.ghosts, duplicates: audit.duplicates }).toEqual({ ghosts: 0, duplicates: 0 });
    expect(connectedPrimary(caches)).toBe(next.address);
    expect(moves()).toHaveLength(1);
    // What was acknowledged and is gone was acknowledged by the old primary, before the move.
    expect(audit.lost.filter(({ startedAtMs }) => startedAtMs > moves()[0]!.atMs)).toEqual([]);
    const sets = audit.lost.filter(({ kind }) => kind === 'set').length;
    process.stdout.write(
      `eager ${eager}: moved ${Math.round(change.at - moves()[0]!.atMs)} ms before +switch-master, ` +
        `longest call ${Math.round(ledger.longestMs())} ms, acknowledged and lost ${sets} of 100 set a second\n`,
    );
  });

  it('goes back to the primary that the sentinels name when the failover comes to nothing', async () => {
    const ledger = await startLoad(true);
    const old = topology.primary;
    const [leader] = topology.sentinels;
    await leader!.command('SENTINEL', 'FAILOVER', 'mymaster');
    await until(() => moves().length === 1);
    // It dies before it can tell the others.
    await leader!.kill();
    await until(() => connectedPrimary(caches) === old.address);
    const backAtMs = performance.now();
    await until(() => ledger.firstAcknowledgedAfter(backAtMs));
    await pause(500);
    await ledger.stop();

    expect(ledger.unsettled()).toEqual([]);
    const audit = await ledger.audit();
    expect({ ghosts: audit.ghosts, duplicates: audit.duplicates }).toEqual({ ghosts: 0, duplicates: 0 });
    expect(audit.lost.filter(({ startedAtMs }) => startedAtMs > backAtMs)).toEqual([]);
    expect(recording.events.filter(({ channel }) => channel === '+switch-master')).toEqual([]);
  });
});
