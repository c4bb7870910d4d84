import { addressKey } from '../topology/read-nat-map.js';
import { childPath } from '../read/describe-value.js';
import type { CacheConfig, RedisCacheConfig, ShardedCacheConfig } from '../shapes/resolved-settings.js';
import type { ConnectionConfig, NodeAddress } from '../shapes/resolved-connection.js';

/**
 * Returns a sentence for each pair of caches whose keys one database can't keep apart. The patterns of
 * clear() and of key searches reach `prefix:*`: equal prefixes overlap, and prefixes that begin another one
 * up to a colon (`a` and `a:b`). An empty prefix is named beside any other: clear() keeps them apart here,
 * but Django's empties the database.
 */
export function prefixOverlaps(caches: Iterable<CacheConfig>): readonly string[] {
  const redis = [...caches].filter((cache) => isOnRedis(cache) && cache.keysHavePattern) as OnRedis[];
  const sentences: string[] = [];
  for (const [index, left] of redis.entries()) {
    for (const right of redis.slice(index + 1)) {
      const sentence = shareDatabase(left, right) ? overlapOf(left, right) : undefined;
      if (sentence !== undefined) sentences.push(sentence);
    }
  }
  return sentences;
}

type OnRedis = RedisCacheConfig | ShardedCacheConfig;

function isOnRedis(cache: CacheConfig): cache is OnRedis {
  return cache.backend === 'redis' || cache.backend === 'sharded';
}

function connectionsOf(cache: OnRedis): readonly ConnectionConfig[] {
  return cache.backend === 'redis' ? [cache.connection] : cache.shards.map(({ connection }) => connection);
}

function shareDatabase(left: OnRedis, right: OnRedis): boolean {
  return connectionsOf(left).some((one) => connectionsOf(right).some((other) => areOneDatabase(one, other)));
}

function overlapOf(left: OnRedis, right: OnRedis): string | undefined {
  const pair = `${nameOf(left)} and ${nameOf(right)} share one database`;
  const [short, long] = left.keyPrefix.length <= right.keyPrefix.length ? [left, right] : [right, left];
  if (short.keyPrefix === long.keyPrefix) return `${pair} and one KEY_PREFIX: clear() of one removes the keys of both.`;
  if (long.keyPrefix.startsWith(`${short.keyPrefix}:`)) {
    return `${pair}, and one KEY_PREFIX begins the other: clear() of ${nameOf(short)} removes the keys of both.`;
  }
  if (short.keyPrefix !== '') return undefined;
  return `${pair}, and ${nameOf(short)} has no KEY_PREFIX: clear() keeps them apart here, Django's empties the database.`;
}

function nameOf({ alias }: OnRedis): string {
  return childPath('CACHES', alias);
}

/**
 * Whether both keep their keys in one place, as far as settings tell: one database of a server or of a
 * sentinel group, or one cluster.
 */
function areOneDatabase(left: ConnectionConfig, right: ConnectionConfig): boolean {
  if (left.database !== right.database) return false;
  const [one, other] = [left.topology, right.topology];
  if (one.kind === 'sentinel' && other.kind === 'sentinel') {
    const known = new Set(one.sentinels.map(placeOf));
    return one.masterName === other.masterName && other.sentinels.some((sentinel) => known.has(placeOf(sentinel)));
  }
  if (one.kind === 'cluster' && other.kind === 'cluster') {
    const known = new Set(one.nodes.map(placeOf));
    return other.nodes.some((node) => known.has(placeOf(node)));
  }
  return one.kind === 'standalone' && other.kind === 'standalone' && placeOf(one.primary) === placeOf(other.primary);
}

/** Names of hosts are compared without regard to case. */
function placeOf(address: NodeAddress): string {
  return 'path' in address ? address.path : addressKey(address);
}
