import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalSentinel, type LocalSentinel } from 'local-sentinel';
import { createCaches, type CacheEvent, type SentinelCaches } from 'nestjs-sentinel-cache';

import { pastedSettings } from '../failover/sentinel-fixture.js';
import { until } from './until.js';

describe('on a Sentinel topology', () => {
  let topology: LocalSentinel;
  let caches: SentinelCaches;
  let log: CacheEvent[];
  beforeAll(async () => {
    // Nobody is to be promoted while the primary hangs.
    topology = await startLocalSentinel({ replicas: 2, sentinels: 3, password: 'admin', downAfterMs: 60_000 });
  });
  afterAll(() => topology.stop());
  afterEach(() => caches.close());

  const open = (options: Record<string, unknown> = {}) => {
    log = [];
    caches = createCaches(pastedSettings(topology, options), { onEvent: (event) => log.push(event) });
    return caches.get();
  };

  it('pain 13: a write that a demoted primary refuses waits, and is executed when there is a primary again', async () => {
    const cache = open({ deadline: 5000 });
    await cache.set('a', 1);
    const [old, next] = [topology.primary, topology.replicas[0]!];
    await Promise.all(topology.sentinels.map((sentinel) => sentinel.hang()));
    await old.command('REPLICAOF', next.host, String(next.port));
    const write = cache.set('a', 2);
    await until(() => log.some(({ message }) => message.includes('READONLY')));
    await old.command('REPLICAOF', 'NO', 'ONE');
    expect(await write).toBe(true);
    expect(await cache.getWithToken('a')).toMatchObject({ value: 2 });
    await Promise.all(topology.sentinels.map((sentinel) => sentinel.resume()));
    await topology.settled();
  });

  it('holds one socket to the primary, however many callers there are', async () => {
    const cache = open({ clientName: 'counted' });
    await Promise.all(Array.from({ length: 1000 }, (_, i) => cache.set(`k${i}`, i)));
    const clients = String(await topology.primary.command('CLIENT', 'LIST'));
    expect(clients.split('\n').filter((line) => line.includes('name=counted'))).toHaveLength(1);
  });

  it('pain 8: with Redis hung each call is rejected by its deadline, and the queue is bounded', async () => {
    const cache = open({ deadline: 2000, gate: { queuedCommands: 50 } });
    await cache.set('a', 1);
    await topology.primary.hang();
    try {
      await cache.set('a', 2).catch(() => undefined);
      const startedMs = performance.now();
      const outcomes = await Promise.allSettled(Array.from({ length: 80 }, () => cache.set('a', 3)));
      expect(performance.now() - startedMs).toBeLessThan(20_000);
      const reasons = outcomes.map((outcome) =>
        outcome.status === 'rejected' ? (outcome.reason as { reason: string }).reason : 'fine',
      );
      expect(reasons.filter((reason) => reason === 'queue-full')).toHaveLength(30);
      expect(reasons).not.toContain('fine');
    } finally {
      await topology.primary.resume();
    }
    await until(() => cache.set('a', 4).catch(() => false));
    await topology.settled();
  });
});

describe('with two masters on the same sentinels', () => {
  let topology: LocalSentinel;
  beforeAll(async () => {
    topology = await startLocalSentinel({
      sentinels: 3,
      password: 'admin',
      downAfterMs: 1000,
      masters: [
        { name: 'mymaster', replicas: 1 },
        { name: 'other', replicas: 1 },
      ],
    });
  });
  afterAll(() => topology.stop());

  it('C-50: names keep their case, and one that the sentinels do not know is a typed error at once', async () => {
    const settings = pastedSettings(topology, { deadline: '60s' });
    settings.CACHES.default.LOCATION = topology.location('mymaster', 0).replace('mymaster', 'MyMaster');
    const caches = createCaches(settings);
    const startedMs = performance.now();
    await expect(caches.get().get('a')).rejects.toMatchObject({
      code: 'SENTINEL_CACHE_UNAVAILABLE',
      reason: 'unknown-master',
      executed: false,
    });
    expect(performance.now() - startedMs).toBeLessThan(30_000);
    await caches.close();
  });
});
