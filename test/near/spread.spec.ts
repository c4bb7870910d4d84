import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalCluster, startLocalRedis, type LocalCluster, type LocalRedis } from 'local-sentinel';

import { until } from '../cache/support/waiting.js';
import { isNear, linksOf, openNear, servedNow, TOLD_WITHIN_MS, untilNear, type NearCaches } from './support/near-caches.js';

const KEYS = Array.from({ length: 30 }, (_, i) => `k${i}`);

describe('the near tier on a Redis Cluster', () => {
  let cluster: LocalCluster;
  let at: NearCaches;
  beforeAll(async () => {
    cluster = await startLocalCluster({ primaries: 3, replicas: 0, password: 'admin' });
  });
  afterAll(() => cluster.stop());
  beforeEach(async () => {
    at = openNear(cluster.location(), { PASSWORD: 'admin' });
    await at.cache.setMany(Object.fromEntries(KEYS.map((key) => [key, 'old'])));
    for (const key of KEYS) await untilNear(at, key);
  });
  afterEach(() => at.caches.close());

  const ownerOf = async (key: string) => cluster.ownerOf(await cluster.slotOf(at.cache.makeKey(key)));

  it('has a link to each primary, and hears of what is written on each', async () => {
    for (const node of cluster.primaries) expect(await linksOf(node)).toHaveLength(1);
    expect(new Set(await Promise.all(KEYS.map(ownerOf))).size).toBe(3);
    for (const key of KEYS) {
      await (await ownerOf(key)).command('SET', at.cache.makeKey(key), '"new"');
      await until(`${key} is new`, async () => (await at.cache.get(key)) === 'new', TOLD_WITHIN_MS);
    }
  });

  it('hears of what happens to a key on its way to another node, and of what is written there', async () => {
    const key = KEYS[0]!;
    const stored = at.cache.makeKey(key);
    const slot = await cluster.slotOf(stored);
    const from = await cluster.ownerOf(slot);
    const to = cluster.primaries.find((node) => node !== from)!;
    const [fromId, toId] = await Promise.all([from, to].map(async (node) => String(await node.command('CLUSTER', 'MYID'))));
    await to.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId!);
    await from.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId!);
    await from.command('MIGRATE', to.host, to.port, stored, 0, 5000, 'AUTH', 'admin');
    for (const value of [1, 2, 3, 4, 5]) {
      // The other node answers (ASK); the link to the old one hears nothing of what is written there.
      await at.cache.set(key, value);
      for (let i = 0; i < 3; i += 1) {
        expect(await isNear(at, async () => expect(await at.cache.get(key)).toBe(value))).toBe(false);
      }
    }
    for (const node of cluster.primaries) await node.command('CLUSTER', 'SETSLOT', slot, 'NODE', toId!);
    await until('it is near again', () => isNear(at, () => at.cache.get(key)));
    await to.command('SET', stored, '"there"');
    await until('it is read', async () => (await at.cache.get(key)) === 'there', TOLD_WITHIN_MS);
    for (const other of KEYS.slice(1)) expect(await at.cache.get(other)).toBe('old');
  });

  it('goes on without a node that hangs, and reads nothing of it that could be stale', async () => {
    const node = await ownerOf(KEYS[0]!);
    const others = await Promise.all(KEYS.map(async (key) => ((await ownerOf(key)) === node ? [] : [key]))).then((keys) =>
      keys.flat(),
    );
    await node.hang();
    await until('its keys are asked for', async () => (await servedNow(at, KEYS[0]!)) === undefined, TOLD_WITHIN_MS);
    for (const key of others) await untilNear(at, key);
    await node.resume();
    await untilNear(at, KEYS[0]!);
  });
});

describe('the near tier on shards', () => {
  let servers: LocalRedis[];
  let at: NearCaches;
  beforeAll(async () => {
    servers = [await startLocalRedis(), await startLocalRedis()];
    const shards = servers.map((server) => server.url());
    at = openNear(shards, { CLIENT_CLASS: 'django_redis.client.ShardClient' });
    await at.cache.setMany(Object.fromEntries(KEYS.map((key) => [key, 'old'])));
    for (const key of KEYS) await untilNear(at, key);
  });
  afterAll(async () => {
    await at.caches.close();
    await Promise.all(servers.map((server) => server.stop()));
  });

  it('has a link to each server, and hears of what is written on each', async () => {
    const placed = new Set<LocalRedis>();
    for (const key of KEYS) {
      const stored = at.cache.makeKey(key);
      for (const server of servers) {
        if ((await server.primary.command('SET', stored, '"new"', 'XX')) !== null) placed.add(server);
      }
      await until(`${key} is new`, async () => (await at.cache.get(key)) === 'new', TOLD_WITHIN_MS);
    }
    expect(placed.size).toBe(2);
  });
});
