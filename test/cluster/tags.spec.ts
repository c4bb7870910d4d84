import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalCluster, type LocalCluster } from 'local-sentinel';
import { createCaches, type SentinelCaches } from 'nestjs-sentinel-cache/core';

import { compareWithModel } from '../tags/random-steps.js';

const STEPS = Number(process.env.STEPS ?? 1500);
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);

let cluster: LocalCluster;
let one: SentinelCaches;
let two: SentinelCaches;
beforeAll(async () => {
  cluster = await startLocalCluster({ primaries: 3, password: 'admin', nodeTimeoutMs: 5000 });
  const backend = { BACKEND: 'django_redis.cache.RedisCache', LOCATION: cluster.location(), KEY_PREFIX: 'app' };
  const OPTIONS = { deadline: '20s' };
  const settings = { default: { ...backend, OPTIONS: { ...OPTIONS, tags: true } }, django: { ...backend, OPTIONS } };
  [one, two] = [createCaches(settings), createCaches(settings)];
});
afterAll(async () => {
  await Promise.all([one?.close(), two?.close()]);
  await cluster?.stop();
});

describe('tags on a Redis Cluster', () => {
  it(`do what the model does, step by step (SEED=${SEED} STEPS=${STEPS})`, async () => {
    const under = { cache: one.get(), peer: two.get(), django: one.get('django'), keyPrefix: 'app' };
    await compareWithModel(under, STEPS, SEED);
  });

  it('end entries of all slots by one command', async () => {
    const cache = one.get();
    await cache.setMany(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, i])), 60, { tags: ['all'] });
    expect((await cache.getMany(Array.from({ length: 300 }, (_, i) => `k${i}`))).size).toBe(300);
    await cache.invalidateTags('all');
    expect((await cache.getMany(Array.from({ length: 300 }, (_, i) => `k${i}`))).size).toBe(0);
  });
});
