import { describe, expect, it } from '@jest/globals';

import { CacheUnavailableError } from './cache-unavailable.error.js';
import { CodecError } from './codec.error.js';
import { CommandRejectedError } from './command-rejected.error.js';
import { ImproperlyConfiguredError } from './improperly-configured.error.js';
import { InvalidArgumentError } from './invalid-argument.error.js';
import { InvalidCacheKeyError } from './invalid-cache-key.error.js';
import { LockError } from './lock.error.js';
import { MissingCacheKeyError } from './missing-cache-key.error.js';
import { SentinelCacheError } from './sentinel-cache.error.js';
import { SessionClosedError } from './session-closed.error.js';
import { SessionInterruptedError } from './session-interrupted.error.js';
import { SessionUnavailableError } from './session-unavailable.error.js';

/** Each class, made with somebody's text wherever it takes one. */
const MADE: Readonly<Record<string, readonly [code: string, make: (text: string) => SentinelCacheError]>> = {
  SentinelCacheError: ['SENTINEL_CACHE', (text) => new SentinelCacheError('SENTINEL_CACHE', text, { alias: text })],
  CacheUnavailableError: ['SENTINEL_CACHE_UNAVAILABLE', (text) => new CacheUnavailableError('deadline', false, text)],
  CodecError: ['SENTINEL_CACHE_CODEC', (text) => new CodecError(text, { key: text })],
  CommandRejectedError: ['SENTINEL_CACHE_REJECTED', (text) => new CommandRejectedError('ERR', text)],
  ImproperlyConfiguredError: [
    'SENTINEL_CACHE_IMPROPERLY_CONFIGURED',
    (text) => new ImproperlyConfiguredError([{ path: text, expected: text, got: text, remedy: text }]),
  ],
  InvalidArgumentError: ['SENTINEL_CACHE_INVALID_ARGUMENT', (text) => new InvalidArgumentError(text)],
  InvalidCacheKeyError: ['SENTINEL_CACHE_INVALID_KEY', (text) => new InvalidCacheKeyError(text)],
  LockError: ['SENTINEL_CACHE_LOCK', (text) => new LockError('lost', text, { key: text })],
  MissingCacheKeyError: ['SENTINEL_CACHE_MISSING_KEY', (text) => new MissingCacheKeyError(text, { alias: text })],
  SessionClosedError: ['SENTINEL_CACHE_SESSION_CLOSED', () => new SessionClosedError()],
  SessionInterruptedError: ['SENTINEL_CACHE_SESSION_INTERRUPTED', () => new SessionInterruptedError()],
  SessionUnavailableError: ['SENTINEL_CACHE_SESSION_UNAVAILABLE', () => new SessionUnavailableError()],
};
const BRAND = Symbol.for('nestjs-sentinel-cache.error');
/** Line ends of all kinds, a terminal's orders, overrides of the writing's direction, what is not seen, half a pair. */
const FORGED = 'a\r\nERROR forged\u2028b\u2029c\u0085d \u001B[2J\u009B31m \u202Eevil\u2066\u200B\u{E0041}\0\u007F \uD800';
const FORGING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

describe('errors', () => {
  it.each(Object.entries(MADE))('%s: its name and its marks are literals', (name, [code, make]) => {
    const error = make('text');
    const brand = (error as unknown as Record<symbol, unknown>)[BRAND];
    expect({ name: error.name, code: error.code, brand }).toEqual({
      name,
      code,
      brand: name === 'SentinelCacheError' ? [code] : [code, 'SENTINEL_CACHE'],
    });
    expect(error.stack!.startsWith(`${name}: `)).toBe(true);
  });

  it.each(Object.entries(MADE))('%s: text of somebody else stays one short line', (_name, [, make]) => {
    for (const text of [FORGED, FORGED.repeat(10_000), 'x'.repeat(1_000_000)]) {
      const { message, stack } = make(text);
      expect(message).not.toMatch(FORGING);
      expect(message.length).toBeLessThan(20_000);
      expect(stack!.split('\n').filter((line) => !line.startsWith('    at '))).toHaveLength(1);
    }
  });

  it('ImproperlyConfiguredError: a line for each problem, and none more; its problems can be shown, too', () => {
    const problem = { path: FORGED, expected: FORGED, got: FORGED, remedy: FORGED };
    const error = new ImproperlyConfiguredError([problem, problem]);
    expect(error.message.split('\n')).toHaveLength(3);
    for (const line of error.message.split('\n')) expect(line).not.toMatch(FORGING);
    for (const text of Object.values(error.problems[0]!)) expect(text).not.toMatch(FORGING);
  });

  it('a class of the user that extends one of ours is told from it', () => {
    class Mine extends CacheUnavailableError {}
    const mine = new Mine('deadline', false, 'mine');
    expect([mine instanceof Mine, mine instanceof CacheUnavailableError, mine instanceof SentinelCacheError]).toEqual([
      true,
      true,
      true,
    ]);
    expect(new CacheUnavailableError('deadline', false, 'ours') instanceof Mine).toBe(false);
    class Marked extends Mine {
      static override readonly code: string = 'MINE';
    }
    expect(new Marked('deadline', false, 'm') instanceof CacheUnavailableError).toBe(true);
    expect(mine instanceof Marked).toBe(false);
  });

  it.each([null, undefined, 'text', 1, {}, new Error('other'), Object.create(null), () => undefined])(
    '%p is none of ours',
    (value: unknown) => {
      expect(value instanceof SentinelCacheError).toBe(false);
      expect(value instanceof CodecError).toBe(false);
    },
  );
});
