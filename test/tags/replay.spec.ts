import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as pause } from 'node:timers/promises';
import type { LocalSentinel } from 'local-sentinel';
import { createCaches, REPLAYS, type ReplayEvent, type SentinelCaches } from 'nestjs-sentinel-cache/core';

import { until } from '../connection/until.js';
import { startQuickTopology } from '../support/quick-topology.js';

let topology: LocalSentinel;
let caches: SentinelCaches;
const ended: Record<string, number> = {};
const count = (event: unknown): void => {
  const { outcome, count } = event as ReplayEvent;
  ended[outcome] = (ended[outcome] ?? 0) + count;
};
beforeAll(async () => {
  topology = await startQuickTopology();
  subscribe(REPLAYS, count);
  const settings = (options: object): object => ({
    BACKEND: 'django_redis.cache.RedisCache',
    LOCATION: topology.location('mymaster', 0),
    OPTIONS: { PASSWORD: 'admin', CLIENT_CLASS: 'django_sentinel.SentinelClient', tags: true, ...options },
  });
  // No sentinel finds a primary dead as fast as this deadline.
  caches = createCaches({
    default: settings({ IGNORE_EXCEPTIONS: true, deadline: '600ms' }),
    patient: settings({ deadline: '20s' }),
  } as Parameters<typeof createCaches>[0]);
});
afterAll(async () => {
  unsubscribe(REPLAYS, count);
  await caches?.close();
  await topology?.stop();
});

describe('invalidations during an outage', () => {
  it('are made up for on the new primary, those that nobody was told of, unless this process wrote the key since', async () => {
    const [cache, strict, patient] = [caches.get(), caches.strict(), caches.get('patient')];
    for (const key of ['deleted', 'of many', 'rejected', 'written']) await patient.set(key, 'old', 600);
    await patient.set('tagged', 'old', 600, { tags: ['t'] });
    while (!(await cache.set('probe', 0, 60))) await pause(10);
    await topology.primary.command('WAIT', 2, 10_000);
    await topology.primary.kill();
    // A reply may still come from a socket that nobody has found dead: what counts starts with the first false.
    while (await cache.set('probe', 1, 60)) await pause(10);
    const rejected = expect(strict.delete('rejected')).rejects.toMatchObject({ executed: false });
    const answers = Promise.all([cache.delete('deleted'), cache.deleteMany(['of many', 'written']), cache.invalidateTags('t')]);
    expect(await answers).toEqual([false, 0, undefined]);
    await rejected;
    while (!(await cache.set('written', 'new', 600))) await pause(50);
    const all = (): number => Object.values(ended).reduce((sum, count) => sum + count, 0);
    await until(() => all() >= 4);
    const read = async (key: string): Promise<unknown> => patient.get(key);
    expect(await Promise.all(['deleted', 'of many', 'tagged', 'rejected', 'written'].map(read))).toEqual([
      undefined,
      undefined,
      undefined,
      'old',
      'new',
    ]);
    // The key may have been written before its delete was sent again, or after.
    expect(all()).toBe(4);
    expect(ended.replayed).toBeGreaterThanOrEqual(3);
    expect(Object.keys(ended).filter((outcome) => !['replayed', 'superseded'].includes(outcome))).toEqual([]);
  });
});
