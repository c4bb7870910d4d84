import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCaches, type SentinelCaches } from 'nestjs-sentinel-cache';

import { until } from '../connection/until.js';
import { startClusterFixture, type ClusterFixture } from './cluster-fixture.js';

describe('leases on a cluster', () => {
  let at: ClusterFixture;
  let others: SentinelCaches;
  beforeAll(async () => {
    at = await startClusterFixture(0);
    others = createCaches({ default: { BACKEND: 'redis', LOCATION: at.cluster.location(), OPTIONS: { deadline: '20s' } } });
  });
  afterAll(async () => {
    await others?.close();
    await at?.stop();
  });

  it('of two processes one makes each value, on whichever node its key is; the other is woken', async () => {
    const keys = [...Array.from({ length: 30 }, (_, i) => `k${i}`), 'a{b', 'a}b', '{x}y', '{}z'];
    const runs = new Map<string, number>();
    const make = (key: string) => async (): Promise<string> => {
      runs.set(key, (runs.get(key) ?? 0) + 1);
      await new Promise((resolve) => setTimeout(resolve, 300));
      return `made of ${key}`;
    };
    const both = [at.cache, others.get()];
    const calls = keys.flatMap((key) => both.map((cache) => cache.getOrSet(key, make(key), 60, { lock: '60s' })));
    expect(await Promise.all(calls)).toEqual(keys.flatMap((key) => [`made of ${key}`, `made of ${key}`]));
    expect([...runs.values()].filter((count) => count !== 1)).toEqual([]);
  });

  it('a delete ends the lease beside its entry', async () => {
    let end!: (value: string) => void;
    const made = at.cache.getOrSet('deleted', () => new Promise<string>((resolve) => (end = resolve)), 60, { lock: '60s' });
    await until(() => end !== undefined);
    expect(await others.get().deleteMany(['deleted', 'k1', 'k2'])).toBe(2);
    end('of older facts');
    expect([await made, await at.cache.has('deleted')]).toEqual(['of older facts', false]);
  });
});
