import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { CacheUnavailableError, type UnavailableReason } from './cache-unavailable.error.js';
import { CodecError } from './codec.error.js';
import { CommandRejectedError } from './command-rejected.error.js';
import { ImproperlyConfiguredError } from './improperly-configured.error.js';
import { InvalidArgumentError } from './invalid-argument.error.js';
import { InvalidCacheKeyError } from './invalid-cache-key.error.js';
import { LockError, type LockErrorReason } from './lock.error.js';
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
/**
 * Line ends of all kinds, a terminal's orders, overrides of the writing's direction, what is not seen, half a
 * pair.
 */
const FORGED = 'a\r\nERROR forged\u2028b\u2029c\u0085d \u001B[2J\u009B31m \u202Eevil\u2066\u200B\u{E0041}\0\u007F \uD800';
const FORGING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** Every reason: the compiler holds the lists against the types. */
const UNAVAILABLE = Object.keys({
  deadline: 1,
  'no-primary': 1,
  'no-sentinel': 1,
  'unknown-master': 1,
  auth: 1,
  'sentinel-auth': 1,
  tls: 1,
  'queue-full': 1,
  'breaker-open': 1,
  'unreadable-address': 1,
  'wrong-database': 1,
  'unsupported-server': 1,
  'connection-lost': 1,
  protocol: 1,
  aborted: 1,
  closed: 1,
} satisfies Record<UnavailableReason, 1>) as UnavailableReason[];
const LOCK = Object.keys({
  'not-acquired': 1,
  'not-held': 1,
  lost: 1,
  'no-timeout': 1,
} satisfies Record<LockErrorReason, 1>) as LockErrorReason[];
const EACH_ERROR = [
  ...Object.values(MADE).flatMap(([, make]) => make('text')),
  ...UNAVAILABLE.map((reason) => new CacheUnavailableError(reason, false, 'text')),
  ...LOCK.map((reason) => new LockError(reason, 'text', { key: 'lock' })),
];
const PAGE = 'docs/troubleshooting.md';
const ADDRESS = `https://github.com/nestjs-sentinel-cache/nestjs-sentinel-cache/blob/main/${PAGE}`;

/** The page's headings as GitHub makes anchors of them, and the text below each. */
function sectionsOf(page: string): ReadonlyMap<string, string> {
  const parts = page.split(/^#{2,3} /m).slice(1);
  return new Map(
    parts.map((part) => {
      const [heading = '', ...text] = part.split('\n');
      const anchor = heading.toLowerCase().replace(/[^\w\s-]/g, '');
      return [anchor.replaceAll(' ', '-'), text.join('\n')];
    }),
  );
}

describe('errors', () => {
  it('each one names the section that explains it, and is listed with it where errors are shown', () => {
    const sections = sectionsOf(readFileSync(new URL(`../../../../${PAGE}`, import.meta.url), 'utf8'));
    for (const error of EACH_ERROR) {
      const [page, anchor = ''] = error.help.split('#');
      expect([page, sections.has(anchor) || error.help]).toEqual([ADDRESS, true]);
      for (const answer of ['Means', 'Why', 'Do', 'See']) expect(sections.get(anchor)).toContain(`**${answer}**: `);
      expect(JSON.parse(JSON.stringify(error))).toMatchObject({ code: error.code, help: error.help });
    }
  });

  it('every code and every reason has a section of its own, and the page has no other', () => {
    const sections = [...sectionsOf(readFileSync(new URL(`../../../../${PAGE}`, import.meta.url), 'utf8')).keys()];
    const codes = Object.values(MADE).map(([code]) => code.toLowerCase());
    const reasons = [...UNAVAILABLE, ...LOCK].map((reason) => `reason-${reason}`);
    const told = sections.filter((anchor) => anchor.startsWith('reason-') || anchor.startsWith('sentinel_cache'));
    expect(told.toSorted()).toEqual([...codes, ...reasons].toSorted());
  });

  it('a class of the user without a section has that of the class it extends', () => {
    class Mine extends CodecError {
      static override readonly code: string = 'MINE';
    }
    class Own extends SentinelCacheError {
      static override readonly code: string = 'OWN';
    }
    expect([new Mine('mine').help, new Own('OWN', 'own').help]).toEqual([
      `${ADDRESS}#sentinel_cache_codec`,
      `${ADDRESS}#sentinel_cache`,
    ]);
  });

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
