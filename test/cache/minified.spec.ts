import { describe, expect, it } from '@jest/globals';
import type { CacheFaults } from 'nestjs-sentinel-cache/core';
import * as library from 'nestjs-sentinel-cache';

import { loadMinified } from './support/minified.js';

/** Every class of errors, by its file. */
const FILES = {
  CacheUnavailableError: 'errors/cache-unavailable.error.ts',
  CodecError: 'errors/codec.error.ts',
  CommandRejectedError: 'errors/command-rejected.error.ts',
  ImproperlyConfiguredError: 'errors/improperly-configured.error.ts',
  InvalidArgumentError: 'errors/invalid-argument.error.ts',
  InvalidCacheKeyError: 'errors/invalid-cache-key.error.ts',
  LockError: 'errors/lock.error.ts',
  MissingCacheKeyError: 'errors/missing-cache-key.error.ts',
  SentinelCacheError: 'errors/sentinel-cache.error.ts',
  SessionClosedError: 'errors/session-closed.error.ts',
  SessionInterruptedError: 'errors/session-interrupted.error.ts',
  SessionUnavailableError: 'errors/session-unavailable.error.ts',
} as const;
type ErrorName = keyof typeof FILES;
type ErrorClass = new (...args: never[]) => library.SentinelCacheError;
const NAMES = Object.keys(FILES) as ErrorName[];
const whole: Readonly<Record<ErrorName, ErrorClass>> = { ...library };

const make = (type: ErrorClass): library.SentinelCacheError => {
  const args = [['deadline', false, 'm'], [[]], ['m', 'm', { key: 'k' }], []];
  for (const given of args) {
    try {
      return new (type as new (...any: unknown[]) => library.SentinelCacheError)(...given);
    } catch {
      continue;
    }
  }
  throw new Error('this class takes other arguments');
};

describe('a copy of the library whose classes a minifier has renamed', () => {
  const minified = Object.fromEntries(
    NAMES.map((name) => [name, loadMinified<Record<string, ErrorClass>>(FILES[name])[name]!]),
  ) as Record<ErrorName, ErrorClass>;

  it('has classes of one name, as in a bundle: the test would prove nothing otherwise', () => {
    expect(new Set(NAMES.map((name) => minified[name].name)).size).toBeLessThan(NAMES.length);
    expect(NAMES).not.toContain(minified.CacheUnavailableError.name);
  });

  it.each(NAMES)('%s: instanceof is exact in each copy, and across them', (name) => {
    for (const error of [make(minified[name]), make(whole[name])]) {
      const mine = NAMES.filter((other) => error instanceof minified[other]);
      const theirs = NAMES.filter((other) => error instanceof whole[other]);
      const expected = NAMES.filter((other) => other === name || other === 'SentinelCacheError');
      expect({ mine, theirs, name: error.name }).toEqual({ mine: expected, theirs: expected, name });
      expect(error.stack).toMatch(new RegExp(`^${name}: `));
    }
  });

  it('IGNORE_EXCEPTIONS ends outages alone: what the program did wrong is told', async () => {
    const { createCaches } = loadMinified<Pick<typeof library, 'createCaches'>>('cache/create-caches.ts');
    const outage = new library.CacheUnavailableError('no-primary', false, 'nobody is there.');
    let isAway = false;
    const before: CacheFaults['before'] = (backend) =>
      new Proxy(backend, {
        get: (target, property) =>
          property === 'get' && isAway ? () => Promise.reject(outage) : Reflect.get(target, property, target),
      });
    const OPTIONS = { IGNORE_EXCEPTIONS: true };
    const caches = createCaches({ CACHES: { default: { BACKEND: 'locmem', OPTIONS } } }, { faults: { before } });
    const cache = caches.get();
    await expect(cache.incr('none')).rejects.toMatchObject({ name: 'MissingCacheKeyError', code: 'SENTINEL_CACHE_MISSING_KEY' });
    await expect(cache.set('k', Symbol('no value'))).rejects.toMatchObject({ name: 'CodecError' });
    await cache.set('text', 'a');
    await expect(cache.incr('text')).rejects.toMatchObject({ name: 'CommandRejectedError' });
    isAway = true;
    expect(await cache.get('k')).toBeUndefined();
    await caches.close();
  });
});
