import type { ReplyShape } from '../../connection/resp/reply-shape.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import type { CallOptions } from './call-options.js';

/** One command on sets, hashes or sorted sets. `read`: may be asked again. Always asked of the primary. */
export interface StructureCommand {
  readonly kind: 'read' | 'write';
  readonly name: string;
  readonly args: readonly (string | Buffer | number)[];
  /** The stored keys among the arguments. */
  readonly keys: readonly string[];
  /** What it answers; the result of `run` is that, or an error. */
  readonly reply: ReplyShape;
}

/** How to go through one set, hash or sorted set. */
export interface StructureScan extends CallOptions {
  readonly name: 'SSCAN' | 'HSCAN' | 'ZSCAN';
  readonly key: string;
  /** A Redis glob on members, or on the fields of a hash. */
  readonly match?: string;
  /** How many members a round trip looks at, about; omitted: the backend's own choice. */
  readonly count?: number;
}

/** Sets, hashes and sorted sets, where the backend's language has them. */
export interface StructureStore {
  /** The reply as Redis gave it, of the shape that was asked for. */
  run(command: StructureCommand, options?: CallOptions): Promise<unknown>;
  /** The replies, batch by batch; what is there from the beginning to the end comes at least once. */
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
