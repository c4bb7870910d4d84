import type { CommandRejectedError } from '../../errors/command-rejected.error.js';
import type { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { PONG, type ReplyShape } from '../resp/reply-shape.js';
import type { MonitoredTopology } from '../../telemetry/monitored-topology.js';
import type { Operation } from './operation.js';
import type { ChangeFeed, ChangeListener } from './change-feed.js';
import type { ClientState } from './client-event.js';

/** An argument of a command. Numbers are sent as decimal text. */
export type RedisArgument = string | Buffer | number;

/**
 * One command on its way to Redis. `kind`:
 *
 * - `write`: sent at most once, and again only when the server refused it unexecuted. Goes to the primary.
 * - `read`: may be sent again within the deadline. Goes to the primary.
 * - `replica-read`: a read that a replica may answer, where the topology reads from replicas.
 */
export interface RedisCommand {
  readonly kind: 'write' | 'read' | 'replica-read';
  /** The cache that asks: errors name it. */
  readonly alias?: string;
  /** The call of the cache that asks: errors name it instead of the command. */
  readonly operation?: Operation;
  /** In upper case. */
  readonly name: string;
  readonly args: readonly RedisArgument[];
  /** The stored keys that it touches. `all`: unknown, so any key. */
  readonly keys: readonly string[] | 'all';
  /**
   * The reply to expect. Any other reply rejects the call (`protocol`) and ends the connection, since its
   * further replies may belong to other commands. Left out: any reply is accepted.
   */
  readonly reply?: ReplyShape;
  /** Bounds this call, in milliseconds. Default: the client's deadline. */
  readonly deadlineMs?: number;
  /**
   * Rejects the call at once while the circuit breaker is open. Default: false, it waits for a connection.
   */
  readonly failFast?: boolean;
  /**
   * The text of the script whose hash is the first argument (EVALSHA). It is sent in place of the hash the
   * first time on each connection, so that the server knows it. Left out: no script, or its text.
   */
  readonly script?: string;
  /** A caller's own script, which may have written before it failed: its errors are `executed: 'unknown'`. */
  readonly mayFailHalfway?: boolean;
  /** Sends ASKING first: a cluster node then takes the command though its slot is still being moved there. */
  readonly asking?: boolean;
}

/** Whether something is certain to have more bytes than that. */
export type SizeTest = (bytes: number) => boolean;

/** The topology of one deployment; its client may serve several aliases. */
export type DeploymentTopology = Omit<MonitoredTopology, 'alias' | 'atMs' | 'shards'>;

/** What sends commands. */
export type CommandSender = Pick<RedisClient, 'send' | 'refusal' | 'callDeadlineMs' | 'generation'>;

/** What a backend needs. */
export type PrimaryClient = CommandSender & Pick<RedisClient, 'readsReplicas'> & Partial<Pick<RedisClient, 'listen'>>;

/** A connection to one Redis deployment, shared by all caches that name the same one. */
export interface RedisClient {
  /**
   * Sends a command. Resolves to the reply as it came: Buffers, numbers (bigint past 2^53), null, arrays.
   * Rejects with CacheUnavailableError or CommandRejectedError.
   */
  send(command: RedisCommand): Promise<unknown>;
  /**
   * Returns the error with which `send` would reject this write at once, in this turn of the event loop;
   * undefined when it would accept it. Asked before the arguments are made: `takesMoreThan` tells whether
   * they are certain to be longer. Sends nothing.
   */
  refusal(write: RedisCommand, takesMoreThan: SizeTest): CacheUnavailableError | CommandRejectedError | undefined;
  /** Bounds each call that has no deadline of its own, in milliseconds. */
  readonly callDeadlineMs: number;
  /** Whether a replica, which may lag, may answer a `replica-read`. */
  readonly readsReplicas: boolean;
  /** Starts to connect. Returns at once, never throws. The first `send` does it too. */
  start(): void;
  /** The state of the connection to the primary. */
  state(): ClientState;
  /** The deployment as this client knows it. Sends nothing: what only an answer tells is null. */
  topology(): DeploymentTopology;
  /**
   * The deployment as sentinels and primary describe it now; starts the client. Settles within the deadlines,
   * never rejects.
   */
  survey(): Promise<DeploymentTopology>;
  /**
   * Changes with each new connection to a primary: a SCAN cursor is worthless there. With a key, only the
   * primary of that key counts; without one, anything that may move a key.
   */
  generation(key?: string): number;
  /**
   * Of a cluster: a client for each primary. Rejects with CacheUnavailableError when they can't be found
   * within the deadline; with `failFast` at once while they can't.
   */
  readonly primaries?: (
    how?: Pick<RedisCommand, 'alias' | 'operation' | 'deadlineMs' | 'failFast'>,
  ) => Promise<readonly PrimaryClient[]>;
  /**
   * Calls `wake` whenever something was published on a channel, or may have been: each time the subscription
   * is confirmed anew. It is held by a connection of its own to the primary, made for the first listener. A
   * server that can't be reached or refuses publishes nothing: ask it now and then. Returns a function that
   * ends it.
   */
  listen(channel: string, wake: () => void): () => void;
  /**
   * Keeps a link to each primary that tells the listener which keys with one of these prefixes change. Called
   * before `start`. Sends nothing, never throws.
   */
  follow(prefixes: readonly string[], listener: ChangeListener): ChangeFeed;
  /**
   * Rejects what is queued, gives what is in flight 250 ms, and ends all sockets and timers. Resolves within
   * 500 ms.
   */
  close(): Promise<void>;
}

/** Asks whether the server answers. */
export const PING: RedisCommand = Object.freeze({ kind: 'read', name: 'PING', args: [], keys: [], reply: PONG });

/** Sends a command and resolves to its reply, which has the shape that it names. Rejects as `send` does. */
export function ask<T>(client: Pick<RedisClient, 'send'>, command: RedisCommand & { readonly reply: ReplyShape<T> }): Promise<T> {
  return client.send(command) as Promise<T>;
}
