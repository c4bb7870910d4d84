import { readBackend } from './dialects/dialect-registry.js';
import { readCommonSettings } from './options/common-settings.js';
import { DEFAULTS } from './shapes/defaults.js';
import { childPath, describeKind } from './read/describe-value.js';
import { isKnownSetting, readGlobalSettings, type GlobalSettings } from './options/global-settings.js';
import { prefixOverlaps } from './warnings/prefix-overlaps.js';
import type { CacheConfig, ResolvedSettings } from './shapes/resolved-settings.js';
import { readAuthSettings, readSessionSettings } from './sessions/session-settings.js';
import { SettingProblems } from './read/setting-problems.js';
import { isDict, SettingReader } from './read/setting-reader.js';
import { unprotectedConnections } from './warnings/unprotected-connections.js';

/**
 * Reads what the user wrote and returns it as a frozen config: the only place that does.
 *
 * - Takes Django's settings as one object (`{ CACHES, DJANGO_REDIS_..., ... }`), or a CACHES dict alone.
 * - Guesses nothing: a wrong setting never falls back to a default in silence.
 * - Never prints a secret, writes to the caller's object, or reads a prototype.
 * - Without CACHES there is one alias, `default`, in the memory of this process, as in Django. A CACHES
 *   without `default` is a problem.
 *
 * @throws ImproperlyConfiguredError with all problems.
 */
export function resolveSettings(settings: unknown): ResolvedSettings {
  const problems = new SettingProblems();
  if (!isDict(settings)) {
    problems.add({
      path: 'settings',
      expected: 'an object',
      got: describeKind(settings),
      remedy: 'Write { CACHES: { default: { BACKEND, LOCATION } } }.',
    });
  }
  const dict = isDict(settings) ? settings : {};
  const module = new SettingReader(isBareCaches(dict) ? { CACHES: dict } : dict, '', problems);
  const globals = readGlobalSettings(module);
  const caches = readCaches(module, globals);
  const auth = readAuthSettings(module);
  const sessions = readSessionSettings(module, auth, [...caches.keys()]);
  rejectStrayCaches(module);
  module.rejectUnknown();
  problems.throwIfAny();
  for (const sentence of [...prefixOverlaps(caches.values()), ...unprotectedConnections(caches.values())])
    problems.warn(sentence);
  return Object.freeze({ caches: frozenMap(caches), warnings: Object.freeze(problems.warnings), sessions, auth });
}

/**
 * Whether this is a CACHES dict alone: it has no name of a Django setting, and a value in it looks like a
 * cache.
 */
export function isBareCaches(dict: Record<string, unknown>): boolean {
  const names = Object.keys(dict);
  if (names.some(isKnownSetting)) return false;
  return Object.hasOwn(dict, 'default') || names.some((name) => isDict(dict[name]) && Object.hasOwn(dict[name], 'BACKEND'));
}

/** Reports a cache that stands beside Django's settings instead of in CACHES. */
function rejectStrayCaches(module: SettingReader): void {
  for (const name of module.names) {
    if (name === 'CACHES' || isKnownSetting(name)) continue;
    const value = module.peek(name);
    if (!isDict(value) || !Object.hasOwn(value, 'BACKEND')) continue;
    module.take(name);
    module.reject(name, { expected: "only Django's settings", got: 'a cache', remedy: 'Move it into CACHES.' });
  }
}

function readCaches(module: SettingReader, globals: GlobalSettings): ReadonlyMap<string, CacheConfig> {
  const { problems } = module;
  if (!module.has('CACHES')) {
    problems.warn("CACHES is not set: 'default' keeps its entries in this process' memory, as in Django.");
    return readAliases(new SettingReader(DEFAULTS.CACHES, 'CACHES', problems), globals);
  }
  const caches = module.sub('CACHES');
  if (isDict(module.take('CACHES')) && !caches.has('default')) {
    caches.reject('default', {
      expected: 'a cache named default, as in Django',
      remedy: "Give one of the caches the alias 'default'.",
    });
  }
  return readAliases(caches, globals);
}

function readAliases(caches: SettingReader, globals: GlobalSettings): ReadonlyMap<string, CacheConfig> {
  const resolved = new Map<string, CacheConfig>();
  for (const alias of caches.names) {
    const config = readCache(caches, alias, globals);
    if (config) resolved.set(alias, Object.freeze(config));
  }
  return resolved;
}

function readCache(caches: SettingReader, alias: string, globals: GlobalSettings): CacheConfig | undefined {
  const value = caches.take(alias);
  const path = childPath(caches.path, alias);
  if (!isDict(value))
    return caches.reject(alias, {
      expected: 'an object',
      remedy: "Write { BACKEND: 'django_redis.cache.RedisCache', LOCATION }.",
    });
  const cache = new SettingReader(value, path, caches.problems);
  const common = readCommonSettings(cache, alias);
  const options = cache.sub('OPTIONS');
  const dialect = readBackend(cache);
  if (!dialect) return undefined;
  const config = dialect({ cache, options, common, globals });
  cache.rejectUnknown();
  options.rejectUnknown();
  return config;
}

/** A Map that can't be changed through its own methods. */
function frozenMap<K, V>(entries: Iterable<readonly [K, V]>): ReadonlyMap<K, V> {
  const map = new Map(entries);
  const refuse = () => {
    throw new TypeError('The resolved settings are frozen.');
  };
  Object.defineProperties(map, { set: { value: refuse }, delete: { value: refuse }, clear: { value: refuse } });
  return Object.freeze(map);
}
