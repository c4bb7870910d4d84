import type { NodeAddress } from '../../settings/shapes/resolved-settings.js';
import { Backoff } from '../wire/backoff.js';
import { NodeConnection, type NodeConnectionSetup } from '../wire/node-connection.js';
import { addressText } from '../contract/node-address.js';
import type { Outcome } from '../wire/outcome.js';
import type { RedisCommand } from '../contract/redis-client.js';
import { textOf } from '../resp/reply-shape.js';
import { readReplicaInfo, readReplicaRole, type ReplicaPosition } from './replica-lag.js';

/** How long a replica may take to say where it stands. */
const PROBE_DEADLINE_MS = 300;
/** One that kept a reader waiting is left alone this long, as long as there is a primary to ask. */
const REST_MS = 10_000;

/** A connection to one replica for reading, opened again in the background; nobody ever waits for it to be opened. */
export class ReplicaLink {
  readonly #setup: NodeConnectionSetup;
  readonly who: string;
  /** Where it stood when it was last asked; undefined while unknown or not allowed to be asked. */
  position: ReplicaPosition | undefined;
  /** What a sentinel says of its link to its primary. */
  listedAsLinked = true;
  /** Null while unknown. */
  lagMs: number | null = null;
  /** The last one that was known: with the primary gone, nothing is added to what the replica missed. */
  private lastLagMs: number | null = null;
  private knownAtMs = 0;
  private restsUntilMs = 0;
  private connection: NodeConnection | undefined;
  private controller: AbortController | undefined;
  private retryTimer: NodeJS.Timeout | undefined;
  private closed = false;
  private readonly backoff = new Backoff(100, 1000);

  constructor(
    readonly address: NodeAddress,
    setup: NodeConnectionSetup,
    /** In a Sentinel topology a node that calls itself master is none of our replicas. */
    private readonly mustBeReplica: boolean,
  ) {
    this.#setup = setup;
    this.who = addressText(address);
  }

  get isOpen(): boolean {
    return this.connection?.isOpen === true;
  }

  /** Its link to its primary stands: by its own word, else by a sentinel's, which is up to ten seconds old. */
  get isLinked(): boolean {
    return this.position?.linkUp ?? this.listedAsLinked;
  }

  /** It was too slow for a reader lately. */
  get isResting(): boolean {
    return performance.now() < this.restsUntilMs;
  }

  /** Begins to connect; returns at once. */
  start(): void {
    if (this.closed || this.connection || this.controller) return;
    clearTimeout(this.retryTimer);
    const controller = new AbortController();
    this.controller = controller;
    NodeConnection.open(this.#setup, this.address, controller.signal)
      .then((connection) => this.onOpen(connection, controller))
      .catch(() => this.retryLater())
      .finally(() => {
        if (this.controller === controller) this.controller = undefined;
      });
  }

  /**
   * Asks the replica; `undefined` when it did not answer usefully within `withinMs`, whatever the reason. One that stays silent
   * is dropped, so that the next reader does not wait for it too.
   */
  ask(command: RedisCommand, withinMs: number): Promise<{ readonly value: unknown } | undefined> {
    const { connection } = this;
    if (!connection?.isOpen || connection.inFlight >= this.#setup.config.gate.inFlightCommands) return Promise.resolve(undefined);
    const askedAtMs = performance.now();
    let answered = false;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        setImmediate(() => {
          if (!answered) this.restsUntilMs = performance.now() + REST_MS;
          if (connection.lastProgressAtMs < askedAtMs) this.drop(connection);
          resolve(undefined);
        });
      }, withinMs);
      connection.send(command.name, command.args, (outcome) => {
        answered = true;
        clearTimeout(timer);
        const fits = outcome.kind === 'reply' && command.reply?.fits(outcome.value) !== false;
        if (outcome.kind === 'reply' && !fits) this.drop(connection);
        resolve(fits ? { value: outcome.value } : undefined);
      });
    });
  }

  /** The most it can lag by now: what was known, and the time since. */
  worstLagMs(): number | null {
    return this.lastLagMs === null ? null : this.lastLagMs + performance.now() - this.knownAtMs;
  }

  setLag(lagMs: number | null): void {
    this.lagMs = lagMs;
    if (lagMs === null) return;
    this.lastLagMs = lagMs;
    this.knownAtMs = performance.now();
  }

  /** Asks where it stands in the replication stream. */
  async probe(): Promise<void> {
    const role = await this.question('ROLE', []);
    if (role?.kind === 'reply') this.position = readReplicaRole(role.value);
    else if (role?.kind === 'refused') {
      const info = await this.question('INFO', ['replication']);
      this.position = info?.kind === 'reply' ? readReplicaInfo(textOf(info.value) ?? '') : undefined;
    }
    if (role?.kind === 'reply' && !this.position && this.mustBeReplica && this.connection) this.drop(this.connection);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.retryTimer);
    this.controller?.abort();
    this.connection?.destroy();
    this.connection = undefined;
  }

  private onOpen(connection: NodeConnection, controller: AbortController): void {
    if (this.closed || controller.signal.aborted) return connection.destroy();
    if (this.mustBeReplica && connection.facts.role !== 'replica') {
      connection.destroy();
      return this.retryLater();
    }
    this.connection = connection;
    this.backoff.reset();
    connection.onClose(() => this.drop(connection));
  }

  private question(name: string, args: readonly string[]): Promise<Outcome | undefined> {
    const { connection } = this;
    if (!connection?.isOpen) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.drop(connection);
        resolve(undefined);
      }, PROBE_DEADLINE_MS);
      connection.send(name, args, (outcome) => {
        clearTimeout(timer);
        resolve(outcome);
      });
    });
  }

  private drop(connection: NodeConnection): void {
    if (this.connection !== connection) return;
    this.connection = undefined;
    this.position = undefined;
    connection.destroy();
    this.retryLater();
  }

  private retryLater(): void {
    if (this.closed) return;
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.start(), this.backoff.nextMs());
  }
}
