import { AsyncLocalStorage } from 'node:async_hooks';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Context, type ContextManager } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { createCaches, type SentinelCaches } from 'nestjs-sentinel-cache';
import { startOpenTelemetryListener, type OpenTelemetryListener } from 'nestjs-sentinel-cache/opentelemetry';

/** What an application's SDK brings: the active context follows the asynchronous calls. */
class AsyncContext implements ContextManager {
  private readonly store = new AsyncLocalStorage<Context>();
  active(): Context {
    return this.store.getStore() ?? ROOT_CONTEXT;
  }
  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    active: Context,
    run: F,
    self?: ThisParameterType<F>,
    ...args: A
  ) {
    return this.store.run(active, () => run.call(self as never, ...args));
  }
  bind<T>(_: Context, target: T): T {
    return target;
  }
  enable(): this {
    return this;
  }
  disable(): this {
    return this;
  }
}

describe('OpenTelemetry of a Redis cache, with the real SDK', () => {
  let redis: LocalRedis;
  let caches: SentinelCaches;
  let listener: OpenTelemetryListener;
  let spans: InMemorySpanExporter;
  let points: InMemoryMetricExporter;
  let tracerProvider: BasicTracerProvider;
  let meterProvider: MeterProvider;

  const seen = (): ReadableSpan[] => spans.getFinishedSpans();
  /** Every data point of a metric: its attributes, and its value or its count. */
  const dataOf = async (name: string): Promise<{ attributes: Record<string, unknown>; value: number }[]> => {
    await meterProvider.forceFlush();
    const metrics =
      points
        .getMetrics()
        .at(-1)
        ?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
    const { dataPoints } = metrics.find(({ descriptor }) => descriptor.name === name) ?? { dataPoints: [] };
    return dataPoints.map(({ attributes, value }) => ({
      attributes,
      value: typeof value === 'number' ? value : (value as { count: number }).count,
    }));
  };

  beforeAll(async () => {
    redis = await startLocalRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    await redis.command('FLUSHALL');
    spans = new InMemorySpanExporter();
    points = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
    meterProvider = new MeterProvider({
      readers: [new PeriodicExportingMetricReader({ exporter: points, exportIntervalMillis: 3_600_000 })],
    });
    caches = createCaches({
      default: { BACKEND: 'redis', LOCATION: redis.url(0), OPTIONS: { deadline: '5s' } },
      memory: { BACKEND: 'locmem' },
    });
    listener = startOpenTelemetryListener(caches, { tracerProvider, meterProvider });
  });
  afterEach(async () => {
    listener.dispose();
    await caches.close();
    await tracerProvider.shutdown();
    await meterProvider.shutdown();
  });

  it('makes a client span of each operation, by the conventions for Redis', async () => {
    await caches.get().set('user:7:hush', 'value-hush');
    await caches.get().get('user:7:hush');
    const [set, get] = seen();
    expect([set!.name, get!.name]).toEqual(['set default', 'get default']);
    expect(get!.kind).toBe(SpanKind.CLIENT);
    expect(get!.attributes).toEqual({
      'db.system.name': 'redis',
      'db.operation.name': 'get',
      'sentinel_cache.alias': 'default',
      'sentinel_cache.operation': 'get',
      'sentinel_cache.keys': 1,
      'sentinel_cache.outcome': 'hit',
      'sentinel_cache.hits': 1,
      'sentinel_cache.misses': 0,
    });
    expect(get!.status.code).toBe(SpanStatusCode.UNSET);
    expect(get!.ended).toBe(true);
    expect(
      JSON.stringify(seen().map(({ name, attributes, events, status }) => [name, attributes, events, status])),
    ).not.toContain('hush');
  });

  it('marks a failed operation as an error, with the code of Redis and without its words', async () => {
    const cache = caches.get();
    await cache.command('LPUSH', cache.makeKey('hush'), 1);
    await expect(cache.get('hush')).rejects.toMatchObject({ redisCode: 'WRONGTYPE' });
    const span = seen().at(-1)!;
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR });
    expect(span.attributes).toMatchObject({ 'error.type': 'WRONGTYPE', 'db.response.status_code': 'WRONGTYPE' });
    expect(span.events).toEqual([]);
  });

  it('a cache in memory is no database: an internal span without db attributes', async () => {
    await caches.get('memory').get('a');
    const span = seen().at(-1)!;
    expect([span.name, span.kind]).toEqual(['get memory', SpanKind.INTERNAL]);
    expect(Object.keys(span.attributes).some((name) => name.startsWith('db.'))).toBe(false);
    expect(await dataOf('db.client.operation.duration')).toEqual([]);
  });

  it('hangs its spans under the one that was active where the cache was called', async () => {
    context.setGlobalContextManager(new AsyncContext());
    try {
      const parent = tracerProvider.getTracer('test').startSpan('request');
      await context.with(trace.setSpan(context.active(), parent), async () => {
        await caches.get().set('a', 1);
        await caches.get().get('a');
      });
      expect(seen().map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual(
        Array(2).fill(parent.spanContext().spanId),
      );
    } finally {
      context.disable();
    }
  });

  it('each of a hundred concurrent operations is a span that ends once', async () => {
    await Promise.all(Array.from({ length: 100 }, (_, i) => caches.get().set(`k${i}`, i)));
    expect(seen()).toHaveLength(100);
    expect(new Set(seen().map((span) => span.spanContext().spanId)).size).toBe(100);
  });

  it('records durations in seconds, lookups, and whether it is up', async () => {
    const cache = caches.get();
    await cache.set('a', 1);
    await cache.getMany(['a', 'b', 'c']);
    const durations = await dataOf('db.client.operation.duration');
    expect(durations).toContainEqual({
      attributes: {
        'db.system.name': 'redis',
        'db.operation.name': 'getMany',
        'sentinel_cache.alias': 'default',
        'sentinel_cache.operation': 'getMany',
      },
      value: 1,
    });
    const lookups = await dataOf('sentinel_cache.lookups');
    expect(
      lookups
        .map(({ attributes, value }) => [attributes['sentinel_cache.result'], value])
        .toSorted(([a], [b]) => String(a).localeCompare(String(b))),
    ).toEqual([
      ['hit', 1],
      ['miss', 2],
    ]);
    expect(await dataOf('sentinel_cache.up')).toEqual([{ attributes: { 'sentinel_cache.alias': 'default' }, value: 1 }]);
  });

  it('hears nothing after dispose, spans and gauges alike; dispose may be called twice', async () => {
    await caches.get().set('a', 1);
    listener.dispose();
    listener.dispose();
    const before = seen().length;
    await caches.get().set('a', 2);
    expect(seen()).toHaveLength(before);
    expect(await dataOf('sentinel_cache.up')).toEqual([]);
  });

  it('makes spans alone, or metrics alone, where told so', async () => {
    listener.dispose();
    listener = startOpenTelemetryListener(caches, { tracerProvider, meterProvider, spans: false });
    await caches.get().set('a', 1);
    expect(seen()).toEqual([]);
    listener.dispose();
    listener = startOpenTelemetryListener(caches, { tracerProvider, meterProvider, metrics: false });
    await caches.get().set('a', 1);
    expect(seen()).toHaveLength(1);
    const sets = await dataOf('db.client.operation.duration');
    expect(sets.map(({ value }) => value)).toEqual([1]);
  });

  it('without an SDK it costs nothing but calls to no-ops', async () => {
    listener.dispose();
    listener = startOpenTelemetryListener(caches);
    await caches.get().set('a', 1);
    expect(trace.getSpan(context.active())).toBeUndefined();
    expect(await caches.get().get('a')).toBe(1);
  });
});
