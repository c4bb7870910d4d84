import { commandKeys } from '../../connection/contract/command-keys.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import type { Backend } from '../port/backend.js';
import { HashRing } from './hash-ring.js';
import { PartitionedBackend, type Partitions } from './partitioned.backend.js';

/** One server of a ring, and where it stands on it. */
export interface Shard {
  /** The connection string as in Django, to the letter. */
  readonly name: string;
  readonly backend: Backend;
}

/**
 * Several servers as one backend, each key on the one that django-redis' ShardClient picks. What is said of a backend of
 * parts holds: `setMany` is all or none on each server only, patterns and `deleteAll` visit them all. A command goes to the server of the
 * keys in it; one without a key, or with keys of several servers, is refused.
 */
export function shardedBackend(
  shards: readonly Shard[],
  { alias, callDeadlineMs }: { readonly alias: string; readonly callDeadlineMs: number },
): Backend {
  const ring = new HashRing(shards.map(({ name }) => name));
  const backends = shards.map(({ backend }) => backend);
  const partitions: Partitions = {
    readsMayLag: backends.some(({ readsMayLag }) => readsMayLag),
    callDeadlineMs,
    shareDeadline: false,
    groupOf: (key) => ring.nodeOf(key),
    keeperOf: (node) => backends[node as number]!,
    everyone: async () => backends,
    commandOf: (name, args) => backends[nodeOfCommand(ring, alias, { name, args })]!,
  };
  return new PartitionedBackend(partitions, alias);
}

interface UserCommand {
  readonly name: string;
  readonly args: readonly (string | Buffer | number)[];
}

function nodeOfCommand(ring: HashRing, alias: string, { name, args }: UserCommand): number {
  const nodes = new Set(commandKeys(name, args).map((key) => ring.nodeOf(String(key))));
  const [node] = nodes;
  if (nodes.size === 1) return node!;
  const why = nodes.size === 0 ? 'it names no key, and nobody knows which shard is meant' : 'its keys lie on several shards';
  const remedy = nodes.size === 0 ? 'Ask through a cache of that server alone.' : 'Ask for each alone, or give them one {tag}.';
  throw new CommandRejectedError('CROSSSLOT', `command: ${why}. ${remedy}`, { alias });
}
