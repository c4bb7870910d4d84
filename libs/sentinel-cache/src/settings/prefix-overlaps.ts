import { childPath } from './describe-value.js';
import type { CacheConfig, NodeAddress, RedisCacheConfig } from './resolved-settings.js';

/**
 * One sentence for each pair of caches whose keys one database can't keep apart: the patterns of clear() and of iterating calls
 * reach `prefix:*`, so equal prefixes, and prefixes that begin another up to a colon (`a` and `a:b`), overlap. An empty prefix
 * is named beside any other as well: here clear() keeps them apart, but Django's empties the database.
 */
export function prefixOverlaps(caches: Iterable<CacheConfig>): readonly string[] {
  const redis = [...caches].filter((cache) => cache.backend === 'redis' && cache.keysHavePattern) as RedisCacheConfig[];
  const sentences: string[] = [];
  for (const [index, left] of redis.entries()) {
    for (const right of redis.slice(index + 1)) {
      const sentence = shareDatabase(left, right) ? overlapOf(left, right) : undefined;
      if (sentence !== undefined) sentences.push(sentence);
    }
  }
  return sentences;
}

function overlapOf(left: RedisCacheConfig, right: RedisCacheConfig): string | undefined {
  const pair = `${nameOf(left)} and ${nameOf(right)} share one database`;
  const [short, long] = left.keyPrefix.length <= right.keyPrefix.length ? [left, right] : [right, left];
  if (short.keyPrefix === long.keyPrefix) return `${pair} and one KEY_PREFIX: clear() of one removes the keys of both.`;
  if (long.keyPrefix.startsWith(`${short.keyPrefix}:`)) {
    return `${pair}, and one KEY_PREFIX begins the other: clear() of ${nameOf(short)} removes the keys of both.`;
  }
  if (short.keyPrefix !== '') return undefined;
  return `${pair}, and ${nameOf(short)} has no KEY_PREFIX: clear() keeps them apart here, Django's empties the database.`;
}

function nameOf({ alias }: RedisCacheConfig): string {
  return childPath('CACHES', alias);
}

/** Whether both keep their keys in one place, as far as settings tell: one database of one server, or of one sentinel group. */
function shareDatabase({ connection: left }: RedisCacheConfig, { connection: right }: RedisCacheConfig): boolean {
  if (left.database !== right.database) return false;
  const [one, other] = [left.topology, right.topology];
  if (one.kind === 'sentinel' && other.kind === 'sentinel') {
    const known = new Set(one.sentinels.map(addressText));
    return one.masterName === other.masterName && other.sentinels.some((sentinel) => known.has(addressText(sentinel)));
  }
  return one.kind === 'standalone' && other.kind === 'standalone' && addressText(one.primary) === addressText(other.primary);
}

function addressText(address: NodeAddress): string {
  return 'path' in address ? address.path : `${address.host.toLowerCase()} ${address.port}`;
}
