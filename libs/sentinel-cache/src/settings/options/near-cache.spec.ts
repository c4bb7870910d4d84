import { describe, expect, it } from '@jest/globals';

import { problemsFrom } from '../../../../../test/support/setting-problems.js';
import { resolveSettings } from '../resolve-settings.js';

const MIB = 1024 * 1024;

function resolve(nearCache: unknown, cache: object = {}) {
  const setting = { BACKEND: 'redis', LOCATION: 'redis://h', OPTIONS: { nearCache }, ...cache };
  const { caches, warnings } = resolveSettings({ CACHES: { default: setting } });
  return { config: caches.get('default') as { readonly nearCache?: unknown }, warnings };
}

describe('OPTIONS.nearCache', () => {
  it('is off unless it is given', () => {
    expect(resolve(undefined).config.nearCache).toBeUndefined();
  });

  it.each<[object, object]>([
    [{}, { maxBytes: 64 * MIB, maxAgeMs: 30_000, maxEntries: undefined, prefix: undefined }],
    [
      { maxBytes: '64mb', maxAge: '30s' },
      { maxBytes: 64 * MIB, maxAgeMs: 30_000 },
    ],
    [
      { maxBytes: 1_000_000, maxAge: 500, maxEntries: 10 },
      { maxBytes: 1_000_000, maxAgeMs: 500, maxEntries: 10 },
    ],
    [{ maxBytes: '1.5 GB' }, { maxBytes: 1.5 * 1024 * MIB }],
    [{ maxBytes: '512kb' }, { maxBytes: MIB / 2 }],
    [{ prefix: 'shop:' }, { prefix: 'shop:' }],
  ])('%j', (nearCache, expected) => {
    expect(resolve(nearCache).config.nearCache).toMatchObject(expected);
  });

  it.each<[unknown, string]>([
    [true, 'nearCache'],
    ['64mb', 'nearCache'],
    [{ maxBytes: 0 }, 'nearCache.maxBytes'],
    [{ maxBytes: 1.5 }, 'nearCache.maxBytes'],
    [{ maxBytes: '64 mib' }, 'nearCache.maxBytes'],
    [{ maxBytes: null }, 'nearCache.maxBytes'],
    [{ maxBytes: '-1mb' }, 'nearCache.maxBytes'],
    [{ maxAge: 0 }, 'nearCache.maxAge'],
    [{ maxAge: 'soon' }, 'nearCache.maxAge'],
    [{ maxEntries: 0 }, 'nearCache.maxEntries'],
    [{ maxEntries: 1e9 }, 'nearCache.maxEntries'],
    [{ prefix: '\ud83d' }, 'nearCache.prefix'],
    [{ prefix: 7 }, 'nearCache.prefix'],
    [{ maxSize: '64mb' }, 'nearCache.maxSize'],
  ])('%j is a problem of %s', (nearCache, path) => {
    expect(problemsFrom(() => resolve(nearCache)).map((problem) => problem.path)).toEqual([`CACHES.default.OPTIONS.${path}`]);
  });

  it('beside a KEY_FUNCTION takes the prefix of its keys: without one Redis cannot be asked which of them change', () => {
    const KEY_FUNCTION = (key: string, prefix: string): string => `${prefix}/${key}`;
    const [problem] = problemsFrom(() => resolve({}, { KEY_FUNCTION }));
    expect(problem).toMatchObject({
      path: 'CACHES.default.OPTIONS.nearCache',
      remedy: expect.stringContaining('prefix') as unknown as string,
    });
    expect(resolve({ prefix: 'shop/' }, { KEY_FUNCTION }).config.nearCache).toMatchObject({ prefix: 'shop/' });
    expect(resolve({ prefix: '' }, { KEY_FUNCTION }).config.nearCache).toMatchObject({ prefix: '' });
  });

  it('has no effect on locmem, which says so, and none on dummy', () => {
    expect(resolve({}, { BACKEND: 'locmem' }).warnings).toEqual([
      expect.stringContaining('nearCache is accepted and has no effect'),
    ]);
    expect(resolve({}, { BACKEND: 'dummy' }).warnings).toEqual([]);
  });

  it.each([
    ['django.core.cache.backends.redis.RedisCache', 'redis://h', {}],
    ['redis', 'mymaster/h:1/0', { CLIENT_CLASS: 'sentinel' }],
    ['redis', 'redis+cluster://h:1,h:2', {}],
    ['redis', ['redis://h', 'redis://i'], { CLIENT_CLASS: 'django_redis.client.ShardClient' }],
  ])('is read where BACKEND is %s and LOCATION %j', (BACKEND, LOCATION, OPTIONS) => {
    const { config } = resolve({}, { BACKEND, LOCATION, OPTIONS: { ...OPTIONS, nearCache: {} } });
    expect(config.nearCache).toMatchObject({ maxAgeMs: 30_000 });
  });
});
