import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { createCaches, type SentinelCache, type SentinelCaches } from 'nestjs-sentinel-cache/core';

const DAY = 86_400;
const DAY_MS = DAY * 1000;
const HOUR_MS = 3_600_000;

let redis: LocalRedis;
let caches: SentinelCaches;
beforeAll(async () => {
  redis = await startLocalRedis();
  const at = { BACKEND: 'redis', LOCATION: redis.url(0), KEY_PREFIX: 'app' } as const;
  const OPTIONS = { tags: true, deadline: '30s' };
  caches = createCaches({
    default: { ...at, OPTIONS },
    herd: { ...at, KEY_PREFIX: 'herd', OPTIONS: { ...OPTIONS, CLIENT_CLASS: 'django_redis.client.HerdClient' } },
  });
});
afterAll(async () => {
  await caches?.close();
  await redis?.stop();
});

/** What is left of a tag's generation; -1: it stays. */
const left = async (prefix: string, tag: string): Promise<number> =>
  Number(await redis.primary.command('PTTL', `${prefix}:\0tag:${tag}`));
const inADay = (): Date => new Date(Date.now() + DAY_MS);

/** Calls after which an entry lives a day. */
const TO_A_DAY: Record<string, (cache: SentinelCache, key: string, tag: string) => Promise<unknown>> = {
  touch: (cache, key) => cache.touch(key, DAY),
  expire: (cache, key) => cache.expire(key, DAY),
  pexpire: (cache, key) => cache.pexpire(key, DAY_MS),
  expireAt: (cache, key) => cache.expireAt(key, inADay()),
  pexpireAt: (cache, key) => cache.pexpireAt(key, inADay().getTime()),
  set: (cache, key, tag) => cache.set(key, 2, DAY, { tags: [tag] }),
  'set of another entry': (cache, key, tag) => cache.set(`${key} too`, 2, DAY, { tags: [tag] }),
  setMany: (cache, key, tag) => cache.setMany({ [key]: 2 }, DAY, { tags: [tag] }),
  'getOrSet, whose timeout is known when the value is': (cache, key, tag) =>
    cache.getOrSet(
      `${key} made`,
      () => 1,
      () => DAY,
      { tags: [tag] },
    ),
  'getOrSet with grace': (cache, key, tag) => cache.getOrSet(`${key} made`, () => 1, 60, { grace: DAY, tags: [tag] }),
  compareAndSet: async (cache, key, tag) =>
    cache.compareAndSet(key, (await cache.getWithToken(key)).token, 2, DAY, { tags: [tag] }),
};
/** Calls after which it lives for ever. */
const FOR_EVER: Record<string, (cache: SentinelCache, key: string, tag: string) => Promise<unknown>> = {
  persist: (cache, key) => cache.persist(key),
  touch: (cache, key) => cache.touch(key, null),
  set: (cache, key, tag) => cache.set(key, 2, null, { tags: [tag] }),
  'getOrSet, whose timeout is known when the value is': (cache, key, tag) =>
    cache.getOrSet(
      `${key} made`,
      () => 1,
      () => null,
      { tags: [tag] },
    ),
};
const rows = (calls: typeof TO_A_DAY) => Object.entries(calls);
/** HerdClient has no grace of getOrSet. */
const herdRows = (calls: typeof TO_A_DAY) => rows(calls).filter(([name]) => !name.includes('grace'));

describe.each([
  ['default', 'app', rows],
  ['herd', 'herd', herdRows],
] as const)('a tag lives longer than the entries that have it, in cache %s', (alias, prefix, rowsOf) => {
  let count = 0;
  const entry = async () => {
    count += 1;
    const [cache, key, tag] = [caches.get(alias), `k${count}`, `t${count}`];
    await cache.set(key, 1, 60, { tags: [tag] });
    return { cache, key, tag };
  };

  it('by an hour and more, in which its value may have been made', async () => {
    const { tag } = await entry();
    expect(await left(prefix, tag)).toBeGreaterThan(HOUR_MS);
    expect(await left(prefix, tag)).toBeLessThan(4 * HOUR_MS);
  });

  it.each(rowsOf(TO_A_DAY))('after %s to a day', async (_name, call) => {
    const { cache, key, tag } = await entry();
    await call(cache, key, tag);
    expect(await left(prefix, tag)).toBeGreaterThan(DAY_MS + HOUR_MS / 2);
    await cache.invalidateTags(tag);
    expect(await cache.getMany([key, `${key} too`, `${key} made`])).toEqual(new Map());
  });

  it.each(rowsOf(FOR_EVER))('after %s for ever', async (_name, call) => {
    const { cache, key, tag } = await entry();
    await call(cache, key, tag);
    expect(await left(prefix, tag)).toBe(-1);
  });
});
