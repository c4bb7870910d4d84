import { Command, type Redis } from 'ioredis';

import type { ConnectionConfig, NodeAddress } from '../settings/resolved-settings.js';
import { diagnoseGreeting, diagnoseSocket, withoutArguments } from './classify-error.js';
import { withExactNumbers } from './exact-numbers.js';
import type { HostResolver } from './host-resolver.js';
import { judgeServer, readGreeting, type NodeFacts } from './greeting.js';
import { addressText } from './node-address.js';
import { createOneShot, destroyOneShot, isReached } from './one-shot.js';
import type { RedisArgument } from './redis-client.js';
import { definitive, TroubleError } from './trouble.js';

/** How a command that was handed to a socket ended: answered, refused by the server, or lost with the socket. */
export type Outcome =
  | { readonly kind: 'reply'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'lost' }
  /** It could not even be written down (longer than any string): nothing was sent. */
  | { readonly kind: 'unsent'; readonly message: string };

/** What every connection of one client is made from. */
export interface LeaseSetup {
  readonly config: ConnectionConfig;
  readonly hosts: HostResolver;
}

const LOST: Outcome = Object.freeze({ kind: 'lost' });

/**
 * One connection to one node, from its proof to its end. Never reconnects; destroyed, not ended.
 *
 * - A command given to `send` is written to the socket at once, and `done` is called exactly once.
 * - `lastHeardAtMs` moves with every byte that arrives: silence is what tells a hung node from a slow one.
 */
export class Lease {
  /** Its options hold credentials and keys: private to the language, so that no log of an object shows them. */
  readonly #redis: Redis;
  readonly facts: NodeFacts;
  readonly who: string;
  lastHeardAtMs = performance.now();
  private closed = false;
  private corked = false;
  /** How many commands wait for their reply, those included whose callers gave up. */
  inFlight = 0;
  private onDrained: (() => void) | undefined;
  private readonly closeListeners: (() => void)[] = [];

  private constructor(
    redis: Redis,
    readonly address: NodeAddress,
    facts: NodeFacts,
  ) {
    this.#redis = redis;
    this.facts = facts;
    this.who = addressText(address);
    redis.stream.on('data', () => {
      this.lastHeardAtMs = performance.now();
    });
    // Half-closed by the other side: with unread bytes before it, the socket's own end may never come.
    redis.stream.once('end', () => this.destroy());
    redis.once('close', () => this.onClosed());
    redis.once('end', () => this.onClosed());
  }

  /**
   * Connects, greets, selects the database and proves that all three were accepted.
   *
   * @throws TroubleError with the diagnosis, after `connectDeadlineMs` at the latest, or when `signal` says so.
   */
  static async open({ config, hosts }: LeaseSetup, address: NodeAddress, signal: AbortSignal): Promise<Lease> {
    const who = addressText(address);
    const redis = createOneShot({ address, hosts, tls: config.tls, protocol: 2 });
    let socketError: unknown;
    let reached = false;
    redis.on('error', (error: unknown) => (socketError = error));
    let settled = false;
    const giveUp = (): void => {
      if (settled) return;
      reached ||= isReached(redis);
      socketError ??= { code: reached ? 'no reply' : 'ETIMEDOUT' };
      destroyOneShot(redis);
    };
    // A busy event loop fires timers before it reads sockets: one look at what has arrived.
    const timer = setTimeout(() => setImmediate(giveUp), config.connectDeadlineMs);
    const abort = (): void => destroyOneShot(redis);
    signal.addEventListener('abort', abort, { once: true });
    try {
      signal.throwIfAborted();
      await redis.connect();
      reached = true;
      return new Lease(redis, address, await greet(redis, config, who));
    } catch (error) {
      destroyOneShot(redis);
      if (error instanceof TroubleError) throw error;
      throw new TroubleError(diagnoseSocket({ error: socketError, who, tls: config.tls !== false, reached }));
    } finally {
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }

  /** False from the moment the socket can take no more: nothing may be handed to it. */
  get isOpen(): boolean {
    return !this.closed && this.#redis.status === 'ready' && this.#redis.stream.writable;
  }

  /** Hands a command to the socket. The caller has asked `isOpen` in the same turn. */
  send(name: string, args: readonly RedisArgument[], done: (outcome: Outcome) => void): void {
    const settle = (outcome: Outcome): void => {
      this.inFlight -= 1;
      if (this.inFlight === 0) this.onDrained?.();
      done(outcome);
    };
    // A lone call goes at once; where there are others, those of one turn of the event loop share a system call.
    if (this.inFlight > 0) this.corkForThisTurn();
    this.inFlight += 1;
    try {
      const command = new Command(name, args as RedisArgument[], { replyEncoding: null });
      void this.#redis.sendCommand(command);
      command.promise.then(
        (value: unknown) => settle({ kind: 'reply', value: withExactNumbers(value) }),
        (error: unknown) => settle(isReplyError(error) ? { kind: 'refused', message: error.message } : LOST),
      );
    } catch (error) {
      settle({ kind: 'unsent', message: (error as Error).message });
    }
  }

  /** What is sent from here to the end of this turn leaves together: with many callers system calls are most of the cost. */
  private corkForThisTurn(): void {
    if (this.corked) return;
    this.corked = true;
    this.#redis.stream.cork();
    setImmediate(() => {
      this.corked = false;
      this.#redis.stream.uncork();
    });
  }

  /** Calls back once when the connection is gone, whoever ended it. */
  onClose(listener: () => void): void {
    if (this.closed) listener();
    else this.closeListeners.push(listener);
  }

  /** Ends the connection now; what is in flight is lost. */
  destroy(): void {
    destroyOneShot(this.#redis);
    this.onClosed();
  }

  /** Gives what is in flight that long to be answered, then ends the connection. */
  async retire(graceMs: number): Promise<void> {
    if (this.inFlight > 0 && !this.closed) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, graceMs);
        this.onDrained = this.closedOr(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    this.destroy();
  }

  /** The same callback for "all answered" and "the connection is gone". */
  private closedOr(callback: () => void): () => void {
    this.onClose(callback);
    return callback;
  }

  private onClosed(): void {
    if (this.closed) return;
    this.closed = true;
    for (const listener of this.closeListeners.splice(0)) listener();
  }
}

/**
 * HELLO with credentials, SELECT and PING in one round trip. ioredis' own greeting swallows a failed SELECT and would go on in
 * database 0. A new connection is in database 0, so that one needs no SELECT (which an ACL may forbid).
 */
async function greet(redis: Redis, config: ConnectionConfig, who: string): Promise<NodeFacts> {
  const { username, password } = config.credentials;
  const hello = ['2', ...(password || username ? ['AUTH', username || 'default', password] : [])];
  if (config.clientName) hello.push('SETNAME', config.clientName);
  const [greeted, selected, pinged] = await Promise.allSettled([
    ask(redis, 'HELLO', hello),
    config.database === 0 ? Promise.resolve('OK') : ask(redis, 'SELECT', [String(config.database)]),
    ask(redis, 'PING', []),
  ]);
  if (greeted.status === 'rejected') throw refusal(greeted.reason, who);
  const facts = readGreeting(greeted.value);
  const trouble = judgeServer(facts, who);
  if (trouble) throw new TroubleError(trouble);
  if (selected.status === 'rejected') throw databaseRefusal(selected.reason, config.database, who);
  if (pinged.status === 'rejected') throw refusal(pinged.reason, who);
  return facts;
}

async function ask(redis: Redis, name: string, args: string[]): Promise<unknown> {
  const command = new Command(name, args, { replyEncoding: 'utf8' });
  void redis.sendCommand(command);
  return command.promise;
}

function refusal(error: unknown, who: string): unknown {
  if (!isReplyError(error)) return error;
  return new TroubleError(
    diagnoseGreeting(error.message, who, 'Check OPTIONS.PASSWORD and the user name of this cache.', 'auth'),
  );
}

function databaseRefusal(error: unknown, database: number, who: string): unknown {
  if (!isReplyError(error)) return error;
  if (/^(NOAUTH|WRONGPASS|LOADING|MASTERDOWN|BUSY)/.test(error.message)) return refusal(error, who);
  const fix = 'Use a database that the server has, and that this user may select.';
  return new TroubleError(
    definitive('wrong-database', `${who} refused database ${database} (${withoutArguments(error.message)}). ${fix}`),
  );
}

/** Both of ioredis' classes for error replies carry this name; `instanceof` would tie us to one copy of redis-errors. */
function isReplyError(error: unknown): error is Error {
  return (error as { name?: unknown } | null)?.name === 'ReplyError';
}
