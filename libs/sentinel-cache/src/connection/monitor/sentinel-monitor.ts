import type { Observable } from 'rxjs';

import type { MonitorEvent } from '../../telemetry/monitor-event.js';
import type { MonitoredTopology } from '../../telemetry/monitored-topology.js';
import type { Clock } from '../../time/clock.js';
import { joinMonitored } from './joined-topology.js';
import { readMonitoredTopology } from './read-monitored-topology.js';
import type { RedisClient } from '../contract/redis-client.js';

/** What a monitor is made of. */
export interface MonitorParts {
  readonly events$: Observable<MonitorEvent>;
  /** The clients of an alias: several for a ShardClient, none for locmem and dummy. Throws for an unknown alias. */
  readonly clientsOf: (alias: string) => readonly RedisClient[];
  readonly clock: Clock;
}

/**
 * What happens at the Redis deployments of all caches: what the sentinels say, and what becomes of our own connections. Costs no
 * connection of its own: it listens where the caches listen anyway.
 *
 * @example
 * ```ts
 * monitor.events$.subscribe((event) => { if (event.type === 'primary-changed') console.log(event.from, event.to); });
 * const { primary, replicas, quorum } = (await monitor.topology('default'))!;
 * ```
 */
export class SentinelMonitor {
  readonly #parts: MonitorParts;

  /** @internal */
  constructor(parts: MonitorParts) {
    this.#parts = parts;
  }

  /**
   * Every change, once, whoever and how many said it. Hot and without replay: what happened before you subscribed is not told. It
   * completes when the caches are closed and never fails; a subscriber that throws becomes a process warning.
   */
  get events$(): Observable<MonitorEvent> {
    return this.#parts.events$;
  }

  /**
   * Who Redis is for an alias, asked now: all sentinels and the primary at once, each with a deadline. Always settles; what could not
   * be asked is null or missing. Connects, if nothing has yet. `undefined` for locmem and dummy, which have no topology.
   *
   * @throws ImproperlyConfiguredError (as a rejection) when CACHES has no such alias.
   */
  async topology(alias = 'default'): Promise<MonitoredTopology | undefined> {
    const clients = this.#parts.clientsOf(alias);
    const topologies = await Promise.all(clients.map((client) => this.look(alias, client)));
    return topologies.length > 1 ? joinMonitored(alias, topologies) : topologies[0];
  }

  private async look(alias: string, client: RedisClient): Promise<MonitoredTopology> {
    const survey = await client.survey();
    return readMonitoredTopology({ alias, atMs: this.#parts.clock.wallMs(), snapshot: client.topology(), survey });
  }
}
