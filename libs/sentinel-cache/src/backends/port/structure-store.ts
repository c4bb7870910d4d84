import { describeCommand, type Operation } from '../../connection/contract/operation.js';
import type { ReplyShape } from '../../connection/resp/reply-shape.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import type { CallOptions } from './call-options.js';

/** One command on sets, hashes or sorted sets. It goes to the primary. */
export interface StructureCommand {
  /** A `read` may be sent again. */
  readonly kind: 'read' | 'write';
  /** Redis' name of it, in capitals. */
  readonly name: string;
  /** All arguments, the keys among them. */
  readonly args: readonly (string | Buffer | number)[];
  /** The stored keys among the arguments. */
  readonly keys: readonly string[];
  /** The reply to expect; any other rejects `run` with CacheUnavailableError (`protocol`). */
  readonly reply: ReplyShape;
}

/** How to go through one set, hash or sorted set. */
export interface StructureScan extends CallOptions {
  /** The command that goes through it. */
  readonly name: 'SSCAN' | 'HSCAN' | 'ZSCAN';
  /** The stored key. */
  readonly key: string;
  /** A Redis glob on members, or on the fields of a hash. */
  readonly match?: string;
  /** Approximate number of members that a round trip looks at. Omitted: the backend's own choice. */
  readonly count?: number;
}

/** Runs commands on sets, hashes and sorted sets. */
export interface StructureStore {
  /**
   * Resolves to the reply as Redis sent it, of the shape that was asked for. Rejects with
   * CacheUnavailableError or CommandRejectedError.
   */
  run(command: StructureCommand, options?: CallOptions): Promise<unknown>;
  /** Goes through a key batch by batch; what is there all the time comes at least once. Rejects as `run`. */
  scan(scan: StructureScan): AsyncIterable<readonly Buffer[]>;
}

/** Makes the error of a command that a backend without Redis gets (`NOTSUPPORTED`). */
export function unsupported(command: Parameters<typeof describeCommand>[0], why: string): CommandRejectedError {
  return new CommandRejectedError('NOTSUPPORTED', `${describeCommand(command)}: ${why}`, { alias: command.alias });
}

/**
 * Makes the structures of a backend without Redis: each call rejects with CommandRejectedError
 * (`NOTSUPPORTED`).
 */
export function refusingStructures(alias: string, why: string): StructureStore {
  const refuse = async (name: string, operation?: Operation): Promise<never> => {
    throw unsupported({ alias, operation, name }, why);
  };
  return {
    run: ({ name }, options) => refuse(name, options?.operation),
    scan: ({ name, operation }) => ({ [Symbol.asyncIterator]: () => ({ next: () => refuse(name, operation) }) }),
  };
}
