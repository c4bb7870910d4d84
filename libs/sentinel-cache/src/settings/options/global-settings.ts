import { msOfSeconds } from '../../time/lifetime.js';
import { DEFAULTS } from '../shapes/defaults.js';
import { readBoolean, readInteger } from '../read/read-values.js';
import type { SettingReader } from '../read/setting-reader.js';
import { PAGES_SETTINGS } from './pages-settings.js';
import { SESSION_SETTINGS, SETTINGS_WITHOUT_EFFECT } from './unsupported-options.js';

/** What the settings beside CACHES say for all caches. */
export interface GlobalSettings {
  readonly connectionFactory: ConnectionFactory;
  readonly ignoreExceptions: boolean;
  readonly logIgnoredExceptions: boolean;
  readonly scanCount: number;
  /** CACHE_HERD_TIMEOUT, in milliseconds. */
  readonly herdMs: number;
}

/** Whether LOCATION names a server or a sentinel service (django-redis). */
export type ConnectionFactory = 'plain' | 'sentinel';

/** Redis is one thread: a step of this many keys takes it seconds, in which it answers nobody else. */
const MOST_SCANNED = 1_000_000;
/** A year. */
const LONGEST_HERD_SECONDS = 31_536_000;

const FACTORIES: Readonly<Record<string, ConnectionFactory>> = {
  'django_redis.pool.ConnectionFactory': 'plain',
  'django_redis.pool.SentinelConnectionFactory': 'sentinel',
};

/** Reads the settings beside CACHES that concern caches. Notes what is wrong or not built. */
export function readGlobalSettings(settings: SettingReader): GlobalSettings {
  settings.take('CACHES');
  const globals: GlobalSettings = {
    connectionFactory: readConnectionFactory(settings, 'DJANGO_REDIS_CONNECTION_FACTORY') ?? DEFAULTS.connectionFactory,
    ignoreExceptions: readBoolean(settings, 'DJANGO_REDIS_IGNORE_EXCEPTIONS') ?? DEFAULTS.ignoreExceptions,
    logIgnoredExceptions: readBoolean(settings, 'DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS') ?? DEFAULTS.logIgnoredExceptions,
    scanCount: readInteger(settings, 'DJANGO_REDIS_SCAN_ITERSIZE', { min: 1, max: MOST_SCANNED }) ?? DEFAULTS.scanCount,
    herdMs: readHerdTimeout(settings),
  };
  settings.warnOf(SETTINGS_WITHOUT_EFFECT);
  return globals;
}

/** Whole seconds, as Python's randint() takes them. 0: no value is served past its soft end. */
function readHerdTimeout(settings: SettingReader): number {
  const seconds = readInteger(settings, 'CACHE_HERD_TIMEOUT', { min: 0, max: LONGEST_HERD_SECONDS });
  return seconds === undefined ? DEFAULTS.herdMs : msOfSeconds(seconds);
}

/** Reads a `..._CONNECTION_FACTORY`; undefined when it is not given or a problem. */
export function readConnectionFactory(reader: SettingReader, name: string): ConnectionFactory | undefined {
  const value = reader.take(name);
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && Object.hasOwn(FACTORIES, value)) return FACTORIES[value];
  const known = Object.keys(FACTORIES);
  return reader.rejectWord(name, known, {
    expected: known.map((factory) => `'${factory}'`).join(' or '),
    remedy: 'Write the second one for Redis Sentinel, or leave it out.',
  });
}

/** Whether this package knows a Django setting of that name. */
export function isKnownSetting(name: string): boolean {
  return (
    name === 'CACHES' ||
    name === 'CACHE_HERD_TIMEOUT' ||
    name.startsWith('DJANGO_REDIS_') ||
    PAGES_SETTINGS.includes(name) ||
    SESSION_SETTINGS.includes(name)
  );
}
