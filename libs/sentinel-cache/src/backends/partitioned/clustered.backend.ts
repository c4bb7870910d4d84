import { keySlot } from '../../connection/cluster/key-slot.js';
import type { PrimaryClient, RedisClient } from '../../connection/contract/redis-client.js';
import { countUpTo } from '../../connection/resp/reply-shape.js';
import type { CallOptions } from '../port/call-options.js';
import { fanOut, groupBy, wholeWrite } from '../port/fan-out.js';
import { PartitionedBackend, type Partitions } from './partitioned.backend.js';
import type { Unlink } from '../redis/redis-scan.js';
import { sendCall } from '../redis/send-call.js';
import { RedisBackend, type RedisBackendOptions } from '../redis/redis.backend.js';

/** What a cluster's client has. */
export type ClusteredClient = PrimaryClient & Required<Pick<RedisClient, 'primaries'>>;

/** Whether a client is one of a cluster. */
export function isClustered(client: RedisClient): client is RedisClient & ClusteredClient {
  return client.primaries !== undefined;
}

/** The backend of a Redis Cluster: calls of one key go where its slot is, calls of many keys are taken apart by slot. */
export function clusteredBackend(client: ClusteredClient, alias: string, { scanCount }: RedisBackendOptions): PartitionedBackend {
  const keyed = new RedisBackend(client, alias, { scanCount });
  const unlink: Unlink = (keys, options) => unlinkBySlot(client, alias, keys, options);
  const partitions: Partitions = {
    readsMayLag: client.readsReplicas,
    callDeadlineMs: client.callDeadlineMs,
    shareDeadline: true,
    groupOf: keySlot,
    keeperOf: () => keyed,
    everyone: async ({ operation, deadlineMs, failFast } = {}) => {
      const primaries = await client.primaries({ alias, operation, deadlineMs, failFast });
      return primaries.map((primary) => new RedisBackend(primary, alias, { scanCount, unlink }));
    },
    commandOf: () => keyed,
  };
  return new PartitionedBackend(partitions, alias);
}

/** What one round of SCAN found: a command for each slot, sent wherever the slot is by now. */
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
  return wholeWrite(parts, alias).reduce((sum, deleted) => sum + deleted, 0);
}
