import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis, type LocalSentinel } from 'local-sentinel';
import { createCaches, type SentinelCaches } from 'nestjs-sentinel-cache';
import { startPrometheusListener, type PrometheusListener } from 'nestjs-sentinel-cache/prometheus';
import { Counter, Registry } from 'prom-client';

import { until } from '../cache/support/waiting.js';
import { pastedSettings } from '../failover/sentinel-fixture.js';
import { startQuickTopology } from '../support/quick-topology.js';

const SECRET = 'user:7:hush';

/** The value of one series, by what stands before its value in the text. */
async function valueOf(registry: Registry, series: string): Promise<number | undefined> {
  const line = (await registry.metrics()).split('\n').find((text) => text.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
}

describe('Prometheus metrics of a Redis cache', () => {
  let redis: LocalRedis;
  let caches: SentinelCaches;
  let registry: Registry;
  let listener: PrometheusListener;
  const series = (name: string): Promise<number | undefined> => valueOf(registry, name);
  beforeAll(async () => {
    redis = await startLocalRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    await redis.command('FLUSHALL');
    registry = new Registry();
    caches = createCaches({
      default: { BACKEND: 'redis', LOCATION: redis.url(0), OPTIONS: { deadline: '5s' } },
      memory: { BACKEND: 'locmem' },
    });
    listener = startPrometheusListener(caches, { registry });
  });
  afterEach(async () => {
    listener.dispose();
    await caches.close();
  });

  it('counts operations by alias, operation and outcome, their durations, and hits and misses by key', async () => {
    const cache = caches.get();
    const startedMs = performance.now();
    await cache.set('a', 1);
    await cache.get('a');
    await cache.get('b');
    const tookMs = performance.now() - startedMs;
    await cache.getMany(['a', 'b', 'c']);
    await caches.get('memory').set('a', 1);
    expect(await series('sentinel_cache_operations_total{alias="default",operation="set",outcome="done"}')).toBe(1);
    expect(await series('sentinel_cache_operations_total{alias="default",operation="get",outcome="hit"}')).toBe(1);
    expect(await series('sentinel_cache_operations_total{alias="default",operation="get",outcome="miss"}')).toBe(1);
    expect(await series('sentinel_cache_operations_total{alias="default",operation="getMany",outcome="done"}')).toBe(1);
    expect(await series('sentinel_cache_operations_total{alias="memory",operation="set",outcome="done"}')).toBe(1);
    expect(await series('sentinel_cache_lookups_total{alias="default",result="hit"}')).toBe(2);
    expect(await series('sentinel_cache_lookups_total{alias="default",result="miss"}')).toBe(3);
    expect(await series('sentinel_cache_operation_duration_seconds_count{alias="default",operation="get"}')).toBe(2);
    const sum = await series('sentinel_cache_operation_duration_seconds_sum{alias="default",operation="get"}');
    expect(sum).toBeGreaterThan(0);
    expect(sum).toBeLessThan(tookMs / 1000);
  });

  it('counts failures as errors, and shows no key and no value anywhere', async () => {
    const cache = caches.get();
    await cache.set(SECRET, 'hush');
    await cache.command('LPUSH', cache.makeKey('list'), 1);
    await expect(cache.get('list')).rejects.toMatchObject({ code: 'SENTINEL_CACHE_REJECTED' });
    expect(await series('sentinel_cache_operations_total{alias="default",operation="get",outcome="error"}')).toBe(1);
    expect(await registry.metrics()).not.toMatch(/hush|list/);
  });

  it('joins a second listener on one registry: registered once, counted once, gone with the last', async () => {
    const second = startPrometheusListener(caches, { registry });
    await caches.get().set('a', 1);
    const set = 'sentinel_cache_operations_total{alias="default",operation="set",outcome="done"}';
    expect(await series(set)).toBe(1);
    listener.dispose();
    listener.dispose();
    await caches.get().set('a', 1);
    expect(await series(set)).toBe(2);
    second.dispose();
    expect(registry.getMetricsAsArray()).toEqual([]);
    listener = startPrometheusListener(caches, { registry });
    await caches.get().set('a', 1);
    expect(await series(set)).toBe(1);
  });

  it('keeps prefixes and registries apart, and counts no caches but its own', async () => {
    const others = createCaches({ default: { BACKEND: 'dummy' }, elsewhere: { BACKEND: 'locmem', LOCATION: 'elsewhere' } });
    const prefixed = startPrometheusListener(caches, { registry, prefix: 'shop_' });
    await others.get('elsewhere').set('a', 1);
    await caches.get().set('a', 1);
    expect(await registry.metrics()).not.toContain('elsewhere');
    expect(await series('shop_operations_total{alias="default",operation="set",outcome="done"}')).toBe(1);
    prefixed.dispose();
    expect(await registry.metrics()).not.toContain('shop_');
    await others.close();
  });

  it('leaves the metrics of others in the registry alone', async () => {
    new Counter({ name: 'mine_total', help: 'mine', registers: [registry] }).inc();
    listener.dispose();
    expect(await series('mine_total')).toBe(1);
  });

  it('a thousand keys are no more series than one', async () => {
    await caches.get().set('k', 1);
    const few = (await registry.metrics()).split('\n').length;
    await Promise.all(Array.from({ length: 1000 }, (_, i) => caches.get().set(`k${i}`, i)));
    expect((await registry.metrics()).split('\n').length).toBe(few);
  });
});

describe('Prometheus metrics of a Sentinel topology', () => {
  let topology: LocalSentinel;
  beforeAll(async () => {
    topology = await startQuickTopology();
  });
  afterAll(() => topology.stop());

  it('shows up, sentinels and one failover as one (of two connections and three sentinels), and the errors that IGNORE_EXCEPTIONS hides', async () => {
    const registry = new Registry();
    const cache = pastedSettings(topology, { IGNORE_EXCEPTIONS: true }).CACHES.default;
    // Another database is another connection, which hears the same sentinels.
    const caches = createCaches({ default: cache, second: { ...cache, LOCATION: topology.location('mymaster', 1) } });
    const listener = startPrometheusListener(caches, { registry });
    const series = (name: string): Promise<number | undefined> => valueOf(registry, name);
    try {
      caches.start();
      await until('the connection is up', async () => (await series('sentinel_cache_up{alias="default"}')) === 1);
      await until(
        'all sentinels are seen',
        async () => (await series('sentinel_cache_sentinels{alias="default",state="connected"}')) === 3,
      );
      await topology.sentinels[2]!.kill();
      await until(
        'a sentinel is lost',
        async () => (await series('sentinel_cache_sentinels{alias="default",state="lost"}')) === 1,
      );
      await topology.sentinels[2]!.restart();
      await until('it is back', async () => (await series('sentinel_cache_sentinels{alias="default",state="connected"}')) === 3);
      await topology.settled();
      const dead = topology.primary;
      await dead.kill();
      await until('the failover is counted', async () => {
        await caches.get().set('a', 1);
        return (await series('sentinel_cache_failovers_total{master="mymaster"}')) === 1;
      });
      for (const alias of ['default', 'second'])
        await until(`${alias} is up again`, async () => (await series(`sentinel_cache_up{alias="${alias}"}`)) === 1);
      const text = await registry.metrics();
      const dropped = text
        .split('\n')
        .filter((line) => line.startsWith('sentinel_cache_ignored_errors_total{alias="default",operation="set"'));
      expect(dropped.length).toBeGreaterThan(0);
      expect(await series('sentinel_cache_events_total{master="mymaster",type="moved"}')).toBe(2);
      expect(await series('sentinel_cache_failovers_total{master="mymaster"}')).toBe(1);
      expect(text).not.toContain('admin');
      await dead.restart();
      await topology.settled();
    } finally {
      listener.dispose();
      await caches.close();
    }
  });
});
