import type { Clock } from '../time/clock.js';
import { ClientIdentities } from './client-identity.js';
import { ClusterClient } from './cluster/cluster-client.js';
import { DeploymentClient } from './deployment/deployment-client.js';
import { SentinelLogBatcher } from './sentinel-log-batcher.js';
import { LimitedLog, type LogLine } from '../telemetry/limited-log.js';
import { quoted } from '../errors/printable.js';
import { MonitorFeed } from './monitor/monitor-feed.js';
import type { RedisClient } from './contract/redis-client.js';
import type { ClientEvent } from './contract/client-event.js';
import type { ConnectionConfig } from '../settings/shapes/resolved-connection.js';

interface Entry {
  readonly client: RedisClient;
  readonly aliases: Set<string>;
  readonly log: SentinelLogBatcher;
}

/**
 * Owns the clients of one set of caches, one for each connection identity. Their events go to the log and to
 * the monitor.
 */
export class ClientRegistry {
  /** Publishes the events of all clients. */
  readonly feed: MonitorFeed;
  private readonly entries = new Map<string, Entry>();
  private readonly identities = new ClientIdentities();
  private readonly log: LimitedLog;

  /** `write` gets the lines for the log, at most ten a minute of one sort. */
  constructor(write: (line: LogLine) => void, clock: Clock) {
    this.feed = new MonitorFeed(clock);
    this.log = new LimitedLog(write, clock);
  }

  /** Returns the client for a connection. It is made at the first request and connects at its first use. */
  clientFor(config: ConnectionConfig, alias: string): RedisClient {
    const identity = this.identities.of(config);
    const entry = this.entries.get(identity) ?? this.make(config, identity);
    entry.aliases.add(alias);
    return entry.client;
  }

  /** Starts to connect all clients. Returns at once. */
  start(): void {
    for (const { client } of this.entries.values()) client.start();
  }

  /** Closes all clients at the same time, then completes the events. */
  async close(): Promise<void> {
    await Promise.all([...this.entries.values()].map(({ client }) => client.close()));
    for (const { log } of this.entries.values()) log.flush();
    this.log.close();
    this.feed.close();
  }

  private make(config: ConnectionConfig, identity: string): Entry {
    const { topology } = config;
    const aliases = new Set<string>();
    const take = this.feed.intake({
      masterName: topology.kind === 'sentinel' ? topology.masterName : null,
      aliases: () => Object.freeze([...aliases]),
    });
    const number = this.entries.size;
    const log = new SentinelLogBatcher(({ level, kind, reason, message }) =>
      this.log.tell([number, kind, reason].join(' '), { level, message: message + this.whose(aliases) }),
    );
    const emit = (event: ClientEvent): void => {
      if (event.kind !== 'sentinel-said' && !event.quiet) log.add(event);
      take(event);
    };
    const client = topology.kind === 'cluster' ? new ClusterClient(config, topology, emit) : new DeploymentClient(config, emit);
    const entry = { client, aliases, log };
    this.entries.set(identity, entry);
    return entry;
  }

  /** Names the caches of a client where others have another: two clients of one master say the same. */
  private whose(aliases: ReadonlySet<string>): string {
    const hasAll = [...this.entries.values()].every((other) => [...other.aliases].every((alias) => aliases.has(alias)));
    return hasAll ? '' : ` (${aliases.size === 1 ? 'cache' : 'caches'} ${quoted(aliases)})`;
  }
}
