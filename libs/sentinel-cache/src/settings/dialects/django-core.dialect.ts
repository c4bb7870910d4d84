import { meansCluster, readClusterLocation } from '../topology/cluster-location.js';
import { readDataArguments, type ConnectionArguments } from '../options/connection-arguments.js';
import { connectionConfigOf, type ConnectionParts } from '../options/connection-config.js';
import { DEFAULTS } from '../shapes/defaults.js';
import { readOwnOptions } from '../options/extra-options.js';
import { warnOfEntries } from '../options/redis-options.js';
import { readSerializer } from '../options/resolve-serializer.js';
import type { SettingReader } from '../read/setting-reader.js';
import { CORE_OPTIONS_WITHOUT_EFFECT } from '../options/unsupported-options.js';
import { CORE_OPTIONS_ELSEWHERE } from '../options/unsupported-options.js';
import { readUrls } from '../topology/url-list.js';
import type { Dialect } from './dialect.js';
import { standaloneOf } from './django-redis.dialect.js';

/**
 * Django's own `django.core.cache.backends.redis.RedisCache`: LOCATION is split at `;` or `,`, OPTIONS are in
 * lower case. No Sentinel, no compressors, no ignored exceptions: the upper-case options of django-redis are
 * unknown here.
 */
export const djangoCoreDialect: Dialect = ({ cache, options, common, globals }) => {
  warnOfEntries(cache, options);
  const serializer = readSerializer(options, 'serializer', DEFAULTS.corePickleVersion);
  options.warnOf(CORE_OPTIONS_WITHOUT_EFFECT);
  const own = readOwnOptions(options);
  const base = readDataArguments(options);
  const location = meansCluster(cache) ? readClusterLocation(cache, options, base) : readServers(cache, base);
  options.refuseAll(CORE_OPTIONS_ELSEWHERE, 'only options of Django core');
  if (!location || !serializer) return undefined;
  const connection = connectionConfigOf(options, { ...location, own });
  const { ignoreExceptions, logIgnoredExceptions } = DEFAULTS;
  return {
    ...common,
    warnsOfKeys: true,
    backend: 'redis',
    serializer,
    connection,
    scanCount: globals.scanCount,
    ignoreExceptions,
    logIgnoredExceptions,
    ...own.cache,
  };
};

function readServers(cache: SettingReader, base: ConnectionArguments): Pick<ConnectionParts, 'topology' | 'given'> | undefined {
  const urls = readUrls(cache, base, { separators: /[;,]/, sentinel: false });
  return urls && { topology: standaloneOf(urls), given: urls[0]!.given };
}
