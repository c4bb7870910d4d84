import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { HealthIndicatorService } from '@nestjs/terminus';
import { startLocalCluster, type LocalCluster } from 'local-sentinel';
import { createCaches, type SentinelCaches } from 'nestjs-sentinel-cache';
import type { MonitorEvent } from 'nestjs-sentinel-cache/monitor';
import { SentinelCacheHealthIndicator } from 'nestjs-sentinel-cache/terminus';

import { until } from '../connection/until.js';

let cluster: LocalCluster;
const open: SentinelCaches[] = [];
afterEach(() => Promise.all(open.splice(0).map((caches) => caches.close())));

function cachesOn(OPTIONS: Record<string, unknown> = {}): SentinelCaches {
  const caches = createCaches({
    default: { BACKEND: 'redis', LOCATION: cluster.location(), OPTIONS: { deadline: 1000, ...OPTIONS } },
  });
  open.push(caches);
  return caches;
}

describe('what is known of a Redis Cluster', () => {
  beforeAll(async () => {
    cluster = await startLocalCluster({ primaries: 3, replicas: 1, nodeTimeoutMs: 1000 });
  });
  afterAll(() => cluster?.stop());

  const addresses = () => cluster.primaries.map(({ address }) => address).sort();

  it('the snapshot names the primaries with their slots, and asks nobody', async () => {
    const caches = cachesOn();
    expect(caches.topology()).toMatchObject({
      kind: 'cluster',
      masterName: null,
      state: { status: 'connecting' },
      primaries: [],
    });
    await caches.get().set('k', 1);
    await until(() => caches.topology()!.primaries!.every(({ connected }) => connected));
    const { primaries, primary, state } = caches.topology()!;
    expect(primaries!.map(({ address }) => address).sort()).toEqual(addresses());
    expect(primaries!.reduce((sum, { slots }) => sum + slots, 0)).toBe(16_384);
    expect(addresses()).toContain(primary.address);
    expect(state).toMatchObject({ status: 'up', breaker: 'closed' });
    expect(primaries!.map(({ answers }) => answers)).toEqual([null, null, null]);
  });

  it('the monitor tells who answers and who could take over, and of every move', async () => {
    const caches = cachesOn();
    const events: MonitorEvent[] = [];
    caches.monitor.events$.subscribe((event) => events.push(event));
    const seen = (await caches.monitor.topology())!;
    expect(seen).toMatchObject({ kind: 'cluster', sentinels: [], quorum: null, state: { status: 'up' } });
    expect(seen.primaries!.map(({ address, answers }) => ({ address, answers }))).toEqual(
      seen.primaries!.map(({ address }) => ({ address, answers: true })),
    );
    for (const { replicas, usableReplicas } of seen.primaries!) expect([replicas.length, usableReplicas]).toEqual([1, replicas]);
    expect(seen.replicas.map(({ usable }) => usable)).toEqual([true, true, true]);

    const [victim] = cluster.primaries;
    await victim!.kill();
    await until(() => events.some(({ type }) => type === 'moved'));
    const moved = events.find(({ type }) => type === 'moved')!;
    expect(moved).toMatchObject({ from: victim!.address, masterName: null, aliases: ['default'] });
    await cluster.settled();
    const after = (await caches.monitor.topology())!;
    expect(after.primaries!.map(({ address }) => address).sort()).toEqual(
      cluster.primaries
        .filter((node) => node.isRunning)
        .map(({ address }) => address)
        .sort(),
    );
    expect(after.primaries!.filter(({ usableReplicas }) => usableReplicas.length === 0)).toHaveLength(1);
    await victim!.restart();
    await cluster.settled();
  });

  it('is found by its replicas alone', async () => {
    const LOCATION = `redis+cluster://${cluster.replicas.map(({ address }) => address).join(',')}`;
    const caches = createCaches({ default: { BACKEND: 'redis', LOCATION, OPTIONS: { deadline: 2000 } } });
    open.push(caches);
    await caches.get().setMany({ x: 1, y: 2, z: 3 }, 60);
    expect(
      caches
        .topology()!
        .primaries!.map(({ address }) => address)
        .sort(),
    ).toEqual(addresses());
  });

  it('a planned failover (CLUSTER FAILOVER) rejects no call, and loses none', async () => {
    const cache = cachesOn({ deadline: 5000 }).get();
    await cache.set('planned', 0, 600);
    const slot = await cluster.slotOf(cache.makeKey('planned'));
    const before = await cluster.ownerOf(slot);
    const id = String(await before.command('CLUSTER', 'MYID'));
    const nodes = String(await before.command('CLUSTER', 'NODES'));
    const successor = cluster.nodes.find(({ port }) => new RegExp(`:${port}@\\d+ slave ${id} `).test(nodes))!;
    let [running, counted] = [true, 0];
    const worker = async (): Promise<void> => {
      while (running) {
        await cache.incr('planned');
        counted += 1;
      }
    };
    const workers = Promise.all(Array.from({ length: 8 }, worker));
    try {
      await successor.command('CLUSTER', 'FAILOVER');
      await until(async () => (await cluster.ownerOf(slot)) === successor);
      const atTakeover = counted;
      await until(() => counted > atTakeover + 20);
    } finally {
      running = false;
      await workers;
    }
    expect(await cache.get('planned')).toBe(counted);
    await cluster.settled();
  });

  it('A-54: iterKeys and deletePattern begin anew where a primary handed its slots over, and miss none', async () => {
    const cache = cachesOn({ deadline: 5000 }).get();
    const keys = Array.from({ length: 600 }, (_, i) => `scanned${i}`);
    await cache.setMany(Object.fromEntries(keys.map((key) => [key, 1])), 600);
    const found: string[] = [];
    for await (const key of cache.iterKeys('scanned*', { itersize: 10 })) {
      found.push(key);
      if (found.length !== 20) continue;
      for (const successor of cluster.replicas) {
        // Without a vote: primaries vote once in a while only, and there was an election a moment ago.
        await successor.command('CLUSTER', 'FAILOVER', 'TAKEOVER');
      }
      await cluster.settled();
    }
    expect(found.sort()).toEqual(keys.sort());
    expect(await cache.deletePattern('scanned*', { itersize: 10 })).toBe(keys.length);
  });

  it('replicas are known by the host names that nodes announce', async () => {
    const announce = (name: string, kind: string) =>
      Promise.all(
        cluster.nodes.map(async (node) => {
          await node.command('CONFIG', 'SET', 'cluster-announce-hostname', name);
          await node.command('CONFIG', 'SET', 'cluster-preferred-endpoint-type', kind);
        }),
      );
    await announce('localhost', 'hostname');
    try {
      const { monitor } = cachesOn({ deadline: 2000 });
      const named = async () => (await monitor.topology())!.primaries!;
      await until(async () => (await named()).every(({ address }) => address.startsWith('localhost:')));
      await until(async () => (await named()).every(({ usableReplicas }) => usableReplicas.length === 1));
    } finally {
      await announce('', 'ip');
    }
  });

  it('health is up, degraded without a replica or with a part of the slots silent, and down with all', async () => {
    const caches = cachesOn();
    const check = async () => {
      const health = new SentinelCacheHealthIndicator(caches, new HealthIndicatorService());
      const { cache } = await health.check('cache', { deadlineMs: 3000 });
      return cache as unknown as { state: string; reasons: { code: string }[] };
    };
    const codes = async () => (await check()).reasons.map(({ code }) => code);
    await until(async () => (await check()).state === 'up');
    // Every replica first, so that nobody takes over.
    const { primaries, replicas } = cluster;
    await Promise.all(replicas.map((node) => node.kill()));
    await until(async () => (await codes()).includes('no-usable-replica'));
    expect((await check()).state).toBe('degraded');
    await primaries[0]!.hang();
    await until(async () => (await codes()).includes('slots-unreachable'));
    expect((await check()).state).toBe('degraded');
    await Promise.all(primaries.map((node) => node.hang()));
    await until(async () => (await check()).state === 'down');
    await Promise.all(primaries.map((node) => node.resume()));
  });
});

describe('a cluster behind other names', () => {
  beforeAll(async () => {
    const redisConfig = { 'cluster-announce-hostname': 'inside.invalid', 'cluster-preferred-endpoint-type': 'hostname' };
    cluster = await startLocalCluster({ primaries: 3, redisConfig });
  });
  afterAll(() => cluster?.stop());

  it('is reached through OPTIONS.natMap: what the nodes name is translated, redirections included', async () => {
    const caches = cachesOn({
      natMap: (host: string, port: number) => (host === 'inside.invalid' ? { host: '127.0.0.1', port } : undefined),
    });
    const keys = Array.from({ length: 30 }, (_, i) => `k${i}`);
    await Promise.all(keys.map((key) => caches.get().set(key, 1, 60)));
    expect((await caches.get().getMany(keys)).size).toBe(30);
    expect(
      caches
        .topology()!
        .primaries!.map(({ address }) => address)
        .sort(),
    ).toEqual(cluster.nodes.map(({ address }) => address).sort());
    const slot = await cluster.slotOf(caches.get().makeKey('k0'));
    const owner = await cluster.ownerOf(slot);
    const other = cluster.nodes.find((node) => node !== owner)!;
    const id = String(await other.command('CLUSTER', 'MYID'));
    await caches.get().delete('k0');
    for (const node of [other, owner]) await node.command('CLUSTER', 'SETSLOT', slot, 'NODE', id);
    expect(await caches.get().set('k0', 2, 60)).toBe(true);
    expect(await caches.get().get('k0')).toBe(2);
  });
});
