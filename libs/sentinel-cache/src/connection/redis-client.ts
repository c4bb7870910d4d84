import type { UnavailableReason } from '../errors/cache-unavailable.error.js';

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
  /** The cache that asks, for the words of an error. */
  readonly alias?: string;
  readonly name: string;
  readonly args: readonly RedisArgument[];
  /** The stored keys it touches: what was just written is read from the primary. `all`: any key. */
  readonly keys: readonly string[] | 'all';
  /** Replaces the client's deadline for this call, in milliseconds. */
  readonly deadlineMs?: number;
  /** A caller's own script can have written before it failed: its errors are `executed: 'unknown'`. */
  readonly mayFailHalfway?: boolean;
}

/** Where a client stands. `down` carries the diagnosis that callers get. */
export type ClientState =
  | { readonly status: 'connecting' }
  | { readonly status: 'up'; readonly primary: string }
  | { readonly status: 'down'; readonly reason: UnavailableReason; readonly message: string }
  | { readonly status: 'closed' };

/** One line for the log: something changed. */
export interface ClientEvent {
  readonly kind: 'up' | 'moved' | 'down' | 'diagnosis' | 'sentinel-lost' | 'sentinel-back' | 'warning';
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
}

/** Who Redis is at the moment. */
export interface TopologySnapshot {
  readonly topology: 'standalone' | 'sentinel';
  readonly masterName: string | null;
  readonly state: ClientState;
  readonly primary: string | null;
  readonly replicas: readonly { readonly address: string; readonly connected: boolean; readonly lagMs: number | null }[];
  readonly sentinels: readonly { readonly address: string; readonly connected: boolean; readonly names: string | null }[];
}

/** A connection to one Redis deployment, shared by all caches that name the same one. */
export interface RedisClient {
  /** The reply as it came (Buffers, numbers, null, arrays). Rejects with CacheUnavailableError or CommandRejectedError. */
  send(command: RedisCommand): Promise<unknown>;
  /** What a call may take that names no deadline of its own, in milliseconds. */
  readonly callDeadlineMs: number;
  /** Whether a `replica-read` may be answered by a replica, which may lag. */
  readonly readsReplicas: boolean;
  /** Begins to connect; returns at once and never rejects. The first `send` does it too. */
  start(): void;
  state(): ClientState;
  topology(): TopologySnapshot;
  /** Grows with every new connection to a primary: a SCAN cursor is worth nothing on another one. */
  generation(): number;
  /** Rejects what is queued, gives what is in flight a moment, ends every socket and timer. Within 500 ms. */
  close(): Promise<void>;
}
