import { addressText } from '../contract/node-address.js';
import { Backoff } from '../wire/backoff.js';
import { NodeConnection, type NodeConnectionSetup } from '../wire/node-connection.js';
import type { NodeAddress } from '../../settings/shapes/resolved-connection.js';

/** How often the connection is checked: that it answers, and that it leads to the primary. */
const CHECK_MS = 1000;
/** How long a connection without listeners is kept. */
const IDLE_MS = 10_000;
/** After a refusal (an ACL without channels) it is tried again this much later. */
const REFUSED_MS = 60_000;
/** Most channels at a time; who listens to one more hears nothing, and has to ask. */
const MOST_CHANNELS = 10_000;
/** A longer name is heard by nobody: the server echoes it with each message. */
const LONGEST_CHANNEL = 64 * 1024;

interface Channel {
  readonly listeners: Set<() => void>;
  /** Whether the server has confirmed the subscription. */
  isHeard: boolean;
}

/**
 * Subscribes to channels on the primary, over a connection of its own.
 *
 * Messages may be lost: with the connection, in a failover, where the server refuses. So a listener is also
 * called each time its subscription is confirmed, and has to ask now and then by itself.
 */
export class Subscriber {
  readonly #setup: NodeConnectionSetup;
  private readonly channels = new Map<string, Channel>();
  private connection: NodeConnection | undefined;
  private attempt: AbortController | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly backoff = new Backoff(50, CHECK_MS);
  /** No attempt before this moment. */
  private pausedUntilMs = 0;
  private idleSinceMs = 0;
  private isPinged = false;
  private closed = false;

  /**
   * `primaryOf` returns where to subscribe, given the node where it is subscribed now; undefined while there
   * is none.
   */
  constructor(
    setup: NodeConnectionSetup,
    private readonly primaryOf: (current: string | undefined) => NodeAddress | undefined,
  ) {
    this.#setup = { ...setup, protocol: 3 };
  }

  /** As `RedisClient.listen`. */
  listen(name: string, wake: () => void): () => void {
    if (this.closed || name.length > LONGEST_CHANNEL) return () => undefined;
    let channel = this.channels.get(name);
    if (!channel) {
      if (this.channels.size >= MOST_CHANNELS) return () => undefined;
      channel = { listeners: new Set(), isHeard: false };
      this.channels.set(name, channel);
      if (this.connection) this.subscribe(this.connection, [name]);
      else this.check();
    } else if (channel.isHeard) queueMicrotask(wake);
    channel.listeners.add(wake);
    return () => this.leave(name, channel, wake);
  }

  close(): void {
    this.closed = true;
    // Who waits asks, and learns that this is closed.
    for (const name of this.channels.keys()) this.wake(name);
    this.channels.clear();
    clearTimeout(this.timer);
    this.attempt?.abort();
    this.connection?.destroy();
  }

  private leave(name: string, channel: Channel, wake: () => void): void {
    channel.listeners.delete(wake);
    if (channel.listeners.size > 0 || this.channels.get(name) !== channel) return;
    this.channels.delete(name);
    if (this.channels.size === 0) this.idleSinceMs = performance.now();
    // A connection that is lost meanwhile has forgotten the channel, too.
    this.connection?.unsubscribe([name]).catch(() => undefined);
  }

  /** Once a second, and when something changed. */
  private check(): void {
    clearTimeout(this.timer);
    if (this.closed) return;
    const nowMs = performance.now();
    const { connection } = this;
    const target = this.primaryOf(connection?.label);
    const isIdle = this.channels.size === 0;
    if (connection) {
      const isWrong = this.isPinged || (target && addressText(target) !== connection.label);
      if (isWrong || (isIdle && nowMs - this.idleSinceMs > IDLE_MS)) connection.destroy();
      else this.ping(connection);
    } else if (!isIdle && target && !this.attempt && nowMs >= this.pausedUntilMs) this.open(target);
    if (isIdle && !this.connection) return;
    const delayMs = this.connection ? CHECK_MS : Math.min(CHECK_MS, Math.max(20, this.pausedUntilMs - nowMs));
    this.timer = setTimeout(() => this.check(), delayMs);
    this.timer.unref();
  }

  private ping(connection: NodeConnection): void {
    this.isPinged = true;
    connection.send('PING', [], () => {
      if (connection === this.connection) this.isPinged = false;
    });
  }

  private open(target: NodeAddress): void {
    const attempt = new AbortController();
    this.attempt = attempt;
    NodeConnection.open(this.#setup, target, attempt.signal).then(
      (connection) => {
        this.attempt = undefined;
        if (this.closed) connection.destroy();
        else this.adopt(connection);
      },
      () => {
        this.attempt = undefined;
        this.pause(this.backoff.nextMs());
      },
    );
  }

  private adopt(connection: NodeConnection): void {
    this.connection = connection;
    this.isPinged = false;
    connection.listen((name) => this.wake(name));
    connection.onClose(() => this.onLost(connection));
    const names = [...this.channels.keys()];
    if (connection === this.connection && names.length > 0) this.subscribe(connection, names);
    this.check();
  }

  private subscribe(connection: NodeConnection, names: readonly string[]): void {
    connection.subscribe(names).then(
      () => {
        this.backoff.reset();
        for (const name of names) {
          const channel = this.channels.get(name);
          if (!channel || connection !== this.connection) continue;
          channel.isHeard = true;
          this.wake(name);
        }
      },
      () => {
        if (connection !== this.connection) return;
        this.pause(REFUSED_MS);
        connection.destroy();
      },
    );
  }

  private wake(name: string): void {
    for (const wake of this.channels.get(name)?.listeners ?? []) wake();
  }

  private onLost(connection: NodeConnection): void {
    if (connection !== this.connection) return;
    this.connection = undefined;
    for (const channel of this.channels.values()) channel.isHeard = false;
    this.check();
  }

  private pause(ms: number): void {
    this.pausedUntilMs = performance.now() + ms;
    this.check();
  }
}
