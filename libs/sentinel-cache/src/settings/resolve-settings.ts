import { isPromise } from 'node:util/types';

import { readBackend } from './dialects/dialect-registry.js';
import { checkNearPrefix } from './options/near-cache.js';
import { readPagesSettings } from './options/pages-settings.js';
import { readCommonSettings } from './options/common-settings.js';
import { DEFAULTS } from './shapes/defaults.js';
import { isClient } from './other-libraries/library-facts.js';
import { libraryOptionsIn } from './other-libraries/library-options.js';
import { cacheDictOf, libraryProblem, without } from './other-libraries/translate.js';
import { childPath, describeKind } from './read/describe-value.js';
import { remedyForElsewhere } from './read/names-elsewhere.js';
import { isKnownSetting, readGlobalSettings, type GlobalSettings } from './options/global-settings.js';
import { prefixOverlaps } from './warnings/prefix-overlaps.js';
import { checkAliases, checkGraced, checkTagged, type ProgramParts } from './sessions/program-parts.js';
import type { CacheConfig, ResolvedSettings } from './shapes/resolved-settings.js';
import { readAuthSettings, readSessionSettings } from './sessions/session-settings.js';
import { SettingProblems } from './read/setting-problems.js';
import { isDict, SettingReader } from './read/setting-reader.js';
import { unprotectedConnections } from './warnings/unprotected-connections.js';

const AWAITED = 'Await it first; in Nest write forRootAsync({ useFactory: () => settings }).';

/**
 * Reads what the user wrote and returns it as a frozen config: the only place that does.
 *
 * - Takes Django's settings as one object (`{ CACHES, DJANGO_REDIS_..., ... }`), or a CACHES dict alone.
 * - Guesses nothing: a wrong setting never falls back to a default in silence.
 * - Never prints a secret, writes to the caller's object, or reads a prototype.
 * - Without CACHES there is one alias, `default`, in the memory of this process, as in Django. A CACHES
 *   without `default` is a problem.
 * - Options of another library are answered with the CACHES dict to write.
 *
 * `program`: what settings depend on in a program with modules. Without it nothing is asked of the program.
 *
 * @throws ImproperlyConfiguredError with all problems.
 */
export function resolveSettings(settings: unknown, program?: ProgramParts): ResolvedSettings {
  const problems = new SettingProblems();
  for (const problem of program?.problems ?? []) problems.add(problem);
  const module = new SettingReader(moduleOf(settings, problems, program?.source), '', problems);
  const globals = readGlobalSettings(module);
  const caches = readCaches(module, globals);
  const auth = readAuthSettings(module);
  const aliases = namedAliases(module, [...caches.keys()]);
  const pages = readPagesSettings(module, aliases);
  const sessions = readSessionSettings(module, { auth, aliases, program });
  if (program) {
    checkAliases(program.aliases, aliases, problems);
    checkTagged(program.tagged, caches, problems);
    checkGraced(program.graced, caches, problems);
  }
  rejectStrayCaches(module);
  module.rejectUnknown();
  problems.throwIfAny();
  for (const sentence of [...prefixOverlaps(caches.values()), ...unprotectedConnections(caches.values())])
    problems.warn(sentence);
  return Object.freeze({ caches: frozenMap(caches), warnings: Object.freeze(problems.warnings), sessions, auth, pages });
}

/** Django's settings as one dict; of another library's options what they would be in Django's words. */
function moduleOf(settings: unknown, problems: SettingProblems, source: string | undefined): Record<string, unknown> {
  const dict = isDict(settings) ? settings : {};
  if (isBareCaches(dict)) return { CACHES: dict };
  const others = Object.fromEntries(Object.entries(dict).filter(([name]) => !isKnownSetting(name)));
  const theirs =
    dict['CACHES'] === undefined ? libraryOptionsIn(isDict(settings) && !isClient(settings) ? others : settings) : undefined;
  if (theirs) {
    problems.add(libraryProblem('settings', 'default', theirs));
    return { ...without(dict, theirs.names), CACHES: { default: theirs.cache } };
  }
  if (!isDict(settings)) {
    problems.add({
      path: 'settings',
      expected: 'an object',
      got: `${describeKind(settings)}${source === undefined ? '' : ` from ${source}`}`,
      remedy: isPromise(settings) ? AWAITED : 'Write { CACHES: { default: { BACKEND, LOCATION } } }.',
    });
  }
  return dict;
}

/** A cache with a problem of its own is not missing. */
function namedAliases(module: SettingReader, resolved: readonly string[]): readonly string[] {
  const caches = module.peek('CACHES');
  return [...new Set([...resolved, ...(isDict(caches) ? Object.keys(caches) : [])])];
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
  const value = module.take('CACHES');
  const theirs = isDict(value) && Object.values(value).some(isDict) ? undefined : libraryOptionsIn(value);
  if (theirs) problems.add(libraryProblem('CACHES', 'default', theirs));
  const caches = theirs ? new SettingReader({ default: theirs.cache }, 'CACHES', problems) : module.sub('CACHES');
  if (isDict(value) && !caches.has('default')) {
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
  const given = caches.take(alias);
  const path = childPath(caches.path, alias);
  const value = cacheDictOf(given, { path, alias, problems: caches.problems });
  if (!value)
    return caches.reject(alias, {
      expected: 'an object',
      remedy: remedyForElsewhere(alias) ?? "Write { BACKEND: 'django_redis.cache.RedisCache', LOCATION }.",
    });
  const cache = new SettingReader(value, path, caches.problems);
  const common = readCommonSettings(cache, alias);
  const options = cache.sub('OPTIONS');
  const dialect = readBackend(cache);
  if (!dialect) return undefined;
  const config = dialect({ cache, options, common, globals });
  if (config && 'nearCache' in config) checkNearPrefix(options, config.nearCache, config.keysHavePattern);
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
