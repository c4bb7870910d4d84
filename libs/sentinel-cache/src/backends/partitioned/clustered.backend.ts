import { keySlot } from '../../keys/key-slot.js';
import type { PrimaryClient, RedisClient } from '../../connection/contract/redis-client.js';
import { countUpTo } from '../../connection/resp/reply-shape.js';
import type { CallOptions } from '../port/call-options.js';
import { fanOut, groupBy, sum, wholeWrite } from '../port/fan-out.js';
import { PartitionedBackend } from './partitioned.backend.js';
import type { Partitions } from './split-call.js';
import type { Unlink } from '../redis/redis-scan.js';
import { sendCall } from '../redis/send-call.js';
import { RedisBackend, type RedisBackendOptions } from '../redis/redis.backend.js';

/** The client of a cluster. */
export type ClusteredClient = PrimaryClient & Required<Pick<RedisClient, 'primaries'>>;

/** Whether a client is one of a cluster. */
export function isClustered(client: RedisClient): client is RedisClient & ClusteredClient {
  return client.primaries !== undefined;
}

/**
 * Creates the backend of a Redis Cluster: a call about one key goes to its slot, a call about many keys is
 * split by slot.
 */
export function clusteredBackend(client: ClusteredClient, alias: string, { scanCount }: RedisBackendOptions): PartitionedBackend {
  const keyed = new RedisBackend(client, alias, { scanCount });
  const unlink: Unlink = (keys, options) => unlinkBySlot(client, alias, keys, options);
  const partitions: Partitions = {
    readsMayLag: client.readsReplicas,
    callDeadlineMs: client.callDeadlineMs,
    shareDeadline: true,
    groupOf: keySlot,
    backendOf: () => keyed,
    allBackends: async ({ operation, deadlineMs, failFast } = {}) => {
      const primaries = await client.primaries({ alias, operation, deadlineMs, failFast });
      return primaries.map((primary) => new RedisBackend(primary, alias, { scanCount, unlink }));
    },
    commandOf: () => keyed,
  };
  return new PartitionedBackend(partitions, alias);
}

/** Deletes what one round of SCAN found: one command for each slot, sent to whichever node has it now. */
async function unlinkBySlot(
  client: ClusteredClient,
  alias: string,
  keys: readonly Buffer[],
  options: CallOptions,
): Promise<number> {
  const bySlot = groupBy(keys, keySlot);
  const parts = await fanOut([...bySlot.values()], (args) =>
    sendCall(client, { kind: 'write', alias, name: 'UNLINK', args, keys: 'all', reply: countUpTo(args.length) }, options),
  );
  return sum(wholeWrite(parts, alias));
}
