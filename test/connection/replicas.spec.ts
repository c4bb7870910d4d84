import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalSentinel, type LocalNode, type LocalSentinel } from 'local-sentinel';
import { createCaches, type SentinelCache, type SentinelCaches } from 'nestjs-sentinel-cache';

import { pastedSettings } from '../failover/sentinel-fixture.js';
import { until } from './until.js';

/** How many GETs a node has answered so far. */
async function getsAnswered(node: LocalNode): Promise<number> {
  const stats = String(await node.command('INFO', 'commandstats'));
  return Number(/^cmdstat_get:calls=(\d+)/m.exec(stats)?.[1] ?? 0);
}

/** Waits until the key counts as settled: the primary is not asked for it any more. */
async function settledOnReplicas(cache: SentinelCache, primary: LocalNode): Promise<void> {
  await until(async () => {
    const before = await getsAnswered(primary);
    await cache.get('settled');
    return (await getsAnswered(primary)) === before;
  });
}

describe('C-33, C-51: reads go to replicas', () => {
  let topology: LocalSentinel;
  let caches: SentinelCaches;
  beforeAll(async () => {
    topology = await startLocalSentinel({ replicas: 2, sentinels: 3, password: 'admin', downAfterMs: 30_000 });
  });
  afterAll(() => topology.stop());
  afterEach(() => caches.close());

  async function open(options: Record<string, unknown> = {}): Promise<SentinelCache> {
    caches = createCaches(pastedSettings(topology, options));
    const cache = caches.get();
    await cache.set('warm', 1);
    await until(() => caches.topology()!.replicas.filter(({ connected, lagMs }) => connected && lagMs !== null).length === 2);
    return cache;
  }

  it('C-24, C-57: spreads settled keys over the replicas and leaves the primary alone', async () => {
    const cache = await open();
    await cache.set('settled', 1);
    await settledOnReplicas(cache, topology.primary);
    const [primary, ...replicas] = await Promise.all([topology.primary, ...topology.replicas].map(getsAnswered));
    for (let i = 0; i < 20; i += 1) expect(await cache.get('settled')).toBe(1);
    expect(await getsAnswered(topology.primary)).toBe(primary);
    const now = await Promise.all(topology.replicas.map(getsAnswered));
    for (const [i, before] of replicas.entries()) expect(now[i]).toBe(before + 10);
  });

  it('reads its own writes, each of 300 times', async () => {
    const cache = await open();
    for (let i = 0; i < 300; i += 1) {
      await cache.set('own', i);
      expect(await cache.get('own')).toBe(i);
    }
    await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        await cache.set(`own:${i}`, i);
        expect((await cache.getMany([`own:${i}`])).get(`own:${i}`)).toBe(i);
      }),
    );
  });

  it('with the primary gone, settled keys are still read', async () => {
    const cache = await open();
    await cache.set('settled', 1);
    await settledOnReplicas(cache, topology.primary);
    await topology.primary.kill();
    // The links to the primary are down on every replica once they have noticed.
    await until(() => caches.topology()!.replicas.every(({ lagMs }) => lagMs === null));
    for (let i = 0; i < 20; i += 1) expect(await cache.get('settled')).toBe(1);
    await topology.primary.restart();
    await topology.settled();
  });

  it('getOrSet asks the primary before it believes a miss of a replica that lags', async () => {
    const cache = await open();
    const other = createCaches(pastedSettings(topology));
    // Cut off from their primary they go on answering, from the past.
    for (const replica of topology.replicas) await replica.command('REPLICAOF', '127.0.0.1', '1');
    try {
      await other.get().set('elsewhere', 'made');
      const before = await Promise.all(topology.replicas.map(getsAnswered));
      expect(await cache.getOrSet('elsewhere', () => 'made twice')).toBe('made');
      expect(await Promise.all(topology.replicas.map(getsAnswered))).not.toEqual(before);
    } finally {
      for (const replica of topology.replicas)
        await replica.command('REPLICAOF', topology.primary.host, String(topology.primary.port));
      await other.close();
      await topology.settled();
    }
  });

  it('S-29: what reads for compare-and-set, as sessions do, reads from the primary', async () => {
    const cache = await open();
    const before = await Promise.all(topology.replicas.map(getsAnswered));
    const { token } = await cache.getWithToken('warm');
    expect(await cache.compareAndSet('warm', token, 2)).toBe(true);
    expect(await Promise.all(topology.replicas.map(getsAnswered))).toEqual(before);
  });
});
