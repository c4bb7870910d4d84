import { knowClass } from '../../copies/known-classes.js';
import type { Observable } from 'rxjs';

import type { MonitorEvent } from '../../telemetry/monitor-event.js';
import type { MonitoredState, MonitoredTopology } from '../../telemetry/monitored-topology.js';
import type { Clock } from '../../time/clock.js';
import type { DeploymentTopology, RedisClient } from '../contract/redis-client.js';

/** @internal */
export interface MonitorParts {
  readonly events$: Observable<MonitorEvent>;
  /**
   * The clients of an alias: several for a ShardClient, none for locmem and dummy. Throws
   * ImproperlyConfiguredError for an unknown alias.
   */
  readonly clientsOf: (alias: string) => readonly RedisClient[];
  readonly clock: Clock;
}

/**
 * Reports what happens at the Redis deployments of all caches: what the sentinels say, and what becomes of
 * our own connections. Opens no connection of its own: it listens where the caches do.
 *
 * @example
 * ```ts
 * monitor.events$.subscribe((event) => console.log(event.type));
 * const { primary, replicas, quorum } = (await monitor.topology('default'))!;
 * ```
 */
export class SentinelMonitor {
  static {
    knowClass(this, 'SentinelMonitor');
  }

  readonly #parts: MonitorParts;

  /** @internal */
  constructor(parts: MonitorParts) {
    this.#parts = parts;
  }

  /**
   * Emits each change once, however many sentinels report it. Hot, without replay: a subscriber gets what
   * happens from then on. Completes when the caches are closed; never fails. An error that a subscriber
   * throws becomes a process warning.
   */
  get events$(): Observable<MonitorEvent> {
    return this.#parts.events$;
  }

  /**
   * Describes the Redis of an alias as all sentinels and the primary answer now. Asks them at once, each with
   * a deadline, and connects if nothing has yet. Resolves within those deadlines; what could not be asked is
   * null or missing. Resolves to undefined for locmem and dummy. Rejects with ImproperlyConfiguredError when
   * CACHES has no such alias.
   */
  async topology(alias = 'default'): Promise<MonitoredTopology | undefined> {
    const clients = this.#parts.clientsOf(alias);
    return this.join(alias, await Promise.all(clients.map((client) => client.survey())));
  }

  /**
   * The same without asking, for `SentinelCaches.topology`.
   *
   * @internal
   */
  known(alias: string): MonitoredTopology | undefined {
    const clients = this.#parts.clientsOf(alias);
    return this.join(
      alias,
      clients.map((client) => client.topology()),
    );
  }

  private join(alias: string, servers: readonly DeploymentTopology[]): MonitoredTopology | undefined {
    const atMs = this.#parts.clock.wallMs();
    const topologies = servers.map((server) => ({ alias, atMs, ...server }));
    return topologies.length > 1 ? joinShards(topologies) : topologies[0];
  }
}

/** Worst first: the state of several servers is that of the worst one. */
const STATES: readonly MonitoredState['status'][] = ['closed', 'down', 'connecting', 'up'];
const BREAKERS: readonly MonitoredState['breaker'][] = ['open', 'half-open', 'closed', null];

/** The servers of a ShardClient as one topology. Each server by itself is in `shards`. */
function joinShards(shards: readonly MonitoredTopology[]): MonitoredTopology {
  const worst = shards.toSorted((a, b) => STATES.indexOf(a.state.status) - STATES.indexOf(b.state.status))[0]!;
  const breakers = shards.map(({ state }) => state.breaker).toSorted((a, b) => BREAKERS.indexOf(a) - BREAKERS.indexOf(b));
  const { alias, atMs, state } = worst;
  return {
    alias,
    kind: 'sharded',
    masterName: null,
    atMs,
    state: { ...state, breaker: breakers[0]! },
    primary: { address: null, connected: shards.every(({ primary }) => primary.connected), configEpoch: null, flags: [] },
    replicas: shards.flatMap(({ replicas }) => replicas),
    sentinels: [],
    quorum: null,
    shards,
  };
}
