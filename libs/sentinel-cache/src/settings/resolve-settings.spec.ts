import { describe, expect, it } from '@jest/globals';
import { createPickleSerializer } from '../codec/serializers/pickle/pickle.serializer.js';
import { makeKey } from '../keys/make-key.js';
import type { DjangoSettings } from './shapes/django-settings.js';
import { resolveSettings } from './resolve-settings.js';
import { problemsFrom } from '../../../../test/support/setting-problems.js';

/** The dict of the design, word for word. */
const PASTED = {
  CACHES: {
    default: {
      BACKEND: 'django_redis.cache.RedisCache',
      LOCATION: 'mymaster/192.168.1.1:26379,192.168.1.2:26380,192.168.1.3:26381/0',
      OPTIONS: {
        PASSWORD: 'admin',
        CLIENT_CLASS: 'django_sentinel.SentinelClient',
        CONNECTION_POOL_KWARGS: { max_connections: 100 },
      },
    },
  },
  SESSION_ENGINE: 'django.contrib.sessions.backends.cache',
} satisfies DjangoSettings;

const problemsOf = (settings: unknown) => problemsFrom(() => resolveSettings(settings));

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}

describe('resolveSettings', () => {
  it('resolves the pasted dict', () => {
    const { caches, warnings } = resolveSettings(PASTED);
    expect([...caches.keys()]).toEqual(['default']);
    expect(caches.get('default')).toEqual({
      alias: 'default',
      backend: 'redis',
      keyPrefix: '',
      version: '1',
      keyFunction: makeKey,
      reverseKeyFunction: expect.any(Function),
      keysHavePattern: true,
      warnsOfKeys: false,
      warnsOfLifetimes: true,
      defaultLifetime: 300_000,
      serializer: expect.objectContaining({ dumps: expect.any(Function), loads: expect.any(Function) }),
      compressor: { compress: expect.any(Function), decompress: expect.any(Function) },
      maxPlainBytes: Infinity,
      scanCount: 500,
      ignoreExceptions: false,
      tags: false,
      logIgnoredExceptions: false,
      failsFast: 'when-ignoring',
      maxValueBytes: 536_870_912,
      maxDecodedBytes: 268_435_456,
      connection: {
        topology: {
          kind: 'sentinel',
          masterName: 'mymaster',
          sentinels: [
            { host: '192.168.1.1', port: 26379 },
            { host: '192.168.1.2', port: 26380 },
            { host: '192.168.1.3', port: 26381 },
          ],
          sentinelCredentials: { username: '', password: '' },
          sentinelTls: false,
          sentinelDeadlineMs: 300,
          readsFrom: 'replica',
          readOnly: false,
          minOtherSentinels: 0,
          natMap: undefined,
          eagerFailover: false,
        },
        credentials: { username: '', password: 'admin' },
        tls: false,
        database: 0,
        callDeadlineMs: 500,
        connectDeadlineMs: 400,
        maxSocketsPerNode: 100,
        gate: { queuedCommands: 1000, queuedBytes: 4_194_304, inFlightCommands: 10_000, inFlightBytes: 67_108_864 },
        breakerFailures: 2,
        coalesce: 'any',
        clientName: '',
      },
    });
    expect(warnings).toEqual([expect.stringContaining('in plain text')]);
  });

  it('takes a CACHES dict alone, and a module namespace', () => {
    expect(resolveSettings(PASTED.CACHES).caches.get('default')).toMatchObject({ backend: 'redis' });
    const namespace = Object.defineProperty({ ...PASTED }, Symbol.toStringTag, { value: 'Module' });
    expect(resolveSettings(namespace).caches.get('default')).toMatchObject({ backend: 'redis' });
  });

  it('reads a deep-frozen dict, and leaves it as it was', () => {
    const before = JSON.stringify(PASTED);
    expect(resolveSettings(deepFreeze(structuredClone(PASTED))).caches.size).toBe(1);
    resolveSettings(PASTED);
    expect(JSON.stringify(PASTED)).toBe(before);
  });

  it('gives a frozen config', () => {
    const { caches, warnings } = resolveSettings(PASTED);
    const config = caches.get('default')!;
    expect(Object.isFrozen(config) && Object.isFrozen(warnings)).toBe(true);
    expect(config.backend === 'redis' && Object.isFrozen(config.connection) && Object.isFrozen(config.connection.topology)).toBe(
      true,
    );
    expect(() => (caches as Map<string, unknown>).set('x', config)).toThrow(TypeError);
    expect(() => (caches as Map<string, unknown>).delete('default')).toThrow(TypeError);
  });

  it('C-3: without CACHES there is one locmem cache, and a warning that says so', () => {
    for (const settings of [{}, { DJANGO_REDIS_IGNORE_EXCEPTIONS: true }]) {
      const { caches, warnings } = resolveSettings(settings);
      expect(caches.get('default')).toMatchObject({ backend: 'locmem', location: '', maxEntries: 300, cullFrequency: 3 });
      expect(warnings).toEqual([expect.stringContaining('CACHES is not set')]);
    }
  });

  it('C-3: a CACHES without default is a problem with a remedy', () => {
    const sessions = { BACKEND: 'locmem' };
    for (const settings of [{ CACHES: { sessions } }, { sessions }, { CACHES: {} }]) {
      expect(problemsOf(settings)).toEqual([
        expect.objectContaining({ path: 'CACHES.default', remedy: "Give one of the caches the alias 'default'." }),
      ]);
    }
  });

  it.each([
    ['django.core.cache.backends.memcached.PyMemcacheCache', 'Memcached'],
    ['django.core.cache.backends.filebased.FileBasedCache', 'files'],
    ['django.core.cache.backends.db.DatabaseCache', 'a database table'],
    ['redis_cache.RedisCache', 'another package'],
    ['nosuch.module.Cache', "'nosuch.module.Cache'"],
    [class {}, 'a class, which is not built yet'],
    [undefined, 'nothing'],
    [null, 'null'],
    [5, '5 (number)'],
  ])('C-4: refuses BACKEND %p by name', (BACKEND, got) => {
    const problems = problemsOf({ CACHES: { default: { BACKEND } } });
    expect(problems).toEqual([expect.objectContaining({ path: 'CACHES.default.BACKEND', got: expect.stringContaining(got) })]);
  });

  it('C-4: knows what a misspelt BACKEND was meant to be', () => {
    const BACKEND = 'django_redis.cache.RedisCahce';
    expect(problemsOf({ default: { BACKEND } })[0]!.remedy).toBe("Did you mean 'django_redis.cache.RedisCache'?");
  });

  it('C-7: what Django would fail to import at first use is a problem at boot', () => {
    const OPTIONS = { CLIENT_CLASS: 'no.Client', SERIALIZER: 'no.Serializer', COMPRESSOR: 'no.Compressor' };
    const problems = problemsOf({ default: { BACKEND: 'redis', LOCATION: 'redis://h', KEY_FUNCTION: 'no.function', OPTIONS } });
    expect(problems.map(({ path }) => path).sort()).toEqual([
      'CACHES.default.KEY_FUNCTION',
      'CACHES.default.OPTIONS.CLIENT_CLASS',
      'CACHES.default.OPTIONS.COMPRESSOR',
      'CACHES.default.OPTIONS.SERIALIZER',
    ]);
  });

  it('names a Promise and a Map that stand where an object belongs', () => {
    expect(problemsOf(Promise.resolve(PASTED))[0]).toMatchObject({ path: 'settings', got: 'a Promise' });
    expect(problemsOf({ CACHES: new Map() })[0]).toMatchObject({ path: 'CACHES', got: 'a Map' });
  });

  it('lists every problem at once, each with path, expected, got and remedy', () => {
    const problems = problemsOf({
      CACHES: {
        default: {
          BACKEND: 'redis',
          LOCATION: 'redis://h/x',
          TIMEOUT: true,
          key_prefix: 'a',
          OPTIONS: { PASSWORT: 'x', COMPRESSOR: 'brotli' },
        },
        pages: { BACKEND: 'memcached', VERSION: null },
        odd: 5,
      },
      SESION_ENGINE: 'x',
      CACHE_HERD_TIMEOUT: -1,
      stray: { BACKEND: 'locmem' },
    });
    expect(problems.map(({ path }) => path).sort()).toEqual([
      'CACHES.default.LOCATION',
      'CACHES.default.OPTIONS.COMPRESSOR',
      'CACHES.default.OPTIONS.PASSWORT',
      'CACHES.default.TIMEOUT',
      'CACHES.default.key_prefix',
      'CACHES.odd',
      'CACHES.pages.BACKEND',
      'CACHES.pages.VERSION',
      'CACHE_HERD_TIMEOUT',
      'SESION_ENGINE',
      'stray',
    ]);
    for (const problem of problems) expect(Object.values(problem).every((text) => text.length > 0)).toBe(true);
    expect(problems.find(({ path }) => path.endsWith('PASSWORT'))!.remedy).toBe('Did you mean PASSWORD?');
    expect(problems.find(({ path }) => path === 'stray')!.remedy).toBe('Move it into CACHES.');
  });

  it.each([[undefined], [null], [5], ['x'], [[]], [new Map()], [() => 1]])('refuses %p as settings', (settings) => {
    expect(problemsOf(settings)[0]).toMatchObject({ path: 'settings', expected: 'an object' });
  });

  it('reads own keys only: a prototype is no setting, and __proto__ is an unknown one', () => {
    const polluted = JSON.parse(
      '{"default":{"BACKEND":"locmem","__proto__":{"TIMEOUT":"x"}},"__proto__":{"BACKEND":"locmem"}}',
    ) as unknown;
    expect(problemsOf(polluted).map(({ path }) => path)).toEqual(['CACHES.default.__proto__']);
    expect(
      resolveSettings({
        default: Object.create({ BACKEND: 'x', TIMEOUT: true }, { BACKEND: { value: 'locmem', enumerable: true } }) as unknown,
      }).caches.size,
    ).toBe(1);
    expect(({} as Record<string, unknown>)['BACKEND']).toBeUndefined();
  });

  it('takes undefined for not given', () => {
    const OPTIONS = { PASSWORD: undefined, NO_SUCH: undefined };
    expect(
      resolveSettings({ default: { BACKEND: 'redis', LOCATION: 'redis://h', TIMEOUT: undefined, OPTIONS } }).caches.get(
        'default',
      ),
    ).toMatchObject({
      defaultLifetime: 300_000,
    });
  });

  it('writes what the pickle serializer of that protocol writes', () => {
    const serializerOf = (cache: object) => resolveSettings({ default: cache }).caches.get('default')!.serializer;
    const redis = { BACKEND: 'redis', LOCATION: 'redis://h' };
    expect(serializerOf(redis).dumps('a')).toEqual(createPickleSerializer({ pickleVersion: 4 }).dumps('a'));
    expect(serializerOf({ ...redis, OPTIONS: { PICKLE_VERSION: 5 } }).dumps('a')).toEqual(
      createPickleSerializer({ pickleVersion: 5 }).dumps('a'),
    );
    const core = { BACKEND: 'django.core.cache.backends.redis.RedisCache', LOCATION: 'redis://h' };
    expect(serializerOf(core).dumps('a')).toEqual(createPickleSerializer({ pickleVersion: 5 }).dumps('a'));
    expect(
      serializerOf({ ...redis, OPTIONS: { SERIALIZER: 'json' } })
        .dumps('a')
        .toString(),
    ).toBe('"a"');
  });

  const withOptions = (OPTIONS: object) => ({ CACHES: { default: { BACKEND: 'redis', LOCATION: 'redis://h', OPTIONS } } });
  const withSessions = (more: object) => ({ ...withOptions({}), SESSION_ENGINE: 'cache', ...more });

  it.each([
    ['BACKEND', 'redsi', 'redis', { CACHES: { default: { BACKEND: 'redsi', LOCATION: 'redis://h' } } }],
    ['SERIALIZER', 'jsno', 'json', withOptions({ SERIALIZER: 'jsno' })],
    ['COMPRESSOR', 'zlb', 'zlib', withOptions({ COMPRESSOR: 'zlb' })],
    ['ssl_cert_reqs', 'requierd', 'required', withOptions({ CONNECTION_POOL_KWARGS: { ssl: true, ssl_cert_reqs: 'requierd' } })],
    ['SESSION_ENGINE', 'cach', 'cache', withSessions({ SESSION_ENGINE: 'cach' })],
    ['SESSION_COOKIE_SAMESITE', 'strickt', 'Strict', withSessions({ SESSION_COOKIE_SAMESITE: 'strickt' })],
    ['SESSION_OUTAGE', 'anonymos', 'anonymous', withSessions({ SESSION_OUTAGE: 'anonymos' })],
  ])('quotes the word that was typed for %s, and names the one that was meant', (name, typed, meant, settings) => {
    const problem = problemsOf(settings).find(({ path }) => path.endsWith(name));
    expect(problem).toMatchObject({ got: `'${typed}'`, remedy: `Did you mean '${meant}'?` });
  });
});
