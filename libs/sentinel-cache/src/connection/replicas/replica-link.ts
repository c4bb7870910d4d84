import { Backoff } from '../wire/backoff.js';
import { NodeConnection, type NodeConnectionSetup } from '../wire/node-connection.js';
import { addressText } from '../contract/node-address.js';
import type { Outcome } from '../wire/outcome.js';
import { CoalescedSender } from '../coalesce/coalesced-sender.js';
import type { PendingCall } from '../gate/pending-call.js';
import { ReplicaRead } from './replica-read.js';
import { textOf } from '../resp/reply-shape.js';
import { readReplicaInfo, readReplicaRole, type ReplicaPosition } from './replica-lag.js';
import type { NodeAddress } from '../../settings/shapes/resolved-connection.js';

/** How long a replica may take to answer a question of ours. */
const PROBE_DEADLINE_MS = 300;
/** How long a replica that was too slow for a read gets no others, while there is a primary to ask. */
const REST_MS = 10_000;

/** A connection to one replica for reads, reopened in the background. No read waits for it to open. */
export class ReplicaLink {
  readonly #setup: NodeConnectionSetup;
  readonly label: string;
  /** Its position when it was last asked; undefined while unknown, or when its ACL forbids the question. */
  position: ReplicaPosition | undefined;
  /** What the sentinels say of its link to its primary. */
  listedAsLinked = true;
  /** How far it is behind, in milliseconds; null while unknown. */
  lagMs: number | null = null;
  /** The last known lag. While the primary is down, it does not grow. */
  private lastLagMs: number | null = null;
  private knownAtMs = 0;
  private restsUntilMs = 0;
  private connection: NodeConnection | undefined;
  private controller: AbortController | undefined;
  private retryTimer: NodeJS.Timeout | undefined;
  private closed = false;
  private readonly backoff = new Backoff(100, 1000);
  private readonly sender: CoalescedSender;

  constructor(
    readonly address: NodeAddress,
    setup: NodeConnectionSetup,
    /** With Sentinel, a node that calls itself master does not answer reads. */
    private readonly mustBeReplica: boolean,
  ) {
    this.#setup = setup;
    this.sender = new CoalescedSender(setup.config.coalesce);
    this.label = addressText(address);
  }

  get isOpen(): boolean {
    return this.connection?.isOpen === true;
  }

  /**
   * Whether its link to its primary is up: by its own word, else by that of a sentinel, which is up to ten
   * seconds old.
   */
  get isLinked(): boolean {
    return this.position?.linkUp ?? this.listedAsLinked;
  }

  /** Whether it was too slow for a read within the last ten seconds. */
  get isResting(): boolean {
    return performance.now() < this.restsUntilMs;
  }

  /** Starts to connect. Returns at once. */
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

  /** Sends a read. Returns undefined when it can't take one now. */
  ask(call: PendingCall, onMiss: (read: ReplicaRead) => void): ReplicaRead | undefined {
    const { connection } = this;
    if (!connection?.isOpen || connection.inFlight >= this.#setup.config.gate.inFlightCommands) return undefined;
    const read = new ReplicaRead(call, connection, { onMiss, onUnexpected: this.drop });
    this.sender.send(connection, call.command, read);
    return read;
  }

  /** Whether a read waits on its connection. */
  isOn(read: ReplicaRead): boolean {
    return read.connection === this.connection;
  }

  /**
   * A read got no answer in time. A replica that stays silent is disconnected, so that the next one does not
   * wait for it.
   */
  onLate({ connection, startedAtMs }: ReplicaRead): void {
    this.restsUntilMs = performance.now() + REST_MS;
    if (connection.lastProgressAtMs < startedAtMs) this.drop(connection);
  }

  /**
   * A write of these keys is about to be sent to the primary: what was read here before it must not see it.
   */
  beforeWriteOf(keys: readonly string[] | 'all'): void {
    this.sender.beforeWriteOf(keys);
  }

  /** Returns the most it can lag by now: the last known lag and the time since. */
  worstLagMs(): number | null {
    return this.lastLagMs === null ? null : this.lastLagMs + performance.now() - this.knownAtMs;
  }

  setLag(lagMs: number | null): void {
    this.lagMs = lagMs;
    if (lagMs === null) return;
    this.lastLagMs = lagMs;
    this.knownAtMs = performance.now();
  }

  /** Asks for its position in the replication stream. Never rejects. */
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

  private readonly drop = (connection: NodeConnection): void => {
    if (this.connection !== connection) return;
    this.connection = undefined;
    this.position = undefined;
    connection.destroy();
    this.retryLater();
  };

  private retryLater(): void {
    if (this.closed) return;
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.start(), this.backoff.nextMs());
  }
}
