import { IDENTITY } from '../../codec/compressors/identity.compressor.js';
import { checkedKeyFunction } from '../../keys/checked-key-function.js';
import { formatVersion, hasUtf8 } from '../../keys/format-key.js';
import type { KeyFunction, ReverseKeyFunction } from '../../keys/key-function.js';
import { djangoReverseKey, makeKey, makeReverseKey } from '../../keys/make-key.js';
import { isLikelyMilliseconds, toLifetime, wordsOfLikelyMilliseconds, type Lifetime } from '../../time/lifetime.js';
import { DEFAULTS } from '../shapes/defaults.js';
import { describeDottedPath } from '../read/describe-value.js';
import { readText } from '../read/read-values.js';
import type { CommonCacheConfig } from '../shapes/resolved-settings.js';
import type { SettingReader } from '../read/setting-reader.js';

const DEFAULT_KEY_FUNCTION = 'django.core.cache.backends.base.default_key_func';
const DEFAULT_REVERSE_KEY_FUNCTION = 'django_redis.util.default_reverse_key';
const WHOLE_SECONDS = /^\s*[-+]?\d+\s*$/;

/**
 * What all caches have, except their serializer: TIMEOUT, KEY_PREFIX, VERSION, KEY_FUNCTION,
 * REVERSE_KEY_FUNCTION.
 */
export type CommonSettings = Omit<CommonCacheConfig, 'serializer'>;

/** Reads the keys of CACHES.<alias> that all backends share. */
export function readCommonSettings(cache: SettingReader, alias: string): CommonSettings {
  const keyPrefix = readKeyPrefix(cache);
  const version = readVersion(cache);
  const keyFunction = readFunction<KeyFunction>(cache, 'KEY_FUNCTION', DEFAULT_KEY_FUNCTION);
  const reverse = readFunction<ReverseKeyFunction>(cache, 'REVERSE_KEY_FUNCTION', DEFAULT_REVERSE_KEY_FUNCTION);
  return {
    alias,
    keyPrefix,
    version,
    keyFunction: keyFunction ? checkedKeyFunction(keyFunction) : makeKey,
    // Of the keys of a user's own KEY_FUNCTION nothing is known but Django's rule.
    reverseKeyFunction: reverse ?? (keyFunction ? djangoReverseKey : makeReverseKey(keyPrefix, version)),
    keysHavePattern: keyFunction === undefined,
    warnsOfKeys: false,
    ...readTimeouts(cache),
    herdMs: undefined,
    tags: DEFAULTS.tags,
    compressor: IDENTITY,
    maxPlainBytes: Infinity,
  };
}

function readKeyPrefix(cache: SettingReader): string {
  const keyPrefix = readText(cache, 'KEY_PREFIX', "Write a string; '' for none.") ?? DEFAULTS.keyPrefix;
  if (hasUtf8(keyPrefix)) return keyPrefix;
  cache.reject('KEY_PREFIX', { expected: 'text that UTF-8 can write', got: 'half a surrogate pair', remedy: 'Remove it.' });
  return DEFAULTS.keyPrefix;
}

function readVersion(cache: SettingReader): string {
  const value = cache.take('VERSION');
  if (value === undefined) return DEFAULTS.version;
  try {
    if (typeof value !== 'number' || Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value))) {
      return formatVersion(value);
    }
  } catch {
    // Reported below, like every other value that is no version.
  }
  cache.reject('VERSION', { expected: 'a number, a string or a boolean', remedy: 'Write 1.' });
  return DEFAULTS.version;
}

/**
 * Lower-case `timeout` wins over TIMEOUT; both are checked. Milliseconds that were probably meant are one
 * warning for each cache, here or at the first call.
 */
function readTimeouts(cache: SettingReader): Pick<CommonSettings, 'defaultLifetime' | 'warnsOfLifetimes'> {
  const upper = readTimeout(cache, 'TIMEOUT');
  const lower = readTimeout(cache, 'timeout');
  const name = lower === undefined ? 'TIMEOUT' : 'timeout';
  const seconds = secondsOf(cache.peek(name));
  const isSuspect = isLikelyMilliseconds(seconds);
  if (isSuspect) cache.problems.warn(`${cache.pathOf(name)}: ${wordsOfLikelyMilliseconds(seconds)}.`);
  return { defaultLifetime: lower ?? upper ?? DEFAULTS.lifetimeMs, warnsOfLifetimes: !isSuspect };
}

function secondsOf(value: unknown): unknown {
  return typeof value === 'string' && WHOLE_SECONDS.test(value) ? Number(value) : value;
}

/**
 * Reads seconds as Django's int() cuts them, null for ever, or a number with its unit. Anything else is a
 * problem, not 300.
 */
function readTimeout(cache: SettingReader, name: string): Lifetime | undefined {
  const value = cache.take(name);
  if (value === undefined) return undefined;
  const seconds = secondsOf(value);
  if (typeof seconds === 'number' && Number.isFinite(seconds)) {
    const whole = Math.trunc(seconds);
    if (whole !== seconds) {
      cache.problems.warn(
        `${cache.pathOf(name)}: ${seconds} seconds are cut to ${whole}, as in Django; write '900ms' for parts of a second.`,
      );
    }
    return toLifetime(whole);
  }
  const lifetime = typeof seconds === 'number' ? undefined : toLifetime(seconds);
  if (lifetime !== undefined) return lifetime;
  return cache.reject(name, { expected: 'a number of seconds, 0 or null', remedy: 'Write 300 for five minutes, null for ever.' });
}

function readFunction<T extends KeyFunction | ReverseKeyFunction>(
  cache: SettingReader,
  name: string,
  djangos: string,
): T | undefined {
  const value = cache.take(name);
  if (value === undefined || value === null || value === djangos) return undefined;
  if (typeof value === 'function') return value as T;
  return cache.reject(name, {
    expected: `a function, or '${djangos}'`,
    got: describeDottedPath(value),
    remedy: 'Pass the TypeScript function itself, or leave it out.',
  });
}
