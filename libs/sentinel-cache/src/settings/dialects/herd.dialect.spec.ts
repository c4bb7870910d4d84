import { describe, expect, it } from '@jest/globals';
import { ImproperlyConfiguredError } from '../../errors/improperly-configured.error.js';
import { resolveSettings } from '../resolve-settings.js';

const HERD = 'django_redis.client.HerdClient';
const SENTINELS = [['h', 26379]];

function settings(options: object, cache: object = {}, module: object = {}) {
  const OPTIONS = { CLIENT_CLASS: HERD, ...options };
  return { CACHES: { default: { BACKEND: 'redis', LOCATION: 'redis://h/1', OPTIONS, ...cache } }, ...module };
}

function resolve(...given: Parameters<typeof settings>) {
  return resolveSettings(settings(...given)).caches.get('default')!;
}

function pathsOf(...given: Parameters<typeof settings>): readonly string[] {
  try {
    resolve(...given);
  } catch (error) {
    if (error instanceof ImproperlyConfiguredError) return error.problems.map(({ path }) => path);
    throw error;
  }
  return [];
}

describe('HerdClient', () => {
  it('A-80: entries outlive their soft end by CACHE_HERD_TIMEOUT, 60 s when it is not given; without HerdClient they have none', () => {
    expect(resolve({}).herdMs).toBe(60_000);
    expect(resolve({}, {}, { CACHE_HERD_TIMEOUT: 5 }).herdMs).toBe(5000);
    expect(resolve({ CLIENT_CLASS: 'default' }, {}, { CACHE_HERD_TIMEOUT: 5 }).herdMs).toBeUndefined();
  });

  it.each([[-1], [1.5], ['60'], [null], [true], [Infinity]])('A-80: refuses CACHE_HERD_TIMEOUT %p', (CACHE_HERD_TIMEOUT) => {
    expect(pathsOf({}, {}, { CACHE_HERD_TIMEOUT })).toEqual(['CACHE_HERD_TIMEOUT']);
  });

  it('A-80: stands on a server, or on a sentinel service by the factory, as DefaultClient does', () => {
    const CONNECTION_FACTORY = 'django_redis.pool.SentinelConnectionFactory';
    expect(resolve({})).toMatchObject({ backend: 'redis', connection: { topology: { kind: 'standalone' } } });
    expect(resolve({ CONNECTION_FACTORY, SENTINELS }, { LOCATION: 'redis://m/0' })).toMatchObject({
      herdMs: 60_000,
      connection: { topology: { kind: 'sentinel', masterName: 'm', readsFrom: 'primary' } },
    });
  });

  it.each([
    ['json'],
    [{ dumps: () => Buffer.from('x'), loads: (): unknown => 'x' }],
    [{ dumps: () => Buffer.alloc(0), loads: (): unknown => null }],
    // Its rejection would end the process.
    [{ dumps: async (): Promise<never> => Promise.reject(new Error('late')), loads: (): unknown => null }],
  ])('A-82: refuses the serializer %p, which can not write the marker, at boot', (SERIALIZER) => {
    expect(pathsOf({ SERIALIZER })).toEqual(['CACHES.default.OPTIONS.SERIALIZER']);
  });

  it('A-82: takes any protocol of pickle', () => {
    for (const PICKLE_VERSION of [2, 3, 4, 5, -1]) expect(pathsOf({ PICKLE_VERSION })).toEqual([]);
  });

  it('tells the other problems as well', () => {
    expect(pathsOf({ SENTINEL_TIMEOUT: 1 }, { LOCATION: 'h:1' })).toEqual([
      'CACHES.default.LOCATION',
      'CACHES.default.OPTIONS.SENTINEL_TIMEOUT',
    ]);
  });
});
