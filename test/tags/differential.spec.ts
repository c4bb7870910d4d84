import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { createCaches, type SentinelCaches } from 'nestjs-sentinel-cache/core';

import { compareWithModel, type CachesUnderTest } from './random-steps.js';

const STEPS = Number(process.env.STEPS ?? 1500);
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);

const open: SentinelCaches[] = [];
const stops: (() => Promise<unknown>)[] = [];
let redis: LocalRedis;
beforeAll(async () => {
  redis = await startLocalRedis();
});
afterAll(async () => {
  await Promise.all(open.map((caches) => caches.close()));
  await Promise.all([redis?.stop(), ...stops.map((stop) => stop())]);
});

/** Two processes with tags, and one that is like Django. */
function cachesOn(LOCATION: string | string[], keyPrefix: string, options: Record<string, unknown> = {}): CachesUnderTest {
  const backend = { BACKEND: 'redis', LOCATION, KEY_PREFIX: keyPrefix, ...options };
  const OPTIONS = { ...(options.BACKEND === 'locmem' ? {} : { deadline: '20s' }), ...(options.OPTIONS as object) };
  const settings = { default: { ...backend, OPTIONS: { ...OPTIONS, tags: true } }, django: { ...backend, OPTIONS } };
  const [one, two] = [createCaches(settings), createCaches(settings)];
  open.push(one, two);
  return { cache: one.get(), peer: two.get(), django: one.get('django'), keyPrefix };
}

describe(`tags do what the model does, step by step (SEED=${SEED} STEPS=${STEPS})`, () => {
  it('on one Redis', async () => {
    await compareWithModel(cachesOn(redis.url(0), 'app'), STEPS, SEED);
  });

  it('with no prefix', async () => {
    const under = cachesOn(redis.url(1), '');
    await compareWithModel(under, STEPS, SEED + 1);
  });

  it('on shards', async () => {
    const under = cachesOn([redis.url(2), redis.url(3), redis.url(4)], 'sh', {
      BACKEND: 'django_redis.cache.RedisCache',
      OPTIONS: { CLIENT_CLASS: 'django_redis.client.ShardClient' },
    });
    await compareWithModel(under, STEPS, SEED + 2);
  });

  it('in memory', async () => {
    const under = cachesOn('tags', 'mem', { BACKEND: 'locmem' });
    await compareWithModel({ ...under, peer: under.cache }, STEPS, SEED + 3);
  });
});
