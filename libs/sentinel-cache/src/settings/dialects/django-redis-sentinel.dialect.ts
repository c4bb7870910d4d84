import { connectionConfigOf } from '../options/connection-config.js';
import { describeKind } from '../read/describe-value.js';
import { readSentinels } from '../topology/read-sentinels.js';
import { readRedisOptions } from '../options/redis-options.js';
import { sentinelTopologyOf } from '../topology/sentinel-topology.js';
import type { SettingReader } from '../read/setting-reader.js';
import { SENTINEL_OPTIONS_ELSEWHERE } from '../options/unsupported-options.js';
import { readUrls, type UrlEntry } from '../topology/url-list.js';
import type { Dialect } from './dialect.js';

/**
 * Reads django-redis' own settings for Sentinel: LOCATION `redis://service/db`, OPTIONS.SENTINELS, a sentinel
 * factory.
 *
 * - SentinelClient with one URL writes to the primary and reads from a replica; a port in the URL is ignored.
 * - DefaultClient with one URL uses the primary for both; with `?is_master=0` it only reads, from a replica.
 * - A list is [write, read]: a second URL with `?is_master=0` reads from a replica.
 * - The service name keeps its case, and `rediss://` means TLS to the data nodes (both fail in Django).
 */
export function djangoRedisSentinelDialect(client: 'default' | 'sentinel'): Dialect {
  return ({ cache, options, common, globals }) => {
    const { serializer, given, own, policy } = readRedisOptions(options, globals);
    const urls = readUrls(cache, given, { separators: /,/, sentinel: true });
    const sentinels = readSentinels(options, 'SENTINELS');
    const service = urls && readService(cache, urls, client);
    const merged = urls?.[0]!.given ?? given;
    const topology = sentinelTopologyOf(options, {
      masterName: service?.masterName ?? '',
      sentinels: sentinels ?? [],
      given: merged,
      readsFrom: service?.readsFrom ?? 'primary',
      readOnly: service?.readOnly ?? false,
    });
    options.refuseAll(SENTINEL_OPTIONS_ELSEWHERE, 'no such option in this dialect');
    const connection = connectionConfigOf(options, { topology, given: merged, own });
    return service && sentinels && serializer ? { ...common, ...policy, backend: 'redis', serializer, connection } : undefined;
  };
}

interface Service {
  readonly masterName: string;
  readonly readsFrom: 'primary' | 'replica';
  readonly readOnly: boolean;
}

function readService(cache: SettingReader, urls: readonly UrlEntry[], client: 'default' | 'sentinel'): Service | undefined {
  const { host: masterName, scheme } = urls[0]!.url;
  const reject = (expected: string, got: string, remedy: string) => cache.reject('LOCATION', { expected, got, remedy });
  if (scheme === 'unix')
    return reject("'redis://service/db'", 'unix://', 'Write the name of the sentinel service: redis://mymaster/0.');
  if (masterName === '')
    return reject("'redis://service/db'", 'no service name', 'Write the name of the sentinel service: redis://mymaster/0.');
  if (urls.some(({ url }) => url.host !== masterName || url.scheme !== scheme)) {
    return reject(
      'one service name in every URL',
      'URLs that differ in it',
      'Name the same service, or write a cache of its own for each.',
    );
  }
  if (urls.length > 1 && typeof cache.take('LOCATION') === 'string' && client === 'sentinel') {
    return reject(
      'one URL, or a list of them',
      'several URLs in one string',
      "Write a list: ['redis://mymaster/0?is_master=1', 'redis://mymaster/0?is_master=0'].",
    );
  }
  if (urls.some(({ url }) => url.port !== undefined))
    cache.problems.warn(
      `${cache.pathOf('LOCATION')}: the port is ignored, as in Django: the host is the name of a sentinel service.`,
    );
  if (urls.length === 1) return { masterName, ...routesOfOne(urls[0]!, client, cache) };
  return routesOfList(cache, urls, masterName);
}

function routesOfOne({ isMaster }: UrlEntry, client: 'default' | 'sentinel', cache: SettingReader): Omit<Service, 'masterName'> {
  // SentinelClient sets is_master itself, but leaves a list as it is.
  if (client === 'sentinel' && typeof cache.take('LOCATION') === 'string') return { readsFrom: 'replica', readOnly: false };
  return isMaster === false ? { readsFrom: 'replica', readOnly: true } : { readsFrom: 'primary', readOnly: false };
}

function routesOfList(cache: SettingReader, [first, ...others]: readonly UrlEntry[], masterName: string): Service | undefined {
  const readers = new Set(others.map(({ isMaster }) => isMaster !== false));
  if (first!.isMaster !== false && readers.size === 1) {
    return { masterName, readsFrom: readers.has(true) ? 'primary' : 'replica', readOnly: false };
  }
  return cache.reject('LOCATION', {
    expected: "['...?is_master=1', '...?is_master=0']: the first writes, the others read",
    got: `${describeKind(cache.take('LOCATION'))} with other is_master arguments`,
    remedy: "Write the primary's URL first, then those of replicas.",
  });
}
