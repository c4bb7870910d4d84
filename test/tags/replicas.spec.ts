import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LocalSentinel } from 'local-sentinel';
import { createCaches, type CachesSetting, type SentinelCaches } from 'nestjs-sentinel-cache/core';

import { startQuickTopology } from '../support/quick-topology.js';
import { compareWithModel } from './random-steps.js';

const STEPS = Number(process.env.STEPS ?? 800);
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);

let topology: LocalSentinel;
let caches: SentinelCaches;
let others: SentinelCaches;
beforeAll(async () => {
  topology = await startQuickTopology();
  const settings = (tags: boolean): CachesSetting[string] => ({
    BACKEND: 'django_redis.cache.RedisCache',
    LOCATION: topology.location('mymaster', 0),
    KEY_PREFIX: 'app',
    OPTIONS: { PASSWORD: 'admin', CLIENT_CLASS: 'django_sentinel.SentinelClient', deadline: '20s', tags },
  });
  caches = createCaches({ default: settings(true), django: settings(false) });
  others = createCaches({ default: settings(true) });
});
afterAll(async () => {
  await Promise.all([caches?.close(), others?.close()]);
  await topology?.stop();
});

describe('tags behind Sentinel, with reads from replicas', () => {
  it(`do what the model does, step by step (SEED=${SEED} STEPS=${STEPS})`, async () => {
    // One process: another one may read what a replica has not got yet, with tags as without.
    const cache = caches.get();
    await compareWithModel({ cache, peer: cache, django: caches.get('django'), keyPrefix: 'app' }, STEPS, SEED);
  });

  /** How often replicas were asked for keys, and for how many. */
  const lookups = async () => {
    const texts = await Promise.all(topology.replicas.map((node) => node.command('INFO', 'all')));
    const total = (pattern: RegExp): number =>
      texts.reduce<number>((sum, text) => sum + Number(pattern.exec(String(text))?.[1] ?? 0), 0);
    return {
      reads: total(/cmdstat_mget:calls=(\d+)/),
      keys: total(/keyspace_hits:(\d+)/) + total(/keyspace_misses:(\d+)/),
    };
  };

  it('an invalidation by another process counts at once, though the entry is read from a replica', async () => {
    const [cache, other] = [caches.get(), others.get()];
    await cache.set('k', 'old', 600, { tags: ['t'] });
    while ((await lookups()).reads === 0) expect(await cache.get('k')).toBe('old');
    const [before, ROUNDS] = [await lookups(), 20];
    // On a busy machine a replica may rest for a while.
    for (let round = 0; round < ROUNDS || (await lookups()).reads === before.reads; round += 1)
      expect(await cache.get('k')).toBe('old');
    const after = await lookups();
    expect(after.reads - before.reads).toBeGreaterThan(0);
    // Entry and companion, and nothing else: generations are read from the primary.
    expect(after.keys - before.keys).toBe(2 * (after.reads - before.reads));
    for (let round = 0; round < 50; round += 1) {
      await other.set('k', 'old', 600, { tags: ['t'] });
      await other.invalidateTags('t');
      expect(await cache.get('k')).toBeUndefined();
    }
  });
});
