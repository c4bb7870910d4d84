import type { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import type { CommandRejectedError } from '../../errors/command-rejected.error.js';
import type { ChangeFeed, ChangeListener } from '../contract/change-feed.js';
import { ChangeTracker } from '../tracking/change-tracker.js';
import { askPrimary } from './primary-survey.js';
import { readTopology, type DeploymentFacts } from './read-topology.js';
import { HostResolver } from '../wire/host-resolver.js';
import { outageOf, PendingCall, refusalOf } from '../gate/pending-call.js';
import type { NodeConnectionSetup } from '../wire/node-connection.js';
import { PrimaryKeeper } from '../primary/primary-keeper.js';
import type { PrimarySource } from '../primary/primary-source.js';
import type { DeploymentTopology, RedisClient, RedisCommand, SizeTest } from '../contract/redis-client.js';
import { ReplicaReader } from '../replicas/replica-reader.js';
import { SentinelTopology } from '../sentinel/sentinel.topology.js';
import { Subscriber } from '../subscriber/subscriber.js';
import { StandaloneTopology } from '../primary/standalone.topology.js';
import { translatorOf } from '../wire/translate-address.js';
import type { BreakerState, ClientEvent, ClientState } from '../contract/client-event.js';
import type { ConnectionConfig } from '../../settings/shapes/resolved-connection.js';

/** How long calls in flight may still be answered at `close`. */
const CLOSE_GRACE_MS = 250;

/**
 * Talks to one Redis deployment: to the primary through the gate, and to replicas for reads where the
 * settings say so.
 */
export class DeploymentClient implements RedisClient {
  readonly #config: ConnectionConfig;
  private readonly source: PrimarySource;
  private readonly keeper: PrimaryKeeper;
  private readonly replicas: ReplicaReader | undefined;
  private readonly subscriber: Subscriber;
  readonly readsReplicas: boolean;
  readonly callDeadlineMs: number;
  private readonly readOnly: boolean;
  private readonly tracker: ChangeTracker;
  private isFollowed = false;
  private started = false;
  private closed = false;

  constructor(config: ConnectionConfig, emit: (event: ClientEvent) => void) {
    this.#config = config;
    const { topology } = config;
    if (topology.kind === 'cluster') throw new TypeError('a cluster has many primaries: ClusterClient has a gate for each.');
    const hosts = new HostResolver();
    const setup = { config, hosts };
    this.source =
      topology.kind === 'sentinel'
        ? new SentinelTopology(topology, setup, emit)
        : new StandaloneTopology(topology, config.database);
    this.keeper = new PrimaryKeeper(setup, this.source, emit, (address) => this.replicas?.release(address));
    this.tracker = new ChangeTracker(setup, () => this.keeper.gate.connection, emit);
    this.readsReplicas = topology.kind === 'sentinel' ? topology.readsFrom === 'replica' : topology.replicas.length > 0;
    this.replicas = this.readsReplicas ? this.readerOf(setup) : undefined;
    this.subscriber = new Subscriber(setup, () => this.keeper.current()?.address);
    this.callDeadlineMs = config.callDeadlineMs;
    this.readOnly = topology.kind === 'sentinel' && topology.readOnly;
  }

  start(): void {
    if (this.started || this.closed) return;
    this.started = true;
    this.keeper.start();
    this.replicas?.start();
    if (this.isFollowed) this.tracker.start();
  }

  follow(prefixes: readonly string[], listener: ChangeListener): ChangeFeed {
    this.isFollowed = true;
    this.tracker.follow(prefixes, listener);
    if (this.started) this.tracker.start();
    return this.tracker;
  }

  send(command: RedisCommand): Promise<unknown> {
    if (!this.started) this.start();
    const deadlineMs = command.deadlineMs ?? this.#config.callDeadlineMs;
    // A promise passed on as it is: each further one would cost every call.
    if (command.kind === 'write' && (this.readOnly || this.replicas)) return this.write(command, deadlineMs);
    if (command.kind === 'replica-read' && this.replicas)
      return this.readAnywhere(this.replicas, new PendingCall(command, deadlineMs));
    return this.keeper.gate.submit(command, deadlineMs);
  }

  refusal(write: RedisCommand, takesMoreThan: SizeTest): CacheUnavailableError | CommandRejectedError | undefined {
    if (this.readOnly) return writeRefusal(write);
    const diagnosis = this.keeper.gate.refusal(write, takesMoreThan);
    return diagnosis && outageOf(write, diagnosis, false);
  }

  state(): ClientState {
    return this.keeper.state();
  }

  breaker(): BreakerState {
    return this.keeper.gate.breaker.state;
  }

  topology(): DeploymentTopology {
    return readTopology(this.facts());
  }

  async survey(): Promise<DeploymentTopology> {
    this.start();
    const { topology } = this.#config;
    const translate = translatorOf(topology.kind === 'sentinel' ? topology.natMap : undefined);
    const [sentinels, primary] = await Promise.all([this.source.survey(), askPrimary(this, translate)]);
    return readTopology({ ...this.facts(), sentinels, primary, asked: true });
  }

  generation(): number {
    return this.keeper.generation;
  }

  listen(channel: string, wake: () => void): () => void {
    return this.subscriber.listen(channel, wake);
  }

  /** JSON of what holds a client leaves it out: a call under way and its connection are a circle. */
  toJSON(): undefined {
    return undefined;
  }

  async close(): Promise<void> {
    this.closed = true;
    this.subscriber.close();
    this.replicas?.close();
    this.tracker.close();
    await this.keeper.close(CLOSE_GRACE_MS);
  }

  private facts(): DeploymentFacts {
    const { topology } = this.#config;
    return {
      kind: topology.kind,
      masterName: topology.kind === 'sentinel' ? topology.masterName : null,
      state: this.state(),
      breaker: this.breaker(),
      readers: this.replicas?.facts() ?? [],
      sentinels: this.source.sentinels(),
      primary: null,
      asked: false,
    };
  }

  /**
   * Counts as written from when it is sent until it is answered: a replica may have it at any time in
   * between.
   */
  private async write(command: RedisCommand, deadlineMs: number): Promise<unknown> {
    if (this.readOnly) throw writeRefusal(command);
    if (!this.replicas) return this.keeper.gate.submit(command, deadlineMs);
    this.replicas.beforeWriteOf(command.keys);
    try {
      return await this.keeper.gate.submit(command, deadlineMs);
    } finally {
      this.replicas.recordWrite(command.keys);
    }
  }

  private readAnywhere(replicas: ReplicaReader, call: PendingCall): Promise<unknown> {
    return replicas.take(call) ? call.promise : this.keeper.gate.admit(call);
  }

  private readerOf(setup: NodeConnectionSetup): ReplicaReader {
    const fallBack = (call: PendingCall): void => void this.keeper.gate.admit(call, false);
    return new ReplicaReader(setup, this.source, () => this.keeper.current(), fallBack);
  }
}

function writeRefusal(write: RedisCommand): CommandRejectedError {
  return refusalOf(write, 'READONLY', 'LOCATION says is_master=0, so this cache only reads.');
}
