import type { ConnectionConfig } from '../settings/shapes/resolved-settings.js';
import type { Clock } from '../time/clock.js';
import { ClientIdentities } from './client-identity.js';
import { ClusterClient } from './cluster/cluster-client.js';
import { DeploymentClient } from './deployment/deployment-client.js';
import { SentinelLogBatcher } from './sentinel-log-batcher.js';
import { LimitedLog } from '../telemetry/limited-log.js';
import type { LogLine } from '../telemetry/limited-log.js';
import { MonitorFeed } from './monitor/monitor-feed.js';
import type { RedisClient } from './contract/redis-client.js';
import type { ClientEvent } from './contract/client-event.js';

interface Entry {
  readonly client: RedisClient;
  readonly aliases: Set<string>;
  readonly log: SentinelLogBatcher;
}

/** The clients of one set of caches: one for each full connection identity. What they tell goes to the log and to the monitor's feed. */
export class ClientRegistry {
  readonly feed: MonitorFeed;
  private readonly entries = new Map<string, Entry>();
  private readonly identities = new ClientIdentities();
  private readonly log: LimitedLog;

  /** `write` gets the lines for the log, a bounded number a minute. */
  constructor(write: (line: LogLine) => void, clock: Clock) {
    this.feed = new MonitorFeed(clock);
    this.log = new LimitedLog(write, clock);
  }

  /** The client for that connection of that alias; made at the first request, connected at the first use. */
  clientFor(config: ConnectionConfig, alias: string): RedisClient {
    const identity = this.identities.of(config);
    const entry = this.entries.get(identity) ?? this.make(config, identity);
    entry.aliases.add(alias);
    return entry.client;
  }

  /** Begins to connect them all; returns at once. */
  start(): void {
    for (const { client } of this.entries.values()) client.start();
  }

  /** Ends them all, at the same time; then the events complete. */
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
    const log = new SentinelLogBatcher((change) => this.log.tell([number, change.kind, change.reason].join(' '), change));
    const tell = (event: ClientEvent): void => {
      if (event.kind !== 'sentinel-said' && !event.quiet) log.tell(event);
      take(event);
    };
    const client = topology.kind === 'cluster' ? new ClusterClient(config, topology, tell) : new DeploymentClient(config, tell);
    const entry = { client, aliases, log };
    this.entries.set(identity, entry);
    return entry;
  }
}
