import {
  context,
  metrics,
  SpanKind,
  SpanStatusCode,
  trace,
  type BatchObservableResult,
  type Counter,
  type Histogram,
  type Meter,
  type MeterProvider,
  type ObservableResult,
  type Span,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';

import type { SentinelCaches } from '../cache/sentinel-caches.js';
import type { IgnoredError, ReplayEvent } from '../telemetry/channels.js';
import type { MonitorEvent } from '../telemetry/monitor-event.js';
import type { OperationEvent } from '../telemetry/operation-event.js';
import { errorLabel } from './error-label.js';
import { knownFigures, NEAR_COUNTS } from './near-figures.js';
import { knownStates, type KnownState } from './known-state.js';
import { listen } from './listen.js';
import { operationAttributes, outcomeAttributes, type Attributes } from './operation-attributes.js';

const SCOPE = 'nestjs-sentinel-cache';
/** The bounds that the conventions advise for `db.client.operation.duration`. */
const SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

/** Options of the listener: where spans and metrics go. */
export interface OpenTelemetryListenerOptions {
  /** Where spans go. Default: the global provider. */
  readonly tracerProvider?: TracerProvider;
  /**
   * Where metrics go. Default: the global provider, which must be registered first: the API has no meter that
   * starts to work later.
   */
  readonly meterProvider?: MeterProvider;
  /** Whether there are spans. Default: true. */
  readonly spans?: boolean;
  /** Whether there are metrics. Default: true. */
  readonly metrics?: boolean;
}

/** Reports to OpenTelemetry until it is disposed. */
export interface OpenTelemetryListener {
  /** Stops reporting; open spans end as they are. Calling it again does nothing. */
  dispose(): void;
}

/**
 * Starts to report these caches to OpenTelemetry: a span for each operation, and metrics. Sends nothing to
 * Redis. Attributes hold no key, no value and no message of an error. Start one for each set of caches: a
 * second one would count everything again.
 *
 * @example
 * ```ts
 * const listener = startOpenTelemetryListener(caches);
 * ```
 */
export function startOpenTelemetryListener(
  caches: SentinelCaches,
  options: OpenTelemetryListenerOptions = {},
): OpenTelemetryListener {
  const tracer = (options.tracerProvider ?? trace).getTracer(SCOPE);
  const meter = (options.meterProvider ?? metrics).getMeter(SCOPE);
  const spans = options.spans === false ? undefined : new OperationSpans(tracer);
  const counts = options.metrics === false ? undefined : new CacheInstruments(meter, caches);
  const aliases = new Set(caches.aliases());
  const isRedis = (alias: string): boolean => caches.topology(alias) !== undefined;
  const stop = listen({
    started: (event) => {
      if (aliases.has(event.alias)) spans?.start(event, isRedis(event.alias));
    },
    ended: (event) => {
      if (!aliases.has(event.alias)) return;
      spans?.end(event);
      counts?.onEnded(event, isRedis(event.alias));
    },
    ignored: (event) => {
      if (aliases.has(event.alias)) counts?.onIgnored(event);
    },
    replayed: (event) => {
      if (aliases.has(event.alias)) counts?.onReplayed(event);
    },
    changed: (event) => counts?.onChanged(event),
  });
  return {
    dispose: () => {
      stop();
      spans?.dispose();
      counts?.dispose();
    },
  };
}

/**
 * Keeps one span from `start` to `asyncEnd`; its parent is the span that was active where the cache was
 * called.
 */
class OperationSpans {
  private readonly open = new Map<OperationEvent, Span>();

  constructor(private readonly tracer: Tracer) {}

  start(event: OperationEvent, redis: boolean): void {
    const kind = redis ? SpanKind.CLIENT : SpanKind.INTERNAL;
    const attributes = operationAttributes(event, redis);
    const span = this.tracer.startSpan(`${event.operation} ${event.alias}`, { kind, attributes }, context.active());
    this.open.set(event, span);
  }

  end(event: OperationEvent): void {
    const span = this.open.get(event);
    if (!span) return;
    this.open.delete(event);
    span.setAttributes(outcomeAttributes(event));
    if (event.outcome === 'error') span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  }

  dispose(): void {
    for (const span of this.open.values()) span.end();
    this.open.clear();
  }
}

/** Keeps counters, the histogram of the conventions, and gauges of what is known when they are read. */
class CacheInstruments {
  private readonly durations: Histogram;
  private readonly lookups: Counter;
  private readonly ignored: Counter;
  private readonly replays: Counter;
  private readonly events: Counter;
  private readonly failovers: Counter;
  private readonly forget: (() => void)[] = [];

  constructor(
    private readonly meter: Meter,
    private readonly caches: SentinelCaches,
  ) {
    this.durations = meter.createHistogram('db.client.operation.duration', {
      unit: 's',
      description: 'Duration of operations of caches on Redis, queueing included.',
      advice: { explicitBucketBoundaries: SECONDS },
    });
    this.lookups = meter.createCounter('sentinel_cache.lookups', { unit: '{key}', description: 'Keys looked up: hit or miss.' });
    this.ignored = meter.createCounter('sentinel_cache.ignored_errors', {
      unit: '{error}',
      description: 'Errors that callers did not get.',
    });
    this.replays = meter.createCounter('sentinel_cache.replayed_invalidations', {
      unit: '{invalidation}',
      description: 'Invalidations that an outage held up, by what became of them.',
    });
    this.events = meter.createCounter('sentinel_cache.events', { unit: '{event}', description: 'Changes of state.' });
    this.failovers = meter.createCounter('sentinel_cache.failovers', {
      unit: '{failover}',
      description: 'Changes of the primary.',
    });
    this.gauge('sentinel_cache.up', '1', ({ up }) => [[{}, up ? 1 : 0]]);
    this.gauge('sentinel_cache.breaker.open', '1', ({ breaker }) =>
      breaker === null ? [] : [[{}, breaker === 'closed' ? 0 : 1]],
    );
    this.gauge('sentinel_cache.sentinels', '{sentinel}', ({ sentinels, sentinelsConnected }) => [
      [{ 'sentinel_cache.state': 'connected' }, sentinelsConnected],
      [{ 'sentinel_cache.state': 'lost' }, sentinels - sentinelsConnected],
    ]);
    this.gauge('sentinel_cache.replica.lag', 's', ({ replicas }) =>
      replicas.flatMap(({ address, lagMs }) => (lagMs === null ? [] : [[{ 'sentinel_cache.replica': address }, lagMs / 1000]])),
    );
    this.observeNear();
  }

  /** Counted by the tiers themselves: a hit takes less time than to publish one. */
  private observeNear(): void {
    const counter = this.meter.createObservableCounter('sentinel_cache.near.operations', { unit: '{operation}' });
    const bytes = this.meter.createObservableGauge('sentinel_cache.near.bytes', { unit: 'By' });
    const entries = this.meter.createObservableGauge('sentinel_cache.near.entries', { unit: '{entry}' });
    const observe = (result: BatchObservableResult): void => {
      for (const [alias, figures] of knownFigures(this.caches)) {
        const about = { 'sentinel_cache.alias': alias };
        for (const kind of NEAR_COUNTS) result.observe(counter, figures[kind], { ...about, 'sentinel_cache.near.kind': kind });
        result.observe(bytes, figures.bytes, about);
        result.observe(entries, figures.entries, about);
      }
    };
    const observed = [counter, bytes, entries];
    this.meter.addBatchObservableCallback(observe, observed);
    this.forget.push(() => this.meter.removeBatchObservableCallback(observe, observed));
  }

  onEnded(event: OperationEvent, redis: boolean): void {
    const { alias, outcome, durationMs, hits, misses, error } = event;
    const failed = outcome === 'error' ? { 'error.type': errorLabel(error) } : {};
    if (redis && durationMs !== undefined)
      this.durations.record(durationMs / 1000, { ...operationAttributes(event, true), ...failed });
    const result = (word: string): Attributes => ({ 'sentinel_cache.alias': alias, 'sentinel_cache.result': word });
    if (hits) this.lookups.add(hits, result('hit'));
    if (misses) this.lookups.add(misses, result('miss'));
  }

  onIgnored({ alias, operation, error }: IgnoredError): void {
    const attributes = { 'sentinel_cache.alias': alias, 'sentinel_cache.operation': operation, 'error.type': errorLabel(error) };
    this.ignored.add(1, attributes);
  }

  onReplayed({ alias, outcome, count }: ReplayEvent): void {
    this.replays.add(count, { 'sentinel_cache.alias': alias, 'sentinel_cache.outcome': outcome });
  }

  onChanged({ masterName, type }: MonitorEvent): void {
    if (!knownStates(this.caches).some((state) => state.masterName === masterName)) return;
    const master = { 'sentinel_cache.master': masterName ?? '' };
    this.events.add(1, { ...master, 'sentinel_cache.event': type });
    if (type === 'primary-changed') this.failovers.add(1, master);
  }

  dispose(): void {
    for (const forget of this.forget.splice(0)) forget();
  }

  private gauge(name: string, unit: string, read: (state: KnownState) => readonly (readonly [Attributes, number])[]): void {
    const gauge = this.meter.createObservableGauge(name, { unit });
    const observe = (result: ObservableResult): void => {
      for (const state of knownStates(this.caches))
        for (const [more, value] of read(state)) result.observe(value, { 'sentinel_cache.alias': state.alias, ...more });
    };
    gauge.addCallback(observe);
    this.forget.push(() => gauge.removeCallback(observe));
  }
}
