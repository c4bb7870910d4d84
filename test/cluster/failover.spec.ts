import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import type { LocalNode } from 'local-sentinel';
import { createCaches, type SentinelCache } from 'nestjs-sentinel-cache';

import { executedOf, WriteLedger } from '../failover/write-ledger.js';
import { until } from '../connection/until.js';
import { placesOf, startClusterFixture, type ClusterFixture } from './cluster-fixture.js';

const DEADLINE_MS = 500;
/** A bound of seconds catches what hangs. */
const HANGS_MS = 2000;

let at: ClusterFixture;
afterEach(() => at?.stop());

/** What callers were told against what the cluster holds; the list and the keys lie on several primaries. */
async function audit(cache: SentinelCache, ledger: WriteLedger, list: string) {
  const pushed = ((await cache.command('LRANGE', cache.makeKey(list), 0, -1)) as Buffer[]).map(Number);
  const sets = ledger.entries.filter(({ kind }) => kind === 'set');
  const names = sets.map(({ sequence }) => `${list}:${sequence}`);
  const stored = await cache.getMany(names);
  const isThere = ({ kind, sequence }: (typeof sets)[number]): boolean =>
    kind === 'set' ? stored.has(`${list}:${sequence}`) : pushed.includes(sequence);
  return {
    ghosts: ledger.rejected().filter((entry) => executedOf(entry.error) === false && isThere(entry)).length,
    lost: ledger.entries.filter((entry) => entry.acknowledged && !isThere(entry)),
    duplicates: pushed.length - new Set(pushed).size,
  };
}

const rejectionOrTrue = (call: Promise<boolean>): Promise<unknown> => call.catch((error: unknown) => error);

describe.each([
  { what: 'is killed', inflict: (node: LocalNode) => node.kill() },
  { what: 'hangs', inflict: (node: LocalNode) => node.hang() },
])('with 200 writes a second, a primary $what and its replica takes over', ({ what, inflict }) => {
  beforeEach(async () => {
    at = await startClusterFixture(1, { deadline: DEADLINE_MS });
  });

  it('every call settles in time, what is told is true, and writing goes on at the new primary', async () => {
    const { cache, cluster, caches, log } = at;
    const ledger = new WriteLedger(cache, 'pushed');
    const { slot, owner } = await placesOf(at, 'pushed');
    ledger.start();
    await until(() => ledger.entries.filter(({ acknowledged }) => acknowledged).length > 20);
    const patient = createCaches({ default: { BACKEND: 'redis', LOCATION: cluster.location(), OPTIONS: { deadline: 15_000 } } });
    // In the slot of the list.
    const beside = `{${cache.makeKey('pushed')}}`;
    await patient.get().set(beside, 'before');
    const faultAtMs = performance.now();
    await inflict(owner);
    const isLost = () => !patient.topology()!.primaries!.find(({ address }) => address === owner.address)?.connected;
    await until(what === 'hangs' ? () => ledger.rejected().length > 0 : isLost);
    const waited = await Promise.all([
      rejectionOrTrue(patient.get().set(beside, 'after')),
      rejectionOrTrue(patient.get().has(beside)),
    ]);
    await patient.close();
    // Who hangs takes the first call with it, and may have carried it out.
    if (what === 'is killed') expect([waited, await cache.get(beside)]).toEqual([[true, true], 'after']);
    else expect(waited[1]).toBe(true);
    await until(async () => (await cluster.ownerOf(slot)) !== owner);
    const tookOverAtMs = performance.now();
    await until(() =>
      ledger.entries.some(({ kind, acknowledged, startedAtMs }) => kind === 'push' && acknowledged && startedAtMs > tookOverAtMs),
    );
    await pause(500);
    await ledger.stop();
    // What a hung primary still has in its sockets must not turn up anywhere.
    if (what === 'hangs') await owner.resume();

    expect(ledger.unsettled()).toEqual([]);
    expect(ledger.longestMs()).toBeLessThan(DEADLINE_MS + HANGS_MS);
    expect(ledger.unhandledRejections()).toEqual([]);
    for (const entry of ledger.rejected()) expect([false, 'unknown']).toContain(executedOf(entry.error));
    const { ghosts, lost, duplicates } = await audit(cache, ledger, 'pushed');
    expect({ ghosts, duplicates }).toEqual({ ghosts: 0, duplicates: 0 });
    // Asynchronous replication may lose what the old primary acknowledged; nothing that began after the move.
    expect(lost.filter(({ startedAtMs }) => startedAtMs > tookOverAtMs)).toEqual([]);
    // The other two thirds of the keys never noticed.
    const elsewhere = ledger.rejected().filter(({ startedAtMs }) => startedAtMs < faultAtMs);
    expect(elsewhere.filter((entry) => executedOf(entry.error) === false)).toEqual([]);
    const successor = await cluster.ownerOf(slot);
    expect(caches.topology()!.primaries!.map(({ address }) => address)).toContain(successor.address);
    expect(
      log.filter(({ message }) => message.includes(`${successor.address} has the slots of ${owner.address} now`)),
    ).toHaveLength(1);
    expect(log.length).toBeLessThanOrEqual(12);
  });
});
