import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { startOpenTelemetryListener } from 'nestjs-sentinel-cache/opentelemetry';
import { startPrometheusListener } from 'nestjs-sentinel-cache/prometheus';
import { Registry } from 'prom-client';

import { openNear, untilNear, type NearCaches } from './support/near-caches.js';

describe('the figures of a near tier', () => {
  let redis: LocalRedis;
  let at: NearCaches;
  beforeAll(async () => {
    redis = await startLocalRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    at = openNear(redis.url());
    await at.cache.set('k', 'v');
    await untilNear(at, 'k');
    await at.cache.get('k');
  });
  afterEach(() => at.caches.close());

  it('are undefined without a near tier', async () => {
    const plain = openNear(redis.url(), { nearCache: undefined });
    expect(plain.caches.near()).toBeUndefined();
    await plain.caches.close();
  });

  it('are in the metrics of Prometheus', async () => {
    const registry = new Registry();
    const listener = startPrometheusListener(at.caches, { registry });
    const text = await registry.metrics();
    for (const [kind, value] of Object.entries(at.caches.near()!)) {
      const series =
        kind === 'bytes' || kind === 'entries'
          ? `sentinel_cache_near_${kind}{alias="default"} ${value}`
          : `sentinel_cache_near_operations_total{alias="default",kind="${kind}"} ${value}`;
      expect(text).toContain(series);
    }
    expect(at.caches.near()).toMatchObject({ hits: 2, fills: 1, invalidations: 0, flushes: 1, entries: 1 });
    listener.dispose();
    expect(await registry.metrics()).toBe('\n');
  });

  it('are in the metrics of OpenTelemetry', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const meterProvider = new MeterProvider({ readers: [reader] });
    const listener = startOpenTelemetryListener(at.caches, { meterProvider, spans: false });
    await reader.forceFlush();
    const metrics = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
    const points = metrics
      .filter(({ descriptor }) => descriptor.name.startsWith('sentinel_cache.near.'))
      .flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map(({ value, attributes }) => [
          `${descriptor.name} ${String(attributes['sentinel_cache.near.kind'] ?? '')}`.trim(),
          value,
        ]),
      );
    const { hits, fills, invalidations, flushes, entries, bytes } = at.caches.near()!;
    expect(Object.fromEntries(points)).toEqual({
      'sentinel_cache.near.operations hits': hits,
      'sentinel_cache.near.operations fills': fills,
      'sentinel_cache.near.operations invalidations': invalidations,
      'sentinel_cache.near.operations flushes': flushes,
      'sentinel_cache.near.entries': entries,
      'sentinel_cache.near.bytes': bytes,
    });
    listener.dispose();
    await meterProvider.shutdown();
  });
});
