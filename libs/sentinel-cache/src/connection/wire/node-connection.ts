import { diagnoseGreeting, diagnoseSocket, withoutArguments } from './classify-error.js';
import type { HostResolver } from './host-resolver.js';
import { helloArguments, isGreetingOfSentinel, judgeServer, readGreeting, type NodeFacts } from './greeting.js';
import { addressText } from '../contract/node-address.js';
import type { Outcome } from './outcome.js';
import type { RedisArgument } from '../contract/redis-client.js';
import { ReplyError } from '../resp/reply.js';
import { DATA_LIMITS, SUBSCRIPTION_LIMITS, type ReplyLimits } from '../resp/reply-limits.js';
import { describeReply, OK, PONG, type ReplyShape } from '../resp/reply-shape.js';
import type { PendingReply } from './pending-replies.js';
import { RespConnection } from './resp-connection.js';
import { permanent, transient, DiagnosisError } from './diagnosis.js';
import { diagnoseSentinel } from './sentinel-at-location.js';
import { StallTolerantTimer } from '../../time/stall-tolerant-timer.js';
import type { ConnectionConfig, NodeAddress } from '../../settings/shapes/resolved-connection.js';

/** How long a replaced connection may still bring the replies to what was sent on it, in milliseconds. */
export const RETIRE_GRACE_MS = 50;

/** What all connections of one client share. */
export interface NodeConnectionSetup {
  readonly config: ConnectionConfig;
  readonly hosts: HostResolver;
  /** 3 for a connection that listens. Default: 2, for data. */
  readonly protocol?: 2 | 3;
  /** Default: those of data, or of subscriptions for protocol 3. */
  readonly limits?: ReplyLimits;
}

/**
 * One proven connection to one node. Never reconnects; it is destroyed, not ended.
 *
 * A command given to `send` is written to the socket within this turn of the event loop, and its `done` is
 * called exactly once.
 */
export class NodeConnection {
  /** The address as text. */
  readonly label: string;

  private constructor(
    private readonly connection: RespConnection,
    readonly address: NodeAddress,
    readonly facts: NodeFacts,
  ) {
    this.label = addressText(address);
  }

  /**
   * Connects, greets, selects the database, and proves that the node accepted all three.
   *
   * @throws DiagnosisError after `connectDeadlineMs` at the latest, or when `signal` aborts.
   */
  static async open(
    { config, hosts, protocol = 2, limits = protocol === 3 ? SUBSCRIPTION_LIMITS : DATA_LIMITS }: NodeConnectionSetup,
    address: NodeAddress,
    signal: AbortSignal,
  ): Promise<NodeConnection> {
    const label = addressText(address);
    const connection = new RespConnection({ address, hosts, tls: config.tls, protocol, limits });
    let reached = false;
    let settled = false;
    const giveUp = (): void => {
      if (settled) return;
      reached ||= connection.isReached;
      connection.socketError ??= { code: reached ? 'no reply' : 'ETIMEDOUT' };
      connection.destroy();
    };
    // A busy event loop fires timers before it reads sockets: one look at what has arrived.
    const timer = setTimeout(() => setImmediate(giveUp), config.connectDeadlineMs);
    const abort = (): void => connection.destroy();
    signal.addEventListener('abort', abort, { once: true });
    try {
      signal.throwIfAborted();
      await connection.connect();
      reached = true;
      return new NodeConnection(connection, address, await greet(connection, config, { label, protocol }));
    } catch (error) {
      connection.destroy();
      if (error instanceof DiagnosisError) throw error;
      const { socketError } = connection;
      throw new DiagnosisError(diagnoseSocket({ error: socketError, label, tls: config.tls !== false, reached }));
    } finally {
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }

  /** False from the moment the socket can take no more: nothing may be sent. */
  get isOpen(): boolean {
    return this.connection.isOpen;
  }

  /** Number of commands that wait for their reply, including those whose callers gave up. */
  get inFlight(): number {
    return this.connection.inFlight;
  }

  /**
   * When a reply was last completed, or a long one had grown by a sixteenth. Tells a hung node from a slow
   * one.
   */
  get lastProgressAtMs(): number {
    return this.connection.lastProgressAtMs;
  }

  /** Whether a reply has begun and not ended. */
  get isMidReply(): boolean {
    return this.connection.isMidReply;
  }

  /** Why the connection is gone, as the end of a sentence: `closed the connection`. */
  get lossText(): string {
    return this.connection.lossText;
  }

  /** Sends a command in this turn of the event loop. The caller has checked `isOpen` in the same turn. */
  send(name: string, args: readonly RedisArgument[], done: (outcome: Outcome) => void): void {
    this.connection.send(name, args, { done, messages: 0 });
  }

  /** As `send`; resolves to the reply as text. Rejects with a ReplyError, or when the connection is gone. */
  ask(name: string, args: readonly RedisArgument[]): Promise<unknown> {
    return this.connection.ask(name, args);
  }

  /** As `send`; `reply.done` is called exactly once. */
  dispatch(name: string, args: readonly RedisArgument[], reply: PendingReply): void {
    this.connection.send(name, args, reply);
  }

  /** Subscribes (protocol 3). Resolves when confirmed. Rejects as `ask`. */
  subscribe(channels: readonly string[]): Promise<unknown> {
    return this.connection.subscribe(channels);
  }

  /** Ends subscriptions. Resolves and rejects as `subscribe`. */
  unsubscribe(channels: readonly string[]): Promise<unknown> {
    return this.connection.unsubscribe(channels);
  }

  /** Passes on the channels of messages. */
  listen(onMessage: (channel: string) => void): void {
    this.connection.listen(onMessage);
  }

  /** Passes on which keys changed (protocol 3); null: any may have. */
  onInvalidate(listener: (keys: readonly unknown[] | null) => void): void {
    this.connection.onInvalidate = listener;
  }

  /** Calls back before what was sent is written: the last moment to send more with it. */
  beforeWrite(listener: () => void): void {
    this.connection.beforeWrite = listener;
  }

  /** Writes before this turn of the event loop ends, whether or not something was sent: see `beforeWrite`. */
  writeSoon(): void {
    this.connection.writeSoon();
  }

  /** Calls back once when the connection is gone, whichever side closed it. */
  onClose(listener: () => void): void {
    this.connection.onClose(listener);
  }

  /** Closes the connection now; what is in flight is lost. */
  destroy(): void {
    this.connection.destroy();
  }

  /**
   * Gives what is in flight `graceMs` to be answered, then closes the connection. A stall of this process
   * does not use up that time.
   */
  async retire(graceMs: number): Promise<void> {
    this.connection.write();
    if (this.inFlight > 0 && this.isOpen) {
      await new Promise<void>((resolve) => {
        const end = (): void => {
          timer.stop();
          resolve();
        };
        const timer = new StallTolerantTimer(graceMs, end);
        timer.start();
        this.connection.onDrained = end;
        this.onClose(end);
      });
    }
    this.destroy();
  }
}

/**
 * Sends HELLO with the credentials, SELECT and PING in one round trip. ioredis' own greeting ignores a failed
 * SELECT and goes on in database 0. A new connection is in database 0, which needs no SELECT (an ACL may
 * forbid it).
 */
async function greet(
  connection: RespConnection,
  config: ConnectionConfig,
  { label, protocol }: { readonly label: string; readonly protocol: 2 | 3 },
): Promise<NodeFacts> {
  const [greeted, selected, pinged] = await Promise.allSettled([
    connection.ask('HELLO', helloArguments(protocol, config.credentials, config.clientName)),
    config.database === 0 ? Promise.resolve('OK') : connection.ask('SELECT', [String(config.database)]),
    connection.ask('PING', []),
  ]);
  const isSentinel = greeted.status === 'fulfilled' && isGreetingOfSentinel(greeted.value);
  if (isSentinel || greeted.status === 'rejected') {
    // A sentinel that is too old for HELLO knows ROLE.
    const role: unknown = await connection.ask('ROLE', []).catch(() => (isSentinel ? ['sentinel'] : undefined));
    const diagnosis = diagnoseSentinel(role, label, config.database);
    if (diagnosis) throw new DiagnosisError(diagnosis);
  }
  if (greeted.status === 'rejected') throw refusal(greeted.reason, label);
  const facts = readGreeting(greeted.value);
  const diagnosis = judgeServer(facts, label);
  if (diagnosis) throw new DiagnosisError(diagnosis);
  if (selected.status === 'rejected') throw databaseRefusal(selected.reason, config.database, label);
  if (pinged.status === 'rejected') throw refusal(pinged.reason, label);
  // A node that did not select the database would be written to in another one.
  expectReply('SELECT', selected.value, OK, label);
  expectReply('PING', pinged.value, PONG, label);
  return facts;
}

function expectReply(name: string, reply: unknown, shape: ReplyShape, label: string): void {
  if (shape.fits(reply)) return;
  throw new DiagnosisError(
    transient('protocol', `${label} answered ${name} with ${describeReply(reply)}; expected ${shape.words}.`),
  );
}

function refusal(error: unknown, label: string): unknown {
  if (!(error instanceof ReplyError)) return error;
  return new DiagnosisError(
    diagnoseGreeting(error.message, label, 'Check OPTIONS.PASSWORD and the user name of this cache.', 'auth'),
  );
}

function databaseRefusal(error: unknown, database: number, label: string): unknown {
  if (!(error instanceof ReplyError)) return error;
  if (/^(NOAUTH|WRONGPASS|LOADING|MASTERDOWN|BUSY)/.test(error.message)) return refusal(error, label);
  const fix = 'Use a database that the server has, and that this user may select.';
  return new DiagnosisError(
    permanent('wrong-database', `${label} refused database ${database} (${withoutArguments(error.message)}). ${fix}`),
  );
}
