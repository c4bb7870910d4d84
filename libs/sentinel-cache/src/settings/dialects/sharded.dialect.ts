import { connectionConfigOf } from '../options/connection-config.js';
import { readRedisOptions } from '../options/redis-options.js';
import type { ShardConfig } from '../shapes/resolved-settings.js';
import type { SettingReader } from '../read/setting-reader.js';
import { splitLocation } from '../locations/location.js';
import { SENTINEL_OPTIONS_ELSEWHERE } from '../options/unsupported-options.js';
import { readUrls } from '../topology/url-list.js';
import type { Dialect } from './dialect.js';
import { standaloneOf } from './django-redis.dialect.js';

/**
 * django-redis' ShardClient: LOCATION is a list of redis-py URLs, or several in one string, and each key lies
 * on one of these servers. A URL has its own credentials, database and TLS; what it does not say, OPTIONS say
 * for all. No Sentinel, as in Django.
 */
export const shardedDialect: Dialect = ({ cache, options, common, globals }) => {
  const { serializer, given, own, policy } = readRedisOptions(options, globals);
  const urls = readUrls(cache, given, { separators: /,/, sentinel: false, alike: false });
  options.refuseAll(SENTINEL_OPTIONS_ELSEWHERE, 'no such option beside ShardClient');
  if (!urls || !serializer) return undefined;
  const names = splitLocation(cache.take('LOCATION'), /,/) as readonly string[];
  const shards = urls.map((entry, index): ShardConfig => {
    const connection = connectionConfigOf(options, { topology: standaloneOf([entry]), given: entry.given, own });
    return Object.freeze({ name: names[index]!, connection });
  });
  if (!areDistinct(cache, names)) return undefined;
  return { ...common, ...policy, backend: 'sharded', serializer, shards: Object.freeze(shards) };
};

/**
 * In Django a URL that is listed twice is one server with twice the points on the ring; another one was
 * meant.
 */
function areDistinct(cache: SettingReader, names: readonly string[]): boolean {
  if (new Set(names).size === names.length) return true;
  cache.reject('LOCATION', {
    expected: 'each server once',
    got: 'one URL twice',
    remedy: 'Remove it, or write the URL of the server that is missing: the others keep their keys.',
  });
  return false;
}
