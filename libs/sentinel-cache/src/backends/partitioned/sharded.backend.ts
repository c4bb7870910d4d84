import { commandKeys } from '../../connection/contract/command-keys.js';
import { describeCommand } from '../../connection/contract/operation.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import type { Backend } from '../port/backend.js';
import type { HashRing } from './hash-ring.js';
import { PartitionedBackend } from './partitioned.backend.js';
import type { Partitions } from './split-call.js';

/**
 * Creates one backend of several servers, given in the order of the ring's nodes. Each key lies on the server
 * that django-redis' ShardClient picks. As in every PartitionedBackend, `setMany` is all or none on each
 * server, and patterns and `deleteAll` go to all servers. A command goes to the server of its keys; without a
 * key, or with keys of several servers, it rejects with CommandRejectedError (`CROSSSLOT`).
 */
export function shardedBackend(
  backends: readonly Backend[],
  ring: HashRing,
  { alias, callDeadlineMs }: { readonly alias: string; readonly callDeadlineMs: number },
): Backend {
  const partitions: Partitions = {
    readsMayLag: backends.some(({ readsMayLag }) => readsMayLag),
    callDeadlineMs,
    shareDeadline: false,
    groupOf: (key) => ring.nodeOfName(key),
    backendOf: (node) => backends[node as number]!,
    allBackends: async () => backends,
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
  const why = nodes.size === 0 ? 'names no key, so that no shard can be chosen' : 'has keys on several shards';
  const remedy =
    nodes.size === 0
      ? 'Send it through a cache of that server alone.'
      : 'Send one command for each key, or give the keys a common {tag}.';
  throw new CommandRejectedError(
    'CROSSSLOT',
    `${describeCommand({ alias, operation: { method: 'command', keys: name }, name })}: the command ${why}. ${remedy}`,
    { alias },
  );
}
