import type { NodeAddress } from '../../settings/shapes/resolved-settings.js';
import { Backoff } from '../wire/backoff.js';
import { Lease, type LeaseSetup } from '../wire/lease.js';
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
  /** Holds credentials: private to the language, so that no log of an object shows them. */
  readonly #setup: LeaseSetup;
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
  private lease: Lease | undefined;
  private controller: AbortController | undefined;
  private retryTimer: NodeJS.Timeout | undefined;
  private closed = false;
  private readonly backoff = new Backoff(100, 1000);

  constructor(
    readonly address: NodeAddress,
    setup: LeaseSetup,
    /** In a Sentinel topology a node that calls itself master is none of our replicas. */
    private readonly mustBeReplica: boolean,
  ) {
    this.#setup = setup;
    this.who = addressText(address);
  }

  get isOpen(): boolean {
    return this.lease?.isOpen === true;
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
    if (this.closed || this.lease || this.controller) return;
    clearTimeout(this.retryTimer);
    const controller = new AbortController();
    this.controller = controller;
    Lease.open(this.#setup, this.address, controller.signal)
      .then((lease) => this.onOpen(lease, controller))
      .catch(() => this.retryLater())
      .finally(() => {
        if (this.controller === controller) this.controller = undefined;
      });
  }

  /**
   * Asks the replica; `undefined` when it did not answer usefully within `patienceMs`, whatever the reason. One that stays silent
   * is dropped, so that the next reader does not wait for it too.
   */
  ask(command: RedisCommand, patienceMs: number): Promise<{ readonly value: unknown } | undefined> {
    const { lease } = this;
    if (!lease?.isOpen || lease.inFlight >= this.#setup.config.gate.inFlightCommands) return Promise.resolve(undefined);
    const askedAtMs = performance.now();
    let answered = false;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        setImmediate(() => {
          if (!answered) this.restsUntilMs = performance.now() + REST_MS;
          if (lease.lastProgressAtMs < askedAtMs) this.drop(lease);
          resolve(undefined);
        });
      }, patienceMs);
      lease.send(command.name, command.args, (outcome) => {
        answered = true;
        clearTimeout(timer);
        const fits = outcome.kind === 'reply' && command.reply?.fits(outcome.value) !== false;
        if (outcome.kind === 'reply' && !fits) this.drop(lease);
        resolve(fits ? { value: outcome.value } : undefined);
      });
    });
  }

  /** The most it can lag by now: what was known, and the time since. */
  worstLagMs(): number | null {
    return this.lastLagMs === null ? null : this.lastLagMs + performance.now() - this.knownAtMs;
  }

  noteLag(lagMs: number | null): void {
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
    if (role?.kind === 'reply' && !this.position && this.mustBeReplica && this.lease) this.drop(this.lease);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.retryTimer);
    this.controller?.abort();
    this.lease?.destroy();
    this.lease = undefined;
  }

  private onOpen(lease: Lease, controller: AbortController): void {
    if (this.closed || controller.signal.aborted) return lease.destroy();
    if (this.mustBeReplica && lease.facts.role !== 'replica') {
      lease.destroy();
      return this.retryLater();
    }
    this.lease = lease;
    this.backoff.reset();
    lease.onClose(() => this.drop(lease));
  }

  private question(name: string, args: readonly string[]): Promise<Outcome | undefined> {
    const { lease } = this;
    if (!lease?.isOpen) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.drop(lease);
        resolve(undefined);
      }, PROBE_DEADLINE_MS);
      lease.send(name, args, (outcome) => {
        clearTimeout(timer);
        resolve(outcome);
      });
    });
  }

  private drop(lease: Lease): void {
    if (this.lease !== lease) return;
    this.lease = undefined;
    this.position = undefined;
    lease.destroy();
    this.retryLater();
  }

  private retryLater(): void {
    if (this.closed) return;
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.start(), this.backoff.nextMs());
  }
}
