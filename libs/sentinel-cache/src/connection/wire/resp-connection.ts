import { Command, type Redis } from 'ioredis';

import { createOneShot, destroyOneShot, type OneShotOptions } from './one-shot.js';
import { LOST, type Outcome } from './outcome.js';
import { PendingReplies, type PendingReply } from './pending-replies.js';
import type { RedisArgument } from '../contract/redis-client.js';
import { asText, ErrorReply, ReplyError, type Reply } from '../resp/reply.js';
import type { ReplyLimits } from '../resp/reply-limits.js';
import { ProtocolError } from '../resp/protocol-error.js';
import { ReplyReader } from '../resp/reply-reader.js';

const A_SECOND_MS = 1000;
const CLOSED = 'The connection is closed.';

/** Options of a RespConnection. */
export interface RespConnectionOptions extends OneShotOptions {
  /** 2 for data, whose replies are cheaper to read; 3 where messages and replies share one socket. */
  readonly protocol: 2 | 3;
  readonly limits: ReplyLimits;
}

/** Gets the items of an array one by one as they arrive. The reply is an empty array then. */
export type ItemListener = (item: Reply, index: number) => void;

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
  private corked = false;
  private readonly pending = new PendingReplies();
  private readonly reader: ReplyReader;
  private readonly pushesPerSecond: number;
  private readonly closeListeners: (() => void)[] = [];
  private onMessage: ((channel: string, message: string) => void) | undefined;
  private countingSinceMs = 0;
  private pushes = 0;

  constructor({ protocol, limits, ...options }: RespConnectionOptions) {
    this.#redis = createOneShot(options);
    this.pushesPerSecond = limits.pushesPerSecond;
    this.#redis.on('error', (error: unknown) => (this.socketError = error));
    this.reader = new ReplyReader(protocol, limits, {
      onReply: (reply) => this.onReply(reply),
      onPush: (push) => this.onPush(push),
      itemListener: () => this.pending.first?.onItem,
    });
  }

  /** Connects; sends nothing. Has no deadline: the caller ends it with `destroy`. */
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

  /** False from the moment the socket can take no more: nothing may be sent. */
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

  /** Writes a command to the socket. The caller has checked `isOpen` in the same turn. */
  send(name: string, args: readonly RedisArgument[], done: (outcome: Outcome) => void, onItem?: ItemListener): void {
    this.write(name, args, { done, onItem, messages: 0 });
  }

  /**
   * Sends a command and resolves to its reply as text. Rejects with a ReplyError, or with another error when
   * the connection is gone.
   */
  ask(name: string, args: readonly RedisArgument[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.send(name, args, (outcome) => settle(outcome, resolve, reject));
    });
  }

  /** Subscribes (RESP3). Resolves when the server has confirmed each channel. Rejects as `ask` does. */
  subscribe(channels: readonly string[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const done = (outcome: Outcome): void => settle(outcome, resolve, reject);
      this.write('SUBSCRIBE', channels, { done, onItem: undefined, messages: channels.length });
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

  private write(name: string, args: readonly RedisArgument[], pending: PendingReply): void {
    if (this.closed) return pending.done(LOST);
    let bytes: string | Buffer;
    try {
      bytes = new Command(name, args as RedisArgument[], { replyEncoding: null }).toWritable(this.#redis.stream);
    } catch (error) {
      return pending.done({ kind: 'unsent', message: (error as Error).message });
    }
    // A lone call is sent at once; the calls of one turn of the event loop share a system call.
    if (this.pending.size > 0) this.corkForThisTurn();
    this.pending.push(pending);
    this.#redis.stream.write(bytes);
  }

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
    if (reply instanceof ErrorReply) {
      this.pending.shift();
      return first.done({ kind: 'refused', message: reply.message });
    }
    if (first.messages > 0) throw new ProtocolError('a reply where a subscription is to be confirmed');
    this.pending.shift();
    first.done({ kind: 'reply', value: reply });
  }

  private onPush(push: readonly Reply[]): void {
    if (this.closed) return;
    this.countPush();
    const [kind, channel, content] = push.map(asText);
    if (kind === 'message' && typeof channel === 'string' && typeof content === 'string') this.onMessage?.(channel, content);
    else if (kind === 'subscribe') this.confirm();
  }

  private confirm(): void {
    const first = this.pending.first;
    if (!first || first.messages === 0) throw new ProtocolError('a subscription that nobody asked for');
    first.messages -= 1;
    if (first.messages > 0) return;
    this.pending.shift();
    first.done({ kind: 'reply', value: null });
  }

  private countPush(): void {
    const nowMs = performance.now();
    if (nowMs - this.countingSinceMs >= A_SECOND_MS) {
      this.countingSinceMs = nowMs;
      this.pushes = 0;
    }
    this.pushes += 1;
    if (this.pushes > this.pushesPerSecond) throw new ProtocolError(`more than ${this.pushesPerSecond} messages in a second`);
  }

  /** Sends together what is written until the end of this turn: system calls are most of the cost. */
  private corkForThisTurn(): void {
    if (this.corked) return;
    this.corked = true;
    this.#redis.stream.cork();
    setImmediate(() => {
      this.corked = false;
      this.#redis.stream.uncork();
    });
  }

  private onClosed(): void {
    if (this.closed) return;
    this.closed = true;
    for (const { done } of this.pending.drain()) done(LOST);
    for (const listener of this.closeListeners.splice(0)) listener();
  }
}

function settle(outcome: Outcome, resolve: (reply: unknown) => void, reject: (error: Error) => void): void {
  if (outcome.kind === 'reply') resolve(asText(outcome.value as Reply));
  else if (outcome.kind === 'refused') reject(new ReplyError(outcome.message));
  else reject(new Error(outcome.kind === 'unsent' ? outcome.message : CLOSED));
}
