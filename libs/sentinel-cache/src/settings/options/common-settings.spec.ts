import { describe, expect, it } from '@jest/globals';
import { ImproperlyConfiguredError } from '../../errors/improperly-configured.error.js';
import { makeKey } from '../../keys/make-key.js';
import { resolveSettings } from '../resolve-settings.js';

function resolve(cache: object) {
  const { caches, warnings } = resolveSettings({ default: { BACKEND: 'locmem', ...cache } });
  return { config: caches.get('default')!, warnings };
}

function pathsOf(cache: object): readonly string[] {
  try {
    resolve(cache);
  } catch (error) {
    if (error instanceof ImproperlyConfiguredError) return error.problems.map(({ path }) => path);
    throw error;
  }
  return [];
}

describe('settings of every cache', () => {
  it.each([
    [undefined, 300_000],
    [60, 60_000],
    ['60', 60_000],
    [' +60 ', 60_000],
    ['5m', 300_000],
    ['900ms', 900],
    [null, 'forever'],
    [0, 'already-expired'],
    ['0', 'already-expired'],
    [-1, 'already-expired'],
    [0.9, 'already-expired'],
    [1.9, 1000],
  ])('C-1: TIMEOUT %p gives %p', (TIMEOUT, lifetime) => {
    expect(resolve({ TIMEOUT }).config.defaultLifetime).toBe(lifetime);
  });

  it('C-1: warns of a part of a second, which Django cuts off', () => {
    expect(resolve({ TIMEOUT: 0.9 }).warnings).toEqual([expect.stringContaining('0.9 seconds are cut to 0')]);
    expect(resolve({ TIMEOUT: 9 }).warnings).toEqual([]);
  });

  it.each([['abc'], ['0.9'], [''], [true], [NaN], [Infinity], [-Infinity], [[]], [{}], ['5 parsecs'], [5n]])(
    'C-1: TIMEOUT %p is a problem, not 300',
    (TIMEOUT) => {
      expect(pathsOf({ TIMEOUT })).toEqual(['CACHES.default.TIMEOUT']);
    },
  );

  it('C-2: lower-case timeout wins over TIMEOUT, and both are checked', () => {
    expect(resolve({ timeout: 5, TIMEOUT: 60 }).config.defaultLifetime).toBe(5000);
    expect(resolve({ timeout: null, TIMEOUT: 60 }).config.defaultLifetime).toBe('forever');
    expect(pathsOf({ timeout: 5, TIMEOUT: 'abc' })).toEqual(['CACHES.default.TIMEOUT']);
    expect(pathsOf({ timeout: 'abc', TIMEOUT: 5 })).toEqual(['CACHES.default.timeout']);
  });

  it.each([
    [undefined, '1'],
    [2, '2'],
    [0, '0'],
    ['v2', 'v2'],
    ['', ''],
    [true, 'True'],
    [1.5, '1.5'],
    [12345678901234567890n, '12345678901234567890'],
  ])("A-2: VERSION %p is %p, as Python's str() writes it", (VERSION, version) => {
    expect(resolve({ VERSION }).config.version).toBe(version);
  });

  it.each([[null], [NaN], [Infinity], [2 ** 60], [[]], [{}], [() => 1], ['\ud800']])('VERSION %p is a problem', (VERSION) => {
    expect(pathsOf({ VERSION })).toEqual(['CACHES.default.VERSION']);
  });

  it.each([[null], [5], [[]], ['\ud800']])('KEY_PREFIX %p is a problem', (KEY_PREFIX) => {
    expect(pathsOf({ KEY_PREFIX })).toEqual(['CACHES.default.KEY_PREFIX']);
  });

  it.each([[undefined], [null], ['django.core.cache.backends.base.default_key_func']])(
    'KEY_FUNCTION %p is the default',
    (KEY_FUNCTION) => {
      const { config } = resolve({
        KEY_FUNCTION,
        KEY_PREFIX: 'a:b',
        REVERSE_KEY_FUNCTION: 'django_redis.util.default_reverse_key',
      });
      expect(config).toMatchObject({ keyFunction: makeKey, keysHavePattern: true });
      expect(config.reverseKeyFunction('a:b:1:k:1')).toBe('k:1');
    },
  );

  it("takes functions of the user's own, of whose keys nobody knows a pattern", () => {
    const KEY_FUNCTION = (key: string): string => `x/${key}`;
    const REVERSE_KEY_FUNCTION = (stored: string): string => stored.slice(2);
    const { config } = resolve({ KEY_FUNCTION, REVERSE_KEY_FUNCTION });
    expect(config).toMatchObject({ reverseKeyFunction: REVERSE_KEY_FUNCTION, keysHavePattern: false });
    expect(config.keyFunction('k', 'p', '1')).toBe('x/k');
    const { keyFunction } = resolve({ KEY_FUNCTION: () => undefined }).config;
    expect(() => keyFunction('k', 'p', '1')).toThrow('KEY_FUNCTION: expected a function that returns the stored key as text');
    expect(resolve({ KEY_FUNCTION }).config.reverseKeyFunction('p:1:k:1')).toBe('k:1');
  });

  it.each([['KEY_FUNCTION'], ['REVERSE_KEY_FUNCTION']])('refuses the dotted path of another %s', (name) => {
    expect(pathsOf({ [name]: 'myapp.keys.make' })).toEqual([`CACHES.default.${name}`]);
    expect(() => resolve({ [name]: 'myapp.keys.make' })).toThrow('Pass the TypeScript function itself');
  });
});
