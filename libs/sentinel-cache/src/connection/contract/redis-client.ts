import type { CommandRejectedError } from '../../errors/command-rejected.error.js';
import type { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { PONG, type ReplyShape } from '../resp/reply-shape.js';
import type { MonitoredTopology } from '../../telemetry/monitored-topology.js';
import type { Operation } from './operation.js';
import type { ClientState } from './client-event.js';

/** What a command is made of. Numbers are written as decimal text. */
export type RedisArgument = string | Buffer | number;

/**
 * One command on its way to Redis.
 *
 * - `write`: handed to a socket at most once, unless the server refused it unexecuted. Goes to the primary.
 * - `read`: may be asked again within the deadline. Goes to the primary.
 * - `replica-read`: a read that a replica may answer, where the topology has replicas for reading.
 */
export interface RedisCommand {
  readonly kind: 'write' | 'read' | 'replica-read';
  /** The cache that asks: errors name it. */
  readonly alias?: string;
  /** The call of the cache that asks: errors name it instead of the command. */
  readonly operation?: Operation;
  readonly name: string;
  readonly args: readonly RedisArgument[];
  /** The stored keys it touches: what was just written is read from the primary. `all`: any key. */
  readonly keys: readonly string[] | 'all';
  /**
   * What it answers. Any other reply rejects the call (`protocol`) and costs the connection: from there on nobody knows which reply is whose.
   * Left out: any reply will do.
   */
  readonly reply?: ReplyShape;
  /** Replaces the client's deadline for this call, in milliseconds. */
  readonly deadlineMs?: number;
  /** While the circuit breaker is open it is rejected at once and does not wait for a connection. */
  readonly failFast?: boolean;
  /** A caller's own script can have written before it failed: its errors are `executed: 'unknown'`. */
  readonly mayFailHalfway?: boolean;
  /** ASKING goes before it: a cluster's node takes it though its slot is still on its way there. */
  readonly asking?: boolean;
}

/** Whether something is certain to take more than that many bytes. */
export type SizeTest = (bytes: number) => boolean;

/** The topology of one deployment; its client may serve several aliases. */
export type DeploymentTopology = Omit<MonitoredTopology, 'alias' | 'atMs' | 'shards'>;

/** What it takes to send commands. */
export type CommandSender = Pick<RedisClient, 'send' | 'refusal' | 'callDeadlineMs' | 'generation'>;

/** What a backend needs. */
export type PrimaryClient = CommandSender & Pick<RedisClient, 'readsReplicas'>;

/** A connection to one Redis deployment, shared by all caches that name the same one. */
export interface RedisClient {
  /** The reply as it came (Buffers, numbers, null, arrays; an integer past 2^53 is a bigint). Rejects with CacheUnavailableError or CommandRejectedError. */
  send(command: RedisCommand): Promise<unknown>;
  /**
   * The error with which `send` would reject this write at once, in this turn of the event loop; undefined when it would take it. Asked
   * before the arguments are made: `takesMoreThan` says whether they are certain to be longer. Sends nothing.
   */
  refusal(write: RedisCommand, takesMoreThan: SizeTest): CacheUnavailableError | CommandRejectedError | undefined;
  /** What a call may take that names no deadline of its own, in milliseconds. */
  readonly callDeadlineMs: number;
  /** Whether a `replica-read` may be answered by a replica, which may lag. */
  readonly readsReplicas: boolean;
  /** Begins to connect; returns at once and never rejects. The first `send` does it too. */
  start(): void;
  state(): ClientState;
  /** The deployment as this client knows it. Asks nobody: what only an answer tells is null. */
  topology(): DeploymentTopology;
  /** The deployment as sentinels and primary describe it now; starts the client. Settles within the deadlines, never rejects. */
  survey(): Promise<DeploymentTopology>;
  /**
   * Another one with every new connection to a primary: a cursor is worth nothing there. With a key only what becomes of the primary that has
   * it counts; without one anything that may move a key.
   */
  generation(key?: string): number;
  /** Of a cluster: its primaries as they are now, each for itself. Rejects with CacheUnavailableError when they can't be found in time. */
  readonly primaries?: () => Promise<readonly PrimaryClient[]>;
  /** Rejects what is queued, gives what is in flight a moment, ends every socket and timer. Within 500 ms. */
  close(): Promise<void>;
}

/** The question whether anybody is there. */
export const PING: RedisCommand = Object.freeze({ kind: 'read', name: 'PING', args: [], keys: [], reply: PONG });

/** Sends a command; resolves to a reply of that shape, and to nothing else. Rejects as `send`. */
export function ask<T>(client: Pick<RedisClient, 'send'>, command: RedisCommand, reply: ReplyShape<T>): Promise<T> {
  return client.send({ ...command, reply }) as Promise<T>;
}
