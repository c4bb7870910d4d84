import type { ReplyShape } from '../../connection/resp/reply-shape.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import type { CallOptions } from './call-options.js';

/** One command on sets, hashes or sorted sets. `read`: may be asked again. Always asked of the primary. */
export interface StructureCommand {
  /** A `read` may be asked again. */
  readonly kind: 'read' | 'write';
  /** Redis' name of it, in capitals. */
  readonly name: string;
  /** All arguments, the keys among them. */
  readonly args: readonly (string | Buffer | number)[];
  /** The stored keys among the arguments. */
  readonly keys: readonly string[];
  /** What it answers; the result of `run` is that, or an error. */
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
  /** How many members a round trip looks at, about; omitted: the backend's own choice. */
  readonly count?: number;
}

/** Sets, hashes and sorted sets, where the backend's language has them. */
export interface StructureStore {
  /** Resolves to the reply as Redis sent it, of the shape that was asked for. Rejects with CacheUnavailableError or CommandRejectedError. */
  run(command: StructureCommand, options?: CallOptions): Promise<unknown>;
  /** Goes through it batch by batch; what is there all the time comes at least once. Rejects as `run`. */
  scan(scan: StructureScan): AsyncIterable<readonly Buffer[]>;
}

/** The answer of a backend without them: the one that `command` gives. */
export function refusingStructures(alias: string, why: string): StructureStore {
  const refusal = (name: string): CommandRejectedError => new CommandRejectedError('NOTSUPPORTED', `${name}: ${why}`, { alias });
  return {
    run: async ({ name }) => {
      throw refusal(name);
    },
    scan: ({ name }) => ({
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          throw refusal(name);
        },
      }),
    }),
  };
}
