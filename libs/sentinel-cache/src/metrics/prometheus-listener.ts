import {
  Counter,
  Gauge,
  Histogram,
  register,
  type OpenMetricsContentType,
  type PrometheusContentType,
  type Registry,
} from 'prom-client';

import type { SentinelCaches } from '../cache/sentinel-caches.js';
import type { IgnoredError, ReplayEvent } from '../telemetry/channels.js';
import type { MonitorEvent } from '../telemetry/monitor-event.js';
import type { NearFigures } from '../telemetry/near-figures.js';
import type { OperationEvent } from '../telemetry/operation-event.js';
import { errorLabel } from './error-label.js';
import { knownFigures, NEAR_COUNTS } from './near-figures.js';
import { knownStates, type KnownState } from './known-state.js';
import { listen } from './listen.js';

/** From a millisecond to past the usual deadline. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** A registry of prom-client, in either text format. */
export type PrometheusRegistry = Registry<PrometheusContentType> | Registry<OpenMetricsContentType>;

/** Options of the listener: where and how metrics are kept. */
export interface PrometheusListenerOptions {
  /** Where metrics are registered. Default: prom-client's global `register`. */
  readonly registry?: PrometheusRegistry;
  /** What the names of all metrics begin with. Default: `sentinel_cache_`. */
  readonly prefix?: string;
  /** Upper bounds of the histogram of durations, in seconds. Default: 0.0005 to 2.5. */
  readonly buckets?: readonly number[];
}

/** Counts until it is disposed. */
export interface PrometheusListener {
  /** Stops counting, and removes its metrics from the registry. Calling it again does nothing. */
  dispose(): void;
}

/**
 * Starts to count these caches for prom-client: operations, hits and misses, ignored errors, changes of
 * state, failovers, and gauges of what is known at the moment of the scrape. Asks nothing of Redis. Labels
 * are bounded, and never a key.
 *
 * A second listener on the same registry and prefix joins the first one, so that nothing is registered or
 * counted twice.
 *
 * @example
 * ```ts
 * const listener = startPrometheusListener(caches, { registry: new Registry() });
 * ```
 */
export function startPrometheusListener(caches: SentinelCaches, options: PrometheusListenerOptions = {}): PrometheusListener {
  const { registry = register, prefix = 'sentinel_cache_', buckets = SECONDS } = options;
  const first = registry.getSingleMetric(operationsName(prefix));
  const metrics = (first as Partial<OperationsCounter> | undefined)?.[OWNER] ?? new CacheMetrics(registry, prefix, buckets);
  return metrics.join(caches);
}

const operationsName = (prefix: string): string => `${prefix}operations_total`;

/** Registered, so that the first listener is found whichever copy of this package started it. */
const OWNER: unique symbol = Symbol.for('nestjs-sentinel-cache.metrics') as never;

/** Leads from a registry back to the metrics that registered there. */
class OperationsCounter extends Counter<'alias' | 'operation' | 'outcome'> {
  readonly [OWNER]: CacheMetrics;

  constructor(owner: CacheMetrics, name: string, registers: PrometheusRegistry[]) {
    super({ name, registers, help: 'Operations of a cache.', labelNames: ['alias', 'operation', 'outcome'] });
    this[OWNER] = owner;
  }
}

/** The metrics of one registry, and the caches that they are about. */
class CacheMetrics {
  private readonly members = new Set<{ readonly caches: SentinelCaches }>();
  /** The aliases of the members: those of other caches in this process would be labels without a bound. */
  private aliases = new Set<string>();
  private readonly names: string[] = [];
  private readonly operations: OperationsCounter;
  private readonly durations: Histogram<'alias' | 'operation'>;
  private readonly lookups: Counter<'alias' | 'result'>;
  private readonly ignored: Counter<'alias' | 'operation' | 'error'>;
  private readonly replays: Counter<'alias' | 'outcome'>;
  private readonly events: Counter<'master' | 'type'>;
  private readonly failovers: Counter<'master'>;
  private readonly stop: () => void;

  constructor(
    private readonly registry: PrometheusRegistry,
    private readonly prefix: string,
    buckets: readonly number[],
  ) {
    this.operations = new OperationsCounter(this, this.named('operations_total'), [registry]);
    this.durations = new Histogram({
      ...this.about('operation_duration_seconds', 'How long operations took, queueing included.', ['alias', 'operation']),
      buckets: [...buckets],
    });
    this.lookups = new Counter(this.about('lookups_total', 'Keys that were looked up: hit or miss.', ['alias', 'result']));
    this.ignored = new Counter(
      this.about('ignored_errors_total', 'Errors that callers did not get (IGNORE_EXCEPTIONS).', ['alias', 'operation', 'error']),
    );
    this.replays = new Counter(
      this.about('replayed_invalidations_total', 'Invalidations that an outage held up, by what became of them.', [
        'alias',
        'outcome',
      ]),
    );
    this.events = new Counter(this.about('events_total', 'Changes of state.', ['master', 'type']));
    this.failovers = new Counter(this.about('failovers_total', 'Announced changes of the primary.', ['master']));
    this.gauge('up', '1: connected to the primary.', ['alias'], ({ up }) => [[{}, up ? 1 : 0]]);
    this.gauge('breaker_open', '1: calls that are to fail fast do.', ['alias'], ({ breaker }) =>
      breaker === null ? [] : [[{}, breaker === 'closed' ? 0 : 1]],
    );
    this.gauge('sentinels', 'Sentinels of the settings.', ['alias', 'state'], ({ sentinels, sentinelsConnected }) => [
      [{ state: 'connected' }, sentinelsConnected],
      [{ state: 'lost' }, sentinels - sentinelsConnected],
    ]);
    this.gauge('replica_lag_seconds', 'How far replicas are behind.', ['alias', 'replica'], ({ replicas }) =>
      replicas.flatMap(({ address, lagMs }) => (lagMs === null ? [] : [[{ replica: address }, lagMs / 1000] as const])),
    );
    this.nearCounter('near_operations_total', 'What near tiers did: hits, fills, invalidations, flushes.');
    this.nearGauge('near_entries', 'Entries that near tiers hold.', ({ entries }) => entries);
    this.nearGauge('near_bytes', 'What these entries take, in bytes as they are counted.', ({ bytes }) => bytes);
    this.stop = listen({
      ended: (event) => this.onEnded(event),
      ignored: (event) => this.onIgnored(event),
      replayed: (event) => this.onReplayed(event),
      changed: (event) => this.onChanged(event),
    });
  }

  join(caches: SentinelCaches): PrometheusListener {
    const member = { caches };
    this.members.add(member);
    this.learnAliases();
    return {
      dispose: () => {
        if (!this.members.delete(member)) return;
        this.learnAliases();
        if (this.members.size > 0) return;
        this.stop();
        // The registry may have been cleared, and another listener started on it.
        if (this.registry.getSingleMetric(this.names[0]!) !== this.operations) return;
        for (const name of this.names) this.registry.removeSingleMetric(name);
      },
    };
  }

  private onEnded({ alias, operation, outcome, durationMs, hits, misses }: OperationEvent): void {
    if (!this.aliases.has(alias)) return;
    this.operations.inc({ alias, operation, outcome: outcome ?? 'done' });
    if (durationMs !== undefined) this.durations.observe({ alias, operation }, durationMs / 1000);
    if (hits) this.lookups.inc({ alias, result: 'hit' }, hits);
    if (misses) this.lookups.inc({ alias, result: 'miss' }, misses);
  }

  private onIgnored({ alias, operation, error }: IgnoredError): void {
    if (this.aliases.has(alias)) this.ignored.inc({ alias, operation, error: errorLabel(error) });
  }

  private onReplayed({ alias, outcome, count }: ReplayEvent): void {
    if (this.aliases.has(alias)) this.replays.inc({ alias, outcome }, count);
  }

  private onChanged({ masterName, type }: MonitorEvent): void {
    const master = masterName ?? '';
    if (![...this.members].some(({ caches }) => mastersOf(caches).has(master))) return;
    this.events.inc({ master, type });
    if (type === 'primary-changed') this.failovers.inc({ master });
  }

  private learnAliases(): void {
    this.aliases = new Set([...this.members].flatMap(({ caches }) => caches.aliases()));
  }

  private gauge<T extends string>(
    name: string,
    help: string,
    labels: readonly ('alias' | T)[],
    read: (state: KnownState) => readonly (readonly [Partial<Record<T, string>>, number])[],
  ): void {
    const { members } = this;
    new Gauge<string>({
      ...this.about<string>(name, help, labels),
      collect() {
        this.reset();
        for (const { caches } of members)
          for (const state of knownStates(caches))
            for (const [more, value] of read(state)) this.set({ alias: state.alias, ...more }, value);
      },
    });
  }

  /** Counted by the tiers themselves: a hit takes less time than to publish one. */
  private nearCounter(name: string, help: string): void {
    const { members } = this;
    new Counter<'alias' | 'kind'>({
      ...this.about(name, help, ['alias', 'kind']),
      collect() {
        this.reset();
        for (const [alias, figures] of nearFigures(members))
          for (const kind of NEAR_COUNTS) this.inc({ alias, kind }, figures[kind]);
      },
    });
  }

  private nearGauge(name: string, help: string, read: (figures: NearFigures) => number): void {
    const { members } = this;
    new Gauge<'alias'>({
      ...this.about(name, help, ['alias']),
      collect() {
        this.reset();
        for (const [alias, figures] of nearFigures(members)) this.set({ alias }, read(figures));
      },
    });
  }

  private about<T extends string>(
    name: string,
    help: string,
    labelNames: readonly T[],
  ): { name: string; help: string; labelNames: T[]; registers: PrometheusRegistry[] } {
    return { name: this.named(name), help, labelNames: [...labelNames], registers: [this.registry] };
  }

  private named(name: string): string {
    const whole = `${this.prefix}${name}`;
    this.names.push(whole);
    return whole;
  }
}

function nearFigures(members: Iterable<{ readonly caches: SentinelCaches }>): (readonly [string, NearFigures])[] {
  return [...members].flatMap(({ caches }) => knownFigures(caches));
}

function mastersOf(caches: SentinelCaches): Set<string> {
  return new Set(knownStates(caches).map(({ masterName }) => masterName ?? ''));
}
