import { describe, expect, it } from '@jest/globals';

import { ImproperlyConfiguredError } from '../errors/improperly-configured.error.js';
import { resolveSettings } from './resolve-settings.js';

const CACHES = { default: { BACKEND: 'locmem' }, other: { BACKEND: 'locmem', LOCATION: 'other' } };
const ENGINE = 'django.contrib.sessions.backends.cache';
const resolve = (settings: Record<string, unknown>) => resolveSettings({ CACHES, ...settings });
function problemsOf(settings: Record<string, unknown>): readonly string[] {
  try {
    resolve(settings);
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
  it('S-42: SameSite false is no attribute, and None without Secure warns', () => {
    expect(resolve({ SESSION_ENGINE: ENGINE, SESSION_COOKIE_SAMESITE: false }).sessions?.cookieSameSite).toBeUndefined();
    expect(resolve({ SESSION_ENGINE: ENGINE, SESSION_COOKIE_SAMESITE: 'none' }).warnings).toEqual([
      expect.stringContaining('SAMESITE'),
    ]);
  });
  it('any alias can keep sessions', () => {
    expect(resolve({ SESSION_ENGINE: ENGINE, SESSION_CACHE_ALIAS: 'other' }).sessions?.cacheAlias).toBe('other');
  });
});
