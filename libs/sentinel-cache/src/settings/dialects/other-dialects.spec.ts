import { describe, expect, it } from '@jest/globals';
import { resolveSettings } from '../resolve-settings.js';
import { problemsFrom } from '../../../../../test/support/setting-problems.js';

function resolve(cache: object) {
  const { caches, warnings } = resolveSettings({ default: cache });
  return { config: caches.get('default')!, warnings };
}

const problemsOf = (cache: object) => problemsFrom(() => resolve(cache));

describe('redux', () => {
  const REDUX = {
    BACKEND: 'django_redis_sentinel.cache.RedisSentinelCache',
    LOCATION: [
      ['a', 1],
      ['b', 2],
    ],
    OPTIONS: {
      SENTINEL_SERVICE_NAME: 'Master',
      PASSWORD: 'p',
      SOCKET_TIMEOUT: 2,
      REDIS_CLIENT_KWARGS: { db: 3, decode_responses: false },
    },
  };

  it('C-40: LOCATION lists sentinels, OPTIONS name the master and the database', () => {
    const { config, warnings } = resolve(REDUX);
    expect(config).toMatchObject({
      connection: {
        database: 3,
        credentials: { username: '', password: 'p' },
        callDeadlineMs: 2000,
        topology: {
          kind: 'sentinel',
          masterName: 'Master',
          sentinels: [
            { host: 'a', port: 1 },
            { host: 'b', port: 2 },
          ],
          sentinelDeadlineMs: 2000,
        },
      },
    });
    expect(warnings).toEqual([expect.stringContaining('decode_responses'), expect.stringContaining('in plain text')]);
  });

  it.each([[undefined], [''], [null], [5]])('C-40: SENTINEL_SERVICE_NAME %p is a problem', (SENTINEL_SERVICE_NAME) => {
    expect(problemsOf({ ...REDUX, OPTIONS: { SENTINEL_SERVICE_NAME } })).toEqual([
      expect.objectContaining({ path: 'CACHES.default.OPTIONS.SENTINEL_SERVICE_NAME' }),
    ]);
  });

  it.each([[undefined], ['m/h:1/0'], [[]], [['redis://h']]])('C-40: LOCATION %p is a problem', (LOCATION) => {
    expect(problemsOf({ ...REDUX, LOCATION })).toHaveLength(1);
  });

  it('C-41: reads from replicas', () => {
    expect(resolve(REDUX).config).toMatchObject({ connection: { topology: { readsFrom: 'replica', readOnly: false } } });
  });

  it('C-42: takes the grammar alone; CLIENT_CLASS names a class that no current Django can import', () => {
    const OPTIONS = { ...REDUX.OPTIONS, CLIENT_CLASS: 'django_redis_sentinel.client.DjangoRedisSentinelClient' };
    expect(resolve({ ...REDUX, OPTIONS }).warnings).toContainEqual(expect.stringContaining('CLIENT_CLASS'));
  });
});

describe('Django core on Redis', () => {
  const CORE = { BACKEND: 'django.core.cache.backends.redis.RedisCache' };

  it.each([['redis://a;redis://b'], ['redis://a,redis://b'], [['redis://a', 'redis://b']]])(
    'C-70: the first of %p writes, the others read',
    (LOCATION) => {
      expect(resolve({ ...CORE, LOCATION }).config).toMatchObject({
        connection: { topology: { primary: { host: 'a' }, replicas: [{ host: 'b' }] } },
      });
    },
  );

  it('C-70: a space after the separator is a problem that says so', () => {
    expect(problemsOf({ ...CORE, LOCATION: 'redis://a; redis://b' })[0]!.remedy).toContain('Remove the space');
    expect(problemsOf(CORE)[0]!.path).toBe('CACHES.default.LOCATION');
  });

  it('C-71: OPTIONS are connection arguments in lower case', () => {
    const OPTIONS = {
      db: 4,
      username: 'u',
      password: 'p',
      socket_timeout: 1,
      socket_connect_timeout: 2,
      max_connections: 9,
      serializer: 'json',
    };
    expect(resolve({ ...CORE, LOCATION: 'redis://h', OPTIONS }).config).toMatchObject({
      serializer: expect.anything(),
      connection: {
        database: 4,
        credentials: { username: 'u', password: 'p' },
        callDeadlineMs: 1000,
        connectDeadlineMs: 2000,
        maxSocketsPerNode: 9,
      },
    });
  });

  it('C-71: what means nothing here is accepted with a warning each', () => {
    const OPTIONS = { pool_class: 'redis.BlockingConnectionPool', parser_class: 'x', lib_name: 'x', lib_version: '1' };
    const { warnings } = resolve({ ...CORE, LOCATION: 'redis://h', OPTIONS });
    expect(warnings).toHaveLength(4);
    for (const name of Object.keys(OPTIONS)) expect(warnings.join('\n')).toContain(`OPTIONS.${name} is accepted`);
  });

  it('C-71: a class or an object with dumps and loads is a serializer', () => {
    class Own {
      dumps = () => Buffer.from('own');
      loads = () => 0;
    }
    class Methods {
      dumps() {
        return Buffer.from('methods');
      }
      loads() {
        return 0;
      }
    }
    const dumped = (serializer: unknown) =>
      resolve({ ...CORE, LOCATION: 'redis://h', OPTIONS: { serializer } })
        .config.serializer.dumps(1)
        .toString();
    expect(dumped(new Own())).toBe('own');
    expect(dumped(Methods)).toBe('methods');
    expect(problemsOf({ ...CORE, LOCATION: 'redis://h', OPTIONS: { serializer: { dumps: 1 } } })).toHaveLength(1);
  });

  it("C-72: django-redis' upper-case options are unknown", () => {
    const OPTIONS = { PASSWORD: 'x', COMPRESSOR: 'zlib', SENTINELS: [], IGNORE_EXCEPTIONS: true, CONNECTION_POOL_KWARGS: {} };
    const problems = problemsOf({ ...CORE, LOCATION: 'redis://h', OPTIONS });
    expect(problems.map(({ path }) => path.slice('CACHES.default.OPTIONS.'.length)).sort()).toEqual(Object.keys(OPTIONS).sort());
    expect(problems.find(({ path }) => path.endsWith('.PASSWORD'))!.remedy).toBe('Did you mean password?');
  });

  it('C-72: never ignores an exception, whatever django-redis is told', () => {
    const { caches } = resolveSettings({
      CACHES: { default: { ...CORE, LOCATION: 'redis://h' } },
      DJANGO_REDIS_IGNORE_EXCEPTIONS: true,
    });
    expect(caches.get('default')).toMatchObject({ ignoreExceptions: false });
  });
});

describe('locmem and dummy', () => {
  it('C-2: lower-case max_entries and cull_frequency win, then the upper-case forms, then OPTIONS', () => {
    const OPTIONS = { MAX_ENTRIES: 1, CULL_FREQUENCY: 1 };
    expect(resolve({ BACKEND: 'locmem' }).config).toMatchObject({ maxEntries: 300, cullFrequency: 3, location: '' });
    expect(resolve({ BACKEND: 'locmem', LOCATION: 'a', OPTIONS }).config).toMatchObject({
      maxEntries: 1,
      cullFrequency: 1,
      location: 'a',
    });
    expect(resolve({ BACKEND: 'locmem', MAX_ENTRIES: '2', OPTIONS }).config).toMatchObject({ maxEntries: 2 });
    expect(resolve({ BACKEND: 'locmem', max_entries: 3, MAX_ENTRIES: 2, cull_frequency: 0, OPTIONS }).config).toMatchObject({
      maxEntries: 3,
      cullFrequency: 0,
    });
    expect(problemsOf({ BACKEND: 'locmem', max_entries: 'x', MAX_ENTRIES: 0, OPTIONS: { CULL_FREQUENCY: -1 } })).toHaveLength(3);
  });

  it.each([
    ['redis', 'redis://h'],
    ['django.core.cache.backends.redis.RedisCache', 'redis://h'],
  ])('C-2: on %s they have no effect, and say so', (BACKEND, LOCATION) => {
    expect(resolve({ BACKEND, LOCATION, max_entries: 1, OPTIONS: { CULL_FREQUENCY: 1 } }).warnings).toHaveLength(2);
  });

  it('refuses an option locmem does not have, and a LOCATION that is no name', () => {
    expect(
      problemsOf({ BACKEND: 'locmem', LOCATION: 5, OPTIONS: { PASSWORD: 'x' } })
        .map(({ path }) => path)
        .sort(),
    ).toEqual(['CACHES.default.LOCATION', 'CACHES.default.OPTIONS.PASSWORD']);
  });

  it('locmem reads what django-redis says of entries, so that it can stand in for a cache on Redis in a test', () => {
    const options = (OPTIONS: object) => resolve({ BACKEND: 'locmem', OPTIONS }).config;
    expect(options({})).toMatchObject({
      ignoreExceptions: false,
      maxValueBytes: 512 * 1024 * 1024,
      maxDecodedBytes: 256 * 1024 * 1024,
      herdMs: undefined,
      warnsOfKeys: true,
    });
    expect(options({ IGNORE_EXCEPTIONS: true, maxValueBytes: 5 })).toMatchObject({ ignoreExceptions: true, maxValueBytes: 5 });
    expect(options({ maxDecodedBytes: 7 })).toMatchObject({ maxDecodedBytes: 7 });
    expect(options({ CLIENT_CLASS: 'default' })).toMatchObject({ herdMs: undefined, warnsOfKeys: false });
    expect(options({ CLIENT_CLASS: 'django_redis.client.HerdClient' })).toMatchObject({ backend: 'locmem', herdMs: 60_000 });
    const wrong = { CLIENT_CLASS: 'shard', IGNORE_EXCEPTIONS: 1, maxValueBytes: 0, maxDecodedBytes: 0 };
    expect(problemsOf({ BACKEND: 'locmem', OPTIONS: wrong })).toHaveLength(4);
    expect(problemsOf({ BACKEND: 'locmem', OPTIONS: { CLIENT_CLASS: 'herd', SERIALIZER: 'json' } })).toHaveLength(1);
  });

  it('dummy lets LOCATION and OPTIONS of the real cache stand', () => {
    const cache = {
      BACKEND: 'dummy',
      LOCATION: 'm/h:1/0',
      KEY_PREFIX: 'a',
      OPTIONS: { CLIENT_CLASS: 'django_sentinel.SentinelClient', ANY: 1 },
    };
    expect(resolve(cache).config).toMatchObject({ backend: 'dummy', keyPrefix: 'a' });
    expect(problemsOf({ ...cache, TIMEOUT: true, TIMOUT: 1 })).toHaveLength(2);
  });
});
