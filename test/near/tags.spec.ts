import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalCluster, startLocalRedis, type LocalCluster, type LocalRedis } from 'local-sentinel';

import { until } from '../cache/support/waiting.js';
import { isNear, openNear, TOLD_WITHIN_MS, untilNear, type NearCaches } from './support/near-caches.js';

const KEYS = Array.from({ length: 12 }, (_, i) => `k${i}`);
const TAGS = ['even', 'odd', 'x', 'y', 'z'] as const;
const tagOf = (i: number): string => TAGS[i % 2]!;

const servers: (LocalRedis | LocalCluster)[] = [];
const aRedis = async (): Promise<LocalRedis> => {
  const redis = await startLocalRedis();
  servers.push(redis);
  return redis;
};
afterAll(() => Promise.all(servers.map((server) => server.stop())));

describe.each<[string, () => Promise<readonly [unknown, object]>]>([
  ['one Redis', async () => [(await aRedis()).url(), {}]],
  [
    'a Redis Cluster',
    async () => {
      const cluster = await startLocalCluster({ primaries: 3, replicas: 0, password: 'admin' });
      servers.push(cluster);
      return [cluster.location(), { PASSWORD: 'admin' }];
    },
  ],
  ['shards', async () => [[(await aRedis()).url(), (await aRedis()).url()], { CLIENT_CLASS: 'django_redis.client.ShardClient' }]],
])('tags and the near tier on %s', (_name, start) => {
  let location: unknown;
  let options: object;
  let near: NearCaches;
  let other: NearCaches;
  beforeAll(async () => {
    [location, options] = await start();
  });
  beforeEach(async () => {
    [near, other] = [open(), open()] as [NearCaches, NearCaches];
    for (const [i, key] of KEYS.entries()) await near.cache.set(key, 'old', 3600, { tags: [tagOf(i), ...TAGS.slice(2)] });
    for (const key of KEYS) await untilNear(near, key);
  });
  afterEach(() => Promise.all([near, other].map(({ caches }) => caches.close())));

  const open = (nearCache: object = {}): NearCaches =>
    openNear(location, { ...options, tags: true, nearCache: { maxBytes: '16mb', maxAge: '1h', ...nearCache } });

  it('drops the entries of a tag that another process ends, and no others', async () => {
    await other.cache.invalidateTags('even');
    for (const [i, key] of KEYS.entries())
      if (i % 2 === 0) await until(`${key} is over`, async () => (await near.cache.get(key)) === undefined, TOLD_WITHIN_MS);
    for (const [i, key] of KEYS.entries())
      if (i % 2 === 1) expect(await isNear(near, async () => expect(await near.cache.get(key)).toBe('old'))).toBe(true);
  });

  it('drops nothing else when entries with the same tags are written and deleted', async () => {
    const { flushes } = near.caches.near()!;
    for (let i = 0; i < 10; i += 1) await other.cache.set('another', i, 60, { tags: [tagOf(0), ...TAGS.slice(2)] });
    await other.cache.delete('another');
    await other.cache.set('k0', 'new', 60, { tags: ['even'] });
    await until('that is told', async () => (await near.cache.get('k0')) === 'new', TOLD_WITHIN_MS);
    for (const key of KEYS.slice(1)) expect(await isNear(near, () => near.cache.get(key))).toBe(true);
    expect(near.caches.near()!.flushes).toBe(flushes);
  });

  it('hears of tags also where `prefix` names some of the keys alone', async () => {
    const some = open({ prefix: 'app:1:k' });
    await untilNear(some, 'k0');
    await other.cache.invalidateTags('even');
    await until('k0 is over', async () => (await some.cache.get('k0')) === undefined, TOLD_WITHIN_MS);
    await some.caches.close();
  });

  it('reads many entries with their tags in one call', async () => {
    const fresh = open();
    await until('the link stands', async () => {
      await fresh.cache.getMany(KEYS);
      return fresh.caches.near()!.entries === KEYS.length;
    });
    await other.cache.invalidateTags('odd');
    await until('half of them are over', async () => (await fresh.cache.getMany(KEYS)).size === KEYS.length / 2, TOLD_WITHIN_MS);
    await fresh.caches.close();
  });
});
