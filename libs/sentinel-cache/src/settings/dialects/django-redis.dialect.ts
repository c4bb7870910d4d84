import { connectionConfigOf } from '../options/connection-config.js';
import { DEFAULTS } from '../shapes/defaults.js';
import type { RedisUrl } from '../locations/parse-redis-url.js';
import { readRedisOptions } from '../options/redis-options.js';
import { SENTINEL_OPTIONS_ELSEWHERE } from '../options/unsupported-options.js';
import { readUrls, type UrlEntry } from '../topology/url-list.js';
import type { Dialect } from './dialect.js';
import type { NodeAddress, StandaloneTopologyConfig } from '../shapes/resolved-connection.js';

/**
 * django-redis without Sentinel: LOCATION is one redis-py URL or several. The first is the primary, the
 * others answer reads.
 */
export const djangoRedisDialect: Dialect = ({ cache, options, common, globals }) => {
  const { serializer, given, own, policy } = readRedisOptions(options, globals);
  const urls = readUrls(cache, given, { separators: /,/, sentinel: false });
  options.refuseAll(SENTINEL_OPTIONS_ELSEWHERE, 'no such option without Redis Sentinel');
  if (!urls || !serializer) return undefined;
  const connection = connectionConfigOf(options, { topology: standaloneOf(urls), given: urls[0]!.given, own });
  return { ...common, ...policy, backend: 'redis', serializer, connection };
};

/** Makes the first URL the primary, the others replicas. */
export function standaloneOf(urls: readonly UrlEntry[]): StandaloneTopologyConfig {
  const [primary, ...replicas] = urls.map(({ url }) => addressOf(url));
  return Object.freeze({ kind: 'standalone', primary: primary!, replicas: Object.freeze(replicas) });
}

function addressOf(url: RedisUrl): NodeAddress {
  if (url.scheme === 'unix') return Object.freeze({ path: url.socketPath });
  return Object.freeze({ host: url.host || DEFAULTS.host, port: url.port ?? DEFAULTS.port });
}
