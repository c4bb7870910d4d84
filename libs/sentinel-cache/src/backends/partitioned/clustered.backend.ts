import { failingFast } from '../../connection/failing-fast.js';
import { keySlot } from '../../connection/cluster/key-slot.js';
import { ask, type PrimaryClient, type RedisClient } from '../../connection/contract/redis-client.js';
import { countUpTo } from '../../connection/resp/reply-shape.js';
import { endingAt } from '../../connection/ending-at.js';
import type { Backend } from '../port/backend.js';
import { fanOut, groupBy, wholeWrite } from '../port/fan-out.js';
import { PartitionedBackend, type Partitions } from './partitioned.backend.js';
import { RedisBackend, type RedisBackendOptions } from '../redis/redis.backend.js';

/** What a cluster's client has. */
export type ClusteredClient = PrimaryClient & Required<Pick<RedisClient, 'primaries'>>;

/** Whether a client is one of a cluster. */
export function isClustered(client: RedisClient): client is RedisClient & ClusteredClient {
  return client.primaries !== undefined;
}

/** The backend of a Redis Cluster: calls of one key go where its slot is, calls of many keys are taken apart by slot. */
export function clusteredBackend(client: ClusteredClient, alias: string, options: RedisBackendOptions): PartitionedBackend {
  const hasty = options.failsFast === 'when-ignoring' ? backendOver(hastyOf(client), alias, options) : undefined;
  return backendOver(options.failsFast === 'always' ? hastyOf(client) : client, alias, options, hasty);
}

function backendOver(
  client: ClusteredClient,
  alias: string,
  { scanCount }: RedisBackendOptions,
  hasty?: Backend,
): PartitionedBackend {
  const settings = { scanCount, failsFast: 'never' } as const;
  const keyed = new RedisBackend(client, alias, settings);
  const unlink = (keys: readonly Buffer[]): Promise<number> => unlinkBySlot(client, alias, keys);
  // The parts of one call ask for theirs one after the other.
  let latest: { readonly endsAtMs: number; readonly backend: RedisBackend } | undefined;
  const within = (endsAtMs: number): RedisBackend => {
    if (latest?.endsAtMs !== endsAtMs)
      latest = { endsAtMs, backend: new RedisBackend(endingAt(client, endsAtMs), alias, settings) };
    return latest.backend;
  };
  const partitions: Partitions = {
    readsMayLag: client.readsReplicas,
    callDeadlineMs: client.callDeadlineMs,
    groupOf: keySlot,
    keeperOf: (_slot, endsAtMs) => (endsAtMs === undefined ? keyed : within(endsAtMs)),
    everyone: async () => {
      const primaries = await client.primaries();
      return primaries.map((primary) => new RedisBackend(primary, alias, { ...settings, unlink }));
    },
    commandOf: () => keyed,
  };
  return new PartitionedBackend(partitions, alias, hasty);
}

/** What one round of SCAN found: a command for each slot, sent wherever the slot is by now. */
async function unlinkBySlot(client: ClusteredClient, alias: string, keys: readonly Buffer[]): Promise<number> {
  const bySlot = groupBy(keys, keySlot);
  const parts = await fanOut([...bySlot.values()], (args) =>
    ask(client, { kind: 'write', alias, name: 'UNLINK', args, keys: 'all' }, countUpTo(args.length)),
  );
  return wholeWrite(parts, alias).reduce((sum, deleted) => sum + deleted, 0);
}

function hastyOf(client: ClusteredClient): ClusteredClient {
  return {
    ...failingFast(client),
    readsReplicas: client.readsReplicas,
    primaries: async () => (await client.primaries()).map((primary) => ({ ...failingFast(primary), readsReplicas: false })),
  };
}
