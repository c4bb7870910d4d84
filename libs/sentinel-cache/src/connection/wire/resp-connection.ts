import type { Redis } from 'ioredis';

import { createOneShot, destroyOneShot, type OneShotOptions } from './one-shot.js';
import { Outbox } from './outbox.js';
import { LOST, type Outcome } from './outcome.js';
import { PendingReplies, type PendingReply } from './pending-replies.js';
import type { RedisArgument } from '../contract/redis-client.js';
import { encodeCommand } from '../resp/encode-command.js';
import { asText, ErrorReply, ReplyError, type Reply } from '../resp/reply.js';
import type { ReplyLimits } from '../resp/reply-limits.js';
import { ProtocolError } from '../resp/protocol-error.js';
import { PushRate } from '../resp/push-rate.js';
import { ReplyReader } from '../resp/reply-reader.js';

const CLOSED = 'The connection is closed.';

/** Options of a RespConnection. */
export interface RespConnectionOptions extends OneShotOptions {
  /** 2 for data, whose replies are cheaper to read; 3 where messages and replies share one socket. */
  readonly protocol: 2 | 3;
  readonly limits: ReplyLimits;
}

/**
 * One connection of ioredis, whose replies our own reader reads and matches with the commands in order.
 *
 * - The `done` of each command is called exactly once, whatever the server sends.
 * - A server that sends an invalid reply, a reply to no command, or more than `limits` allow loses the
 *   connection; `lossText` tells why.
 */
export class RespConnection {
  readonly #redis: Redis;
  /** When a reply was last completed, or a long string had grown by a sixteenth. */
  lastProgressAtMs = performance.now();
  /** What the server sent against the protocol. */
  private fault: string | undefined;
  socketError: unknown;
  private isConnected = false;
  private closed = false;
  /** Whether what is in the outbox will be written in this turn of the event loop. */
  private isWriting = false;
  private readonly outbox = new Outbox();
  /** Called before the outbox is written: the last moment to add to it. */
  beforeWrite: (() => void) | undefined;
  /** Called when nothing waits for a reply any more. */
  onDrained: (() => void) | undefined;
  private readonly pending = new PendingReplies();
  private readonly reader: ReplyReader;
  private readonly pushes: PushRate;
  private readonly closeListeners: (() => void)[] = [];
  private onMessage: ((channel: string, message: string) => void) | undefined;
  onInvalidate: ((keys: readonly unknown[] | null) => void) | undefined;

  constructor({ protocol, limits, ...options }: RespConnectionOptions) {
    this.#redis = createOneShot(options);
    this.pushes = new PushRate(limits.pushesPerSecond);
    this.#redis.on('error', (error: unknown) => (this.socketError = error));
    this.reader = new ReplyReader(protocol, limits, {
      onReply: (reply) => this.onReply(reply),
      onPush: (push) => this.onPush(push),
      itemListener: () => (this.closed ? undefined : this.pending.first?.onItem),
    });
  }

  /** Connects; sends nothing. No deadline: the caller ends it with `destroy`. */
  async connect(): Promise<void> {
    const redis = this.#redis;
    if (this.closed) throw new Error(CLOSED);
    redis.once('connect', () => this.takeOver());
    redis.once('close', () => this.onClosed());
    redis.once('end', () => this.onClosed());
    await redis.connect();
    if (this.closed) throw new Error(CLOSED);
    this.isConnected = true;
  }

  get isOpen(): boolean {
    return this.isConnected && !this.closed && this.#redis.stream.writable;
  }

  /** Number of commands that wait for their reply, including those whose callers gave up. */
  get inFlight(): number {
    return this.pending.size;
  }

  /** Whether a reply has begun and not ended, as a damaged length leaves it. */
  get isMidReply(): boolean {
    return this.reader.isMidway;
  }

  /** Whether the TCP connection stands now, whatever the state of TLS. */
  get isReached(): boolean {
    const stream = this.#redis.stream as Redis['stream'] | undefined | null;
    return stream !== undefined && stream !== null && !stream.connecting && !stream.destroyed;
  }

  /** Why the connection is gone, as the end of a sentence: `closed the connection`. */
  get lossText(): string {
    return this.fault === undefined ? 'closed the connection' : `sent ${this.fault}, and the connection was given up`;
  }

  /** The address at the other end of the socket; null when there is none. */
  get remote(): { readonly host: string; readonly port: number } | null {
    const { remoteAddress, remotePort } = this.#redis.stream;
    if (remoteAddress === undefined || remotePort === undefined) return null;
    return { host: remoteAddress.replace(/^::ffff:/, ''), port: remotePort };
  }

  /**
   * Sends a command in this turn of the event loop. The caller has checked `isOpen` in the same turn.
   * `reply.done` is called exactly once.
   */
  send(name: string, args: readonly RedisArgument[], reply: PendingReply): void {
    if (this.closed) return reply.done(LOST);
    try {
      this.outbox.add(encodeCommand(name, args));
    } catch (error) {
      return reply.done({ kind: 'unsent', message: (error as Error).message });
    }
    this.writeSoon();
    this.pending.push(reply);
  }

  /**
   * Writes what was sent before this turn of the event loop ends. What is sent while nothing else waits for a
   * reply goes out as soon as the code that runs now is done; the rest of a turn shares one system call.
   */
  writeSoon(): void {
    if (this.isWriting) return;
    this.isWriting = true;
    if (this.pending.size === 0) process.nextTick(this.write);
    else setImmediate(this.write);
  }

  /**
   * Sends a command and resolves to its reply as text. Rejects with a ReplyError, or with another error when
   * the connection is gone.
   */
  ask(name: string, args: readonly RedisArgument[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.send(name, args, { done: (outcome) => settle(outcome, resolve, reject), messages: 0 });
    });
  }

  /** Subscribes (RESP3). Resolves when the server has confirmed each channel. Rejects as `ask` does. */
  subscribe(channels: readonly string[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const done = (outcome: Outcome): void => settle(outcome, resolve, reject);
      this.send('SUBSCRIBE', channels, { done, messages: channels.length });
    });
  }

  /** Ends subscriptions. Resolves when the server has confirmed each. Rejects as `ask` does. */
  unsubscribe(channels: readonly string[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const done = (outcome: Outcome): void => settle(outcome, resolve, reject);
      this.send('UNSUBSCRIBE', channels, { done, messages: channels.length });
    });
  }

  /** Passes on the messages of the subscribed channels. */
  listen(onMessage: (channel: string, message: string) => void): void {
    this.onMessage = onMessage;
  }

  /** Calls back once when the connection is gone, whichever side closed it. */
  onClose(listener: () => void): void {
    if (this.closed) listener();
    else this.closeListeners.push(listener);
  }

  /** Closes the connection now; what is in flight is lost. */
  destroy(): void {
    destroyOneShot(this.#redis);
    this.onClosed();
  }

  readonly write = (): void => {
    this.isWriting = false;
    if (this.closed) return;
    this.beforeWrite?.();
    // What is added last may end the connection.
    if (!this.closed) this.outbox.writeTo(this.#redis.stream);
  };

  /** ioredis' reader believes any length, and throws where nothing can catch: ours takes its place. */
  private takeOver(): void {
    const { stream } = this.#redis;
    stream.removeAllListeners('data');
    stream.on('data', (chunk: Buffer) => this.read(chunk));
    // The other side has half-closed: with unread bytes before it, the socket's own end may never come.
    stream.once('end', () => this.destroy());
  }

  private read(chunk: Buffer): void {
    if (this.closed) return;
    try {
      if (this.reader.read(chunk)) this.lastProgressAtMs = performance.now();
    } catch (error) {
      this.fault ??= error instanceof ProtocolError ? error.message : `what could not be read (${(error as Error).message})`;
      this.socketError ??= error;
      this.destroy();
    }
  }

  private onReply(reply: Reply): void {
    if (this.closed) return;
    const first = this.pending.first;
    if (!first) throw new ProtocolError('a reply to no command');
    if (reply instanceof ErrorReply) return this.end(first, { kind: 'refused', message: reply.message });
    if (first.messages > 0) throw new ProtocolError('a reply where a subscription is to be confirmed');
    this.end(first, { kind: 'reply', value: reply });
  }

  private onPush(push: readonly Reply[]): void {
    if (this.closed) return;
    this.pushes.count();
    const [kind, channel, content] = push.map(asText);
    if (kind === 'message' && typeof channel === 'string' && typeof content === 'string') this.onMessage?.(channel, content);
    else if (kind === 'subscribe' || kind === 'unsubscribe') this.confirm();
    else if (kind === 'invalidate') this.onInvalidate?.(Array.isArray(channel) ? channel : null);
  }

  private confirm(): void {
    const first = this.pending.first;
    if (!first || first.messages === 0) throw new ProtocolError('a subscription that nobody asked for');
    first.messages -= 1;
    if (first.messages === 0) this.end(first, { kind: 'reply', value: null });
  }

  private end(first: PendingReply, outcome: Outcome): void {
    this.pending.shift();
    first.done(outcome);
    if (this.onDrained && this.pending.size === 0) this.onDrained();
  }

  private onClosed(): void {
    if (this.closed) return;
    this.closed = true;
    this.outbox.clear();
    for (const reply of this.pending.drain()) reply.done(LOST);
    for (const listener of this.closeListeners.splice(0)) listener();
  }
}

function settle(outcome: Outcome, resolve: (reply: unknown) => void, reject: (error: Error) => void): void {
  if (outcome.kind === 'reply') resolve(asText(outcome.value as Reply));
  else if (outcome.kind === 'refused') reject(new ReplyError(outcome.message));
  else reject(new Error(outcome.kind === 'unsent' ? outcome.message : CLOSED));
}
