import { IDENTITY } from '../codec/compressors/identity.compressor.js';
import type { CacheSetting, CachesSetting, DjangoSettings, DjangoSettingsModule } from '../settings/shapes/django-settings.js';
import { isBareCaches, resolveSettings } from '../settings/resolve-settings.js';
import type { CacheConfig, RedisCacheConfig, ShardedCacheConfig } from '../settings/shapes/resolved-settings.js';
import type { ConnectionConfig } from '../settings/shapes/resolved-connection.js';

type OnRedis = RedisCacheConfig | ShardedCacheConfig;

/** Settings that mean the same on every BACKEND: copied as they are. */
const COPIED: readonly string[] = ['KEY_PREFIX', 'VERSION', 'TIMEOUT', 'timeout', 'KEY_FUNCTION', 'REVERSE_KEY_FUNCTION'];

/**
 * Returns the same settings with each cache on Redis replaced by locmem, for tests without a server.
 * Sessions, logins and all other settings stay as they are, and so do caches that are not on Redis. Does not
 * change its argument.
 *
 * - Same keys and bytes: KEY_PREFIX, VERSION, KEY_FUNCTION, SERIALIZER and COMPRESSOR are kept, so that what
 *   can't be stored on Redis can't be stored here. So are TIMEOUT, HerdClient, tags, IGNORE_EXCEPTIONS,
 *   `maxValueBytes` and `maxDecodedBytes`. Nothing is evicted.
 * - Aliases on the same servers and database have the same entries, as on Redis; other aliases have their
 *   own.
 * - What only Redis has (`command`, `sets`, `hashes`, `sortedSets`) rejects with CommandRejectedError.
 * - Each call of `createCaches` starts without entries.
 *
 * Throws ImproperlyConfiguredError for settings with which the real caches could not be created.
 *
 * @example
 * ```ts
 * const caches = createCaches(locmemTwin(settings));
 * ```
 */
export function locmemTwin(settings: DjangoSettings): DjangoSettingsModule {
  const { caches } = resolveSettings(settings);
  const isBare = isBareCaches(settings as Record<string, unknown>);
  const module = (isBare ? { CACHES: settings } : { ...settings }) as DjangoSettingsModule;
  if (!module.CACHES) return module;
  const stores = new Map<string, string>();
  const twins = Object.entries(module.CACHES)
    .filter(([alias]) => caches.has(alias))
    .map(([alias, setting]) => [alias, twinOf(setting, caches.get(alias)!, stores)] as const);
  return { ...module, CACHES: Object.fromEntries(twins) as CachesSetting };
}

function twinOf(setting: CacheSetting, config: CacheConfig, stores: Map<string, string>): CacheSetting {
  if (config.backend !== 'redis' && config.backend !== 'sharded') return setting;
  const place = placeOf(config);
  if (!stores.has(place)) stores.set(place, `the Redis of '${config.alias}'`);
  return {
    ...Object.fromEntries(Object.entries(setting).filter(([name]) => COPIED.includes(name))),
    BACKEND: 'locmem',
    LOCATION: stores.get(place)!,
    MAX_ENTRIES: Number.MAX_SAFE_INTEGER,
    OPTIONS: optionsOf(config, setting.OPTIONS?.maxValueBytes),
  };
}

/**
 * Passes the resolved instances on, however they were written (PICKLE_VERSION and Django core's lower case
 * included).
 */
function optionsOf(config: OnRedis, maxValueBytes: number | undefined): CacheSetting['OPTIONS'] {
  const { serializer, compressor, herdMs, tags, warnsOfKeys, maxDecodedBytes, ignoreExceptions, logIgnoredExceptions } = config;
  const client = herdMs === undefined ? 'default' : 'herd';
  return {
    SERIALIZER: serializer,
    ...(compressor === IDENTITY ? {} : { COMPRESSOR: compressor }),
    ...(warnsOfKeys ? {} : { CLIENT_CLASS: client }),
    // The default depends on COMPRESSOR, there as here.
    ...(maxValueBytes === undefined ? {} : { maxValueBytes }),
    maxDecodedBytes,
    tags,
    IGNORE_EXCEPTIONS: ignoreExceptions,
    LOG_IGNORED_EXCEPTIONS: logIgnoredExceptions,
  };
}

/**
 * Identifies the servers and database of a cache: caches of one place share entries. Replicas, credentials
 * and deadlines do not matter.
 */
function placeOf(config: OnRedis): string {
  const servers = config.backend === 'redis' ? [config.connection] : config.shards.map(({ connection }) => connection);
  return JSON.stringify(servers.map(serverOf).toSorted());
}

function serverOf({ topology, database }: ConnectionConfig): string {
  if (topology.kind === 'standalone') return JSON.stringify([topology.primary, database]);
  const nodes = topology.kind === 'sentinel' ? topology.sentinels : topology.nodes;
  const names = nodes.map(({ host, port }) => `${host}:${port}`).toSorted();
  return JSON.stringify([topology.kind === 'sentinel' ? topology.masterName : '', names, database]);
}
