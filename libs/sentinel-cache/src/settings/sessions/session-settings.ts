import { quoted } from '../../errors/printable.js';
import { DEFAULTS } from '../shapes/defaults.js';
import { describeDottedPath, describeKind } from '../read/describe-value.js';
import { readBoolean, readInteger, readText } from '../read/read-values.js';
import type { AuthConfig, SessionConfig, SessionEngineName } from '../shapes/resolved-settings.js';
import { checkCookie, readCookieDomain, readCookieName, readCookiePath, readSameSite } from './session-cookie-settings.js';
import type { SettingReader } from '../read/setting-reader.js';
import { checkSessionNeeds, requireEngine, type SessionSurroundings } from './session-needs.js';

const ENGINES: Readonly<Record<string, SessionEngineName>> = Object.freeze({
  cache: 'cache',
  cached_db: 'cached_db',
  db: 'db',
  file: 'file',
  signed_cookies: 'signed_cookies',
});
const ENGINE_PATH = 'django.contrib.sessions.backends.';
const JSON_SERIALIZERS = ['django.contrib.sessions.serializers.JSONSerializer', 'django.core.signing.JSONSerializer', 'json'];
/** Three thousand years: a later expiry can't be written down. */
const MAX_AGE_SECONDS = 100_000_000_000;
/**
 * As hexadecimal digits this is still 128 bits. Django's check (security.W009) asks for 50 characters, 5 of
 * them different.
 */
const MIN_KEY_LENGTH = 32;
const MIN_KEY_SYMBOLS = 5;

/** Reads SECRET_KEY, SECRET_KEY_FALLBACKS and AUTHENTICATION_BACKENDS. Never shows a key. */
export function readAuthSettings(settings: SettingReader): AuthConfig {
  const key = settings.take('SECRET_KEY');
  if (key !== undefined && (typeof key !== 'string' || key === '')) {
    settings.reject('SECRET_KEY', {
      expected: 'a string that is not empty',
      got: describeKind(key),
      remedy: "Write Django's SECRET_KEY.",
    });
  }
  if (key === undefined && settings.has('SECRET_KEY_FALLBACKS')) {
    settings.reject('SECRET_KEY', {
      expected: 'a key beside SECRET_KEY_FALLBACKS',
      got: 'nothing',
      remedy: 'The fallbacks only read: write the key that signs.',
    });
  }
  const secretKeys = [
    ...(typeof key === 'string' && key !== '' ? [key] : []),
    ...readTexts(settings, 'SECRET_KEY_FALLBACKS', []),
  ];
  const backends = readTexts(settings, 'AUTHENTICATION_BACKENDS', DEFAULTS.authenticationBackends);
  return Object.freeze({ secretKeys: Object.freeze(secretKeys), backends: Object.freeze(backends) });
}

/** Reads SESSION_*. Returns undefined when SESSION_ENGINE is not given: no sessions. */
export function readSessionSettings(settings: SettingReader, around: SessionSurroundings): SessionConfig | undefined {
  const engine = readEngine(settings);
  const config: SessionConfig = {
    engine: engine ?? 'cache',
    cacheAlias: readText(settings, 'SESSION_CACHE_ALIAS') ?? DEFAULTS.sessionCacheAlias,
    cookieName: readCookieName(settings),
    cookieAgeSeconds:
      readInteger(settings, 'SESSION_COOKIE_AGE', { min: 1, max: MAX_AGE_SECONDS }) ?? DEFAULTS.sessionCookieAgeSeconds,
    cookieDomain: readCookieDomain(settings),
    cookiePath: readCookiePath(settings),
    cookieSecure: readBoolean(settings, 'SESSION_COOKIE_SECURE') ?? DEFAULTS.sessionCookieSecure,
    cookieHttpOnly: readBoolean(settings, 'SESSION_COOKIE_HTTPONLY') ?? DEFAULTS.sessionCookieHttpOnly,
    cookieSameSite: readSameSite(settings),
    saveEveryRequest: readBoolean(settings, 'SESSION_SAVE_EVERY_REQUEST') ?? DEFAULTS.sessionSaveEveryRequest,
    expireAtBrowserClose: readBoolean(settings, 'SESSION_EXPIRE_AT_BROWSER_CLOSE') ?? DEFAULTS.sessionExpireAtBrowserClose,
    filePath: readNullable(settings, 'SESSION_FILE_PATH'),
    outage: readOutage(settings),
    encrypted: readBoolean(settings, 'SESSION_ENCRYPTION') ?? DEFAULTS.sessionEncrypted,
  };
  checkSerializer(settings);
  if (!settings.has('SESSION_ENGINE')) requireEngine(settings, around.program);
  if (engine === undefined) return undefined;
  checkTogether(settings, config, around);
  checkSessionNeeds(settings, config, around);
  return Object.freeze(config);
}

function readEngine(settings: SettingReader): SessionEngineName | undefined {
  const value = settings.take('SESSION_ENGINE');
  if (value === undefined) return undefined;
  const name = typeof value === 'string' && value.startsWith(ENGINE_PATH) ? value.slice(ENGINE_PATH.length) : value;
  if (typeof name === 'string' && Object.hasOwn(ENGINES, name)) return ENGINES[name];
  const known = Object.keys(ENGINES).map((engine) => ENGINE_PATH + engine);
  return settings.rejectWord('SESSION_ENGINE', [...known, ...Object.keys(ENGINES)], {
    expected: `one of ${quoted(known)}`,
    remedy: 'Write one of these.',
  });
}

/** Checks settings that depend on each other. */
function checkTogether(settings: SettingReader, config: SessionConfig, { aliases, auth }: SessionSurroundings): void {
  const needsCache = config.engine === 'cache' || config.engine === 'cached_db';
  if (needsCache && !aliases.includes(config.cacheAlias)) {
    settings.reject('SESSION_CACHE_ALIAS', {
      expected: `one of the aliases ${quoted(aliases)}`,
      got: `'${config.cacheAlias}'`,
      remedy: 'Name a cache of CACHES.',
    });
  }
  if (config.encrypted && config.engine !== 'cache') {
    settings.reject('SESSION_ENCRYPTION', {
      expected: 'false with this engine',
      remedy: 'Use the cache engine for sealed sessions.',
    });
  }
  checkCookie(settings, config);
  if (auth.secretKeys.some(isWeak)) {
    settings.problems.warn(
      `SECRET_KEY or one of SECRET_KEY_FALLBACKS is easy to guess: it has fewer than ${MIN_KEY_LENGTH} characters, or fewer than ${MIN_KEY_SYMBOLS} different ones. Sessions and logins are proven with it: write a long random one.`,
    );
  }
}

function isWeak(key: string): boolean {
  const characters = Array.from(key);
  return characters.length < MIN_KEY_LENGTH || new Set(characters).size < MIN_KEY_SYMBOLS;
}

function readOutage(settings: SettingReader): SessionConfig['outage'] {
  const value = settings.take('SESSION_OUTAGE');
  if (value === undefined) return DEFAULTS.sessionOutage;
  if (value === 'error' || value === 'anonymous') return value;
  settings.rejectWord('SESSION_OUTAGE', ['error', 'anonymous'], {
    expected: "'error' or 'anonymous'",
    remedy: "Write 'anonymous' to go on without a session.",
  });
  return DEFAULTS.sessionOutage;
}

function checkSerializer(settings: SettingReader): void {
  const value = settings.take('SESSION_SERIALIZER');
  if (value === undefined || JSON_SERIALIZERS.includes(value as string)) return;
  const remedy = "The cache engine uses the cache's SERIALIZER and not this one; the others sign JSON. Leave it out.";
  settings.reject('SESSION_SERIALIZER', { expected: `'${JSON_SERIALIZERS[0]}'`, got: describeDottedPath(value), remedy });
}

function readNullable(settings: SettingReader, name: string): string | undefined {
  return settings.take(name) === null ? undefined : readText(settings, name);
}

function readTexts(settings: SettingReader, name: string, otherwise: readonly string[]): readonly string[] {
  const value = settings.take(name);
  if (value === undefined) return otherwise;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '')) return value as string[];
  settings.reject(name, {
    expected: 'a list of strings',
    got: describeKind(value),
    remedy: "Write ['...', '...'], or leave it out.",
  });
  return [];
}
