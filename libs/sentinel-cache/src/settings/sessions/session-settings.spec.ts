import { describe, expect, it } from '@jest/globals';

import { ImproperlyConfiguredError } from '../../errors/improperly-configured.error.js';
import { resolveSettings } from '../resolve-settings.js';
import type { ProgramParts } from './program-parts.js';

const CACHES = { default: { BACKEND: 'locmem' }, other: { BACKEND: 'locmem', LOCATION: 'other' } };
const ENGINE = 'django.contrib.sessions.backends.cache';
const resolve = (settings: Record<string, unknown>, program?: ProgramParts) => resolveSettings({ CACHES, ...settings }, program);
function problemsOf(settings: Record<string, unknown>, program?: ProgramParts): readonly string[] {
  try {
    resolve(settings, program);
    return [];
  } catch (error) {
    if (!(error instanceof ImproperlyConfiguredError)) throw error;
    expect(error.message).not.toContain('S3CRET');
    return error.problems.map(({ path }) => path);
  }
}

describe('SESSION_*', () => {
  it('5.1: has Django´s defaults', () => {
    expect(resolve({ SESSION_ENGINE: ENGINE }).sessions).toEqual({
      engine: 'cache',
      cacheAlias: 'default',
      cookieName: 'sessionid',
      cookieAgeSeconds: 1_209_600,
      cookieDomain: undefined,
      cookiePath: '/',
      cookieSecure: false,
      cookieHttpOnly: true,
      cookieSameSite: 'Lax',
      saveEveryRequest: false,
      expireAtBrowserClose: false,
      filePath: undefined,
      outage: 'error',
      encrypted: false,
    });
  });
  it('no SESSION_ENGINE means no sessions, unlike Django, and without a warning', () => {
    const { sessions, warnings } = resolve({ SECRET_KEY: 'S3CRET' });
    expect([sessions, warnings]).toEqual([undefined, []]);
  });
  it.each(['cache', 'cached_db', 'db', 'file', 'signed_cookies'])(
    'knows the engine %s by its path and its short name',
    (name) => {
      for (const SESSION_ENGINE of [name, `django.contrib.sessions.backends.${name}`]) {
        expect(resolve({ SESSION_ENGINE, SECRET_KEY: 'S3CRET' }).sessions?.engine).toBe(name);
      }
    },
  );
  it.each([['db'], ['cached_db'], ['file'], ['signed_cookies']])('the engine %s wants a SECRET_KEY', (SESSION_ENGINE) => {
    expect(problemsOf({ SESSION_ENGINE })).toEqual(['SECRET_KEY']);
  });
  it.each([
    [{ SESSION_ENGINE: 'django.contrib.sessions.backends.redis' }, 'SESSION_ENGINE'],
    [{ SESSION_ENGINE: ENGINE, SESSION_CACHE_ALIAS: 'nope' }, 'SESSION_CACHE_ALIAS'],
    [{ SESSION_ENGINE: ENGINE, SESSION_COOKIE_NAME: 'a b' }, 'SESSION_COOKIE_NAME'],
    [{ SESSION_ENGINE: ENGINE, SESSION_COOKIE_AGE: 0 }, 'SESSION_COOKIE_AGE'],
    [{ SESSION_ENGINE: ENGINE, SESSION_COOKIE_SAMESITE: 'Loose' }, 'SESSION_COOKIE_SAMESITE'],
    [{ SESSION_ENGINE: ENGINE, SESSION_OUTAGE: 'ignore' }, 'SESSION_OUTAGE'],
    [{ SESSION_ENGINE: ENGINE, SESSION_SERIALIZER: 'x.PickleSerializer' }, 'SESSION_SERIALIZER'],
    [{ SESSION_ENGINE: ENGINE, SECRET_KEY: '' }, 'SECRET_KEY'],
    [{ SESSION_ENGINE: ENGINE, SECRET_KEY: ['S3CRET'] }, 'SECRET_KEY'],
    [{ SESSION_ENGINE: ENGINE, SECRET_KEY: 'k', SECRET_KEY_FALLBACKS: 'S3CRET' }, 'SECRET_KEY_FALLBACKS'],
    [{ SESSION_ENGINE: ENGINE, SECRET_KEY_FALLBACKS: ['S3CRET'] }, 'SECRET_KEY'],
    [{ SESSION_ENGINE: ENGINE, SESSION_ENCRYPTION: true }, 'SECRET_KEY'],
    [{ SESSION_ENGINE: ENGINE, SESION_COOKIE_AGE: 5 }, 'SESION_COOKIE_AGE'],
  ])('%j is a problem of %s', (settings, path) => {
    expect(problemsOf(settings)).toEqual([path]);
  });
  it('a cache with a problem of its own is there for SESSION_CACHE_ALIAS and CACHE_MIDDLEWARE_ALIAS', () => {
    const names = { SESSION_CACHE_ALIAS: 'other', CACHE_MIDDLEWARE_ALIAS: 'other' };
    const CACHES = { default: { BACKEND: 'locmem' }, other: { BACKEND: 'redis' } };
    expect(problemsOf({ SESSION_ENGINE: ENGINE, ...names, CACHES })).toEqual(['CACHES.other.LOCATION']);
  });
  it('such a cache is there for what injects it, too; one that nobody configured is not', () => {
    const aliases = ['other', 'none'].map((alias) => ({ alias, why: `Orders injects ${alias}` }));
    const program = { source: 'settings', aliases, tagged: [], graced: [], problems: [] } as unknown as ProgramParts;
    const CACHES = { default: { BACKEND: 'locmem' }, other: { BACKEND: 'redis' } };
    expect(problemsOf({ CACHES }, program)).toEqual(['CACHES.other.LOCATION', 'CACHES.none']);
  });
  it('S-42: SameSite false is no attribute, and None without Secure warns', () => {
    expect(resolve({ SESSION_ENGINE: ENGINE, SESSION_COOKIE_SAMESITE: false }).sessions?.cookieSameSite).toBeUndefined();
    expect(resolve({ SESSION_ENGINE: ENGINE, SESSION_COOKIE_SAMESITE: 'none' }).warnings).toEqual([
      expect.stringContaining('SAMESITE'),
    ]);
  });
  it.each([
    ['SESSION_COOKIE_PATH', ['/\r\nSet-Cookie: a=b', '/; Secure', '/\0', '/\x7f', '/\t', '/é', 'shop', '', '\n']],
    [
      'SESSION_COOKIE_DOMAIN',
      [
        'a; Secure',
        'a.example\r\nX: y',
        'https://a.example',
        'a.example:80',
        'a.example/',
        'a b',
        '*.example',
        'ä.example',
        '',
        '.',
        'a..b',
      ],
    ],
    ['SESSION_COOKIE_NAME', ['a b', 'a=b', 'a;b', 'a\r\nb', '"a"', 'ä', '']],
    ['SESSION_COOKIE_AGE', [1e15, -1, 0.5]],
  ])('L7: %s is told at boot, without what stands there: no header of its own can be written', (name, values) => {
    for (const value of values as unknown[])
      expect(problemsOf({ SESSION_ENGINE: ENGINE, [name as string]: value })).toEqual([name]);
  });
  it('takes the domains and paths that Django´s settings have', () => {
    for (const SESSION_COOKIE_DOMAIN of [
      'example.com',
      '.example.com',
      'localhost',
      '127.0.0.1',
      'my_host',
      'xn--bcher-kva.example',
    ])
      expect(resolve({ SESSION_ENGINE: ENGINE, SESSION_COOKIE_DOMAIN }).sessions!.cookieDomain).toBe(SESSION_COOKIE_DOMAIN);
    for (const SESSION_COOKIE_PATH of ['/', '/shop/', "/a,b=c%3B'"])
      expect(resolve({ SESSION_ENGINE: ENGINE, SESSION_COOKIE_PATH }).sessions!.cookiePath).toBe(SESSION_COOKIE_PATH);
  });
  it('a name with a prefix that browsers hold it to: all problems at once', () => {
    const host = { SESSION_ENGINE: ENGINE, SESSION_COOKIE_NAME: '__Host-sid' };
    const wrong = { SESSION_COOKIE_DOMAIN: 'example.com', SESSION_COOKIE_PATH: '/shop' };
    expect(problemsOf({ ...host, ...wrong })).toEqual(['SESSION_COOKIE_SECURE', 'SESSION_COOKIE_DOMAIN', 'SESSION_COOKIE_PATH']);
    expect(problemsOf({ ...host, SESSION_COOKIE_NAME: '__SECURE-sid' })).toEqual(['SESSION_COOKIE_SECURE']);
    expect(problemsOf({ ...host, SESSION_COOKIE_SECURE: true })).toEqual([]);
    expect(problemsOf({ ...host, ...wrong, SESSION_COOKIE_NAME: '__Secure-sid', SESSION_COOKIE_SECURE: true })).toEqual([]);
  });
  it('a SECRET_KEY that is easy to guess is one warning, which does not show it', () => {
    const warnings = (SECRET_KEY: string, more: object = {}) => resolve({ SESSION_ENGINE: ENGINE, SECRET_KEY, ...more }).warnings;
    const good = 'b7!kf0_5wq)1xz(vn2m4p8r6t9y3a#cd';
    for (const weak of ['x', 'S3CRET-S3CRET', 'abcd'.repeat(20), good.slice(1)]) {
      expect(warnings(weak)).toEqual([expect.stringContaining('SECRET_KEY')]);
      expect(warnings(weak).join()).not.toContain(weak === 'x' ? "'x'" : weak);
      expect(warnings(good, { SECRET_KEY_FALLBACKS: [weak] })).toHaveLength(1);
    }
    expect(warnings(good)).toEqual([]);
  });
  it('any alias can keep sessions', () => {
    expect(resolve({ SESSION_ENGINE: ENGINE, SESSION_CACHE_ALIAS: 'other' }).sessions?.cacheAlias).toBe('other');
  });
});
