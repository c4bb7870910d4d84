import { describe, expect, it } from '@jest/globals';
import { ImproperlyConfiguredError } from '../../errors/improperly-configured.error.js';
import { resolveSettings } from '../resolve-settings.js';

function resolve(OPTIONS: object, LOCATION = 'redis://h', globals: object = {}) {
  const { caches, warnings } = resolveSettings({ CACHES: { default: { BACKEND: 'redis', LOCATION, OPTIONS } }, ...globals });
  const config = caches.get('default')!;
  if (config.backend !== 'redis') throw new Error('no Redis config');
  return { config, connection: config.connection, warnings };
}

function pathsOf(OPTIONS: object, globals: object = {}): string[] {
  try {
    resolve(OPTIONS, 'redis://h', globals);
  } catch (error) {
    if (error instanceof ImproperlyConfiguredError)
      return error.problems.map(({ path }) => path.replace('CACHES.default.OPTIONS.', ''));
    throw error;
  }
  return [];
}

describe('OPTIONS of django-redis', () => {
  it('C-10: without socket timeouts there are deadlines, and a hundred sockets at most', () => {
    expect(resolve({}).connection).toMatchObject({ callDeadlineMs: 500, connectDeadlineMs: 400, maxSocketsPerNode: 100 });
  });

  it('PASSWORD is used where the URL has none', () => {
    expect(resolve({ PASSWORD: 'p' }).connection.credentials).toEqual({ username: '', password: 'p' });
    expect(resolve({ PASSWORD: 'p' }, 'redis://u@h').connection.credentials).toEqual({ username: 'u', password: 'p' });
    expect(resolve({ PASSWORD: 'p' }, 'redis://:url@h').connection.credentials.password).toBe('url');
    expect(resolve({ PASSWORD: 'p', CONNECTION_POOL_KWARGS: { password: 'pool' } }).connection.credentials.password).toBe('pool');
    expect(resolve({ PASSWORD: 'p', CONNECTION_POOL_KWARGS: { password: '' } }).connection.credentials.password).toBe('p');
    for (const PASSWORD of ['', null]) expect(resolve({ PASSWORD }).connection.credentials.password).toBe('');
  });

  it('SOCKET_TIMEOUT replaces deadline, CONNECTION_POOL_KWARGS replace both, the URL all three', () => {
    const pool = { CONNECTION_POOL_KWARGS: { socket_timeout: 3, socket_connect_timeout: 0.1 } };
    expect(resolve({ deadline: 250 }).connection.callDeadlineMs).toBe(250);
    expect(resolve({ deadline: 250, SOCKET_TIMEOUT: 2 }).connection.callDeadlineMs).toBe(2000);
    expect(resolve({ SOCKET_TIMEOUT: 2, SOCKET_CONNECT_TIMEOUT: 5, ...pool }).connection).toMatchObject({
      callDeadlineMs: 3000,
      connectDeadlineMs: 100,
    });
    expect(resolve({ SOCKET_TIMEOUT: 2, ...pool }, 'redis://h?socket_timeout=4').connection.callDeadlineMs).toBe(4000);
    expect(resolve({ deadline: 250, SOCKET_TIMEOUT: 2 }).warnings).toEqual([expect.stringContaining('deadline has no effect')]);
  });

  it.each([[0], [null]])('a SOCKET_TIMEOUT of %p is ignored, as in django-redis', (SOCKET_TIMEOUT) => {
    expect(resolve({ SOCKET_TIMEOUT, SOCKET_CONNECT_TIMEOUT: SOCKET_TIMEOUT }).connection).toMatchObject({
      callDeadlineMs: 500,
      connectDeadlineMs: 400,
    });
  });

  it.each([['5'], ['5s'], [true], [false], [-1], [NaN], [Infinity], [1e9], [0.0001], [[]]])(
    'C-11: refuses a SOCKET_TIMEOUT of %p',
    (value) => {
      expect(
        pathsOf({ SOCKET_TIMEOUT: value, SOCKET_CONNECT_TIMEOUT: value, CONNECTION_POOL_KWARGS: { socket_timeout: value } }),
      ).toEqual(['SOCKET_TIMEOUT', 'SOCKET_CONNECT_TIMEOUT', 'CONNECTION_POOL_KWARGS.socket_timeout']);
    },
  );

  it.each([[2], [3], [4], [5], [-1], ['4']])('C-12: PICKLE_VERSION %p is a protocol', (PICKLE_VERSION) => {
    expect(pathsOf({ PICKLE_VERSION })).toEqual([]);
  });

  it.each([[6], [1], [-2], ['x'], [4.5], [true], [null]])('C-12: refuses PICKLE_VERSION %p', (PICKLE_VERSION) => {
    expect(pathsOf({ PICKLE_VERSION })).toEqual(['PICKLE_VERSION']);
  });

  it('C-13: two aliases of one LOCATION keep their own options', () => {
    const cache = (SOCKET_TIMEOUT: number, PASSWORD: string, KEY_PREFIX: string) => ({
      BACKEND: 'redis',
      LOCATION: 'redis://h',
      KEY_PREFIX,
      OPTIONS: { SOCKET_TIMEOUT, PASSWORD },
    });
    const { caches } = resolveSettings({ default: cache(1, 'a', 'x'), b: cache(9, 'b', 'y') });
    expect(caches.get('default')).toMatchObject({ connection: { callDeadlineMs: 1000, credentials: { password: 'a' } } });
    expect(caches.get('b')).toMatchObject({ connection: { callDeadlineMs: 9000, credentials: { password: 'b' } } });
  });

  it.each([
    [500, 500],
    ['500ms', 500],
    ['2s', 2000],
  ])('deadline %p is %p milliseconds', (deadline, ms) => {
    expect(resolve({ deadline }).connection.callDeadlineMs).toBe(ms);
  });

  it.each([[0], [-1], ['0s'], ['2'], [null], [NaN], [Infinity], [3e9], [true]])('refuses a deadline of %p', (deadline) => {
    expect(pathsOf({ deadline })).toEqual(['deadline']);
  });

  it('gate and clientName are bounded and checked', () => {
    expect(resolve({ gate: { queuedCommands: 5 }, clientName: 'shop' }).connection).toMatchObject({
      gate: { queuedCommands: 5, queuedBytes: 4_194_304, inFlightCommands: 10_000 },
      clientName: 'shop',
    });
    expect(pathsOf({ gate: { queuedCommands: 0, queuedBytes: 1.5, inflightCommands: 1 }, clientName: 'a b' })).toEqual([
      'gate.queuedCommands',
      'gate.queuedBytes',
      'gate.inflightCommands',
      'clientName',
    ]);
    expect(pathsOf({ gate: 5 })).toEqual(['gate']);
  });

  it('clientName wins over client_name', () => {
    expect(resolve({ clientName: 'a', CONNECTION_POOL_KWARGS: { client_name: 'b' } }).connection.clientName).toBe('a');
    expect(resolve({ CONNECTION_POOL_KWARGS: { client_name: 'b' } }).connection.clientName).toBe('b');
  });

  it.each([
    [undefined, 'when-ignoring', 2],
    [true, 'always', 2],
    [false, 'never', 2],
    [{}, 'when-ignoring', 2],
    [{ failures: 5 }, 'when-ignoring', 5],
    [{ failures: 1, failFast: true }, 'always', 1],
    [{ failFast: false }, 'never', 2],
  ])('circuitBreaker %j: fails fast %s, after %i failures', (circuitBreaker, failsFast, failures) => {
    const { config, connection } = resolve({ circuitBreaker });
    expect([config.failsFast, connection.breakerFailures]).toEqual([failsFast, failures]);
  });

  it('circuitBreaker: true and none share one connection: only the number of failures belongs to it', () => {
    expect(resolve({ circuitBreaker: true }).connection).toEqual(resolve({}).connection);
  });

  it.each([
    ['yes', ['circuitBreaker']],
    [null, ['circuitBreaker']],
    [2, ['circuitBreaker']],
    [
      { failures: 0, failfast: true, failFast: 1 },
      ['circuitBreaker.failFast', 'circuitBreaker.failures', 'circuitBreaker.failfast'],
    ],
  ])('refuses circuitBreaker %j', (circuitBreaker, paths) => {
    expect(pathsOf({ circuitBreaker })).toEqual(paths);
  });

  it('maxDecodedBytes is a whole number of bytes; none means 256 MiB', () => {
    expect(resolve({}).config.maxDecodedBytes).toBe(256 * 1024 * 1024);
    expect(resolve({ maxDecodedBytes: 1_000_000 }).config.maxDecodedBytes).toBe(1_000_000);
    for (const maxDecodedBytes of [0, -1, 1.5, '1MB', true, null])
      expect(pathsOf({ maxDecodedBytes })).toEqual(['maxDecodedBytes']);
  });

  it('maxValueBytes is a whole number of bytes; none means what Redis takes', () => {
    expect(resolve({}).config.maxValueBytes).toBe(512 * 1024 * 1024);
    expect(resolve({ maxValueBytes: 1_000_000 }).config.maxValueBytes).toBe(1_000_000);
    for (const maxValueBytes of [0, -1, 1.5, '1MB', true, null]) expect(pathsOf({ maxValueBytes })).toEqual(['maxValueBytes']);
  });

  it.each([
    ['zlib', '789c'],
    ['gzip', '1f8b'],
    ['lzma', 'fd37'],
    ['lz4', '0422'],
    ['zstd', '28b5'],
    ['django_redis.compressors.zlib.ZlibCompressor', '789c'],
    ['django_redis.compressors.gzip.GzipCompressor', '1f8b'],
    ['django_redis.compressors.lzma.LzmaCompressor', 'fd37'],
    ['django_redis.compressors.lz4.Lz4Compressor', '0422'],
    ['django_redis.compressors.zstd.ZStdCompressor', '28b5'],
    ['identity', '6161'],
    ['django_redis.compressors.identity.IdentityCompressor', '6161'],
    [undefined, '6161'],
  ])('COMPRESSOR %s compresses', (COMPRESSOR, magic) => {
    const { compressor } = resolve({ COMPRESSOR }).config;
    expect(compressor.compress(Buffer.alloc(200, 'a')).toString('hex', 0, 2)).toBe(magic);
  });

  it.each([
    ['lz4-napi', '04224d18'],
    ['lzma-native', 'fd377a58'],
    ['@foxglove/wasm-zstd', '28b52ffd'],
  ])('COMPRESSOR may be the module of %s, imported or required', async (name, magic) => {
    const imported = (await import(name)) as { default: { isLoaded?: Promise<void> } };
    await imported.default.isLoaded;
    const text = Buffer.from('text '.repeat(100));
    for (const COMPRESSOR of [imported, imported.default]) {
      const { compressor } = resolve({ COMPRESSOR }).config;
      const packed = compressor.compress(text);
      expect(packed.subarray(0, 4).toString('hex')).toBe(magic);
      expect(compressor.decompress(packed, 1000)).toEqual(text);
      expect(() => compressor.decompress(packed, 100)).toThrow(/100 bytes/);
    }
  });

  it("COMPRESSOR may be the user's own: an object, or a class of which one is made", () => {
    class Own {
      readonly compress = (bytes: Buffer) => bytes;
      decompress() {
        return undefined;
      }
    }
    class Mine {
      compress(bytes: Buffer) {
        return bytes;
      }
      decompress(bytes: Buffer) {
        return bytes;
      }
    }
    const own = new Own();
    expect(resolve({ COMPRESSOR: own }).config.compressor).toBe(own);
    expect(resolve({ COMPRESSOR: Mine }).config.compressor).toBeInstanceOf(Mine);
    for (const COMPRESSOR of [{ compress: (bytes: Buffer) => bytes }, 5, null, () => 1, 'brotli']) {
      expect(pathsOf({ COMPRESSOR })).toEqual(['COMPRESSOR']);
    }
    const Needy = class extends Mine {
      constructor({ level }: { level: number }) {
        super();
        this.level = level;
      }
      readonly level: number;
    };
    expect(() => resolve({ COMPRESSOR: Needy })).toThrow('a class whose constructor throws when nothing is passed to it');
    expect(() => resolve({ SERIALIZER: () => 1 })).toThrow('a function or class without dumps and loads');
    const Hostile = {
      get compress() {
        throw new Error('mine');
      },
    };
    expect(pathsOf({ COMPRESSOR: Hostile, SERIALIZER: 5 })).toEqual(['SERIALIZER', 'COMPRESSOR']);
    expect(() => resolve({ COMPRESSOR: 'django_redis.compressors.zstd.ZstdCompressor' })).toThrow(
      "Did you mean 'django_redis.compressors.zstd.ZStdCompressor'?",
    );
  });

  it('maxValueBytes bounds what a compressed value holds; without a compressor nothing does but the bytes stored', () => {
    expect(resolve({}).config).toMatchObject({ maxValueBytes: 512 * 1024 * 1024, maxPlainBytes: Infinity });
    expect(resolve({ maxValueBytes: 5 }).config).toMatchObject({ maxValueBytes: 5, maxPlainBytes: Infinity });
    expect(resolve({ COMPRESSOR: 'zlib' }).config).toMatchObject({ maxPlainBytes: 32 * 1024 * 1024 });
    expect(resolve({ COMPRESSOR: 'zlib', maxValueBytes: 5 }).config).toMatchObject({ maxValueBytes: 5, maxPlainBytes: 5 });
  });

  it('SERIALIZER may be msgpack, by both its names; a misspelt one is known', () => {
    for (const SERIALIZER of ['msgpack', 'django_redis.serializers.msgpack.MSGPackSerializer']) {
      expect(resolve({ SERIALIZER }).config.serializer.dumps('hello').toString('hex')).toBe('a568656c6c6f');
    }
    expect(() => resolve({ SERIALIZER: 'pikle' })).toThrow("Did you mean 'pickle'?");
    expect(() => resolve({ SERIALIZER: 'django_redis.serializers.json.JSONSerialiser' })).toThrow(
      "Did you mean 'django_redis.serializers.json.JSONSerializer'?",
    );
  });

  it('a serializer class whose constructor fails is a problem', () => {
    class Broken {
      constructor() {
        throw new Error('no');
      }
      dumps() {}
      loads() {}
    }
    expect(pathsOf({ SERIALIZER: Broken })).toEqual(['SERIALIZER']);
  });

  it('IGNORE_EXCEPTIONS of a cache wins over that of all caches', () => {
    const globals = { DJANGO_REDIS_IGNORE_EXCEPTIONS: true, DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS: true };
    expect(resolve({}).config).toMatchObject({ ignoreExceptions: false, logIgnoredExceptions: false });
    expect(resolve({}, 'redis://h', globals).config).toMatchObject({ ignoreExceptions: true, logIgnoredExceptions: true });
    expect(resolve({ IGNORE_EXCEPTIONS: false, LOG_IGNORED_EXCEPTIONS: false }, 'redis://h', globals).config).toMatchObject({
      ignoreExceptions: false,
      logIgnoredExceptions: false,
    });
    expect(pathsOf({ IGNORE_EXCEPTIONS: 'True' })).toEqual(['IGNORE_EXCEPTIONS']);
  });

  it.each([
    [{ PARSER_CLASS: 'redis.connection.HiredisParser' }],
    [{ REDIS_CLIENT_CLASS: 'redis.client.Redis' }],
    [{ REDIS_CLIENT_KWARGS: { db: 1 } }],
    [{ CONNECTION_POOL_CLASS: 'redis.BlockingConnectionPool' }],
    [{ CLOSE_CONNECTION: true }],
    [{ CONNECTION_POOL_KWARGS: { retry_on_timeout: true } }],
    [{ CONNECTION_POOL_KWARGS: { socket_keepalive: true } }],
    [{ CONNECTION_POOL_KWARGS: { health_check_interval: 30 } }],
    [{ CONNECTION_POOL_KWARGS: { min_other_sentinels: 1 } }],
  ])('accepts %p with one warning', (OPTIONS) => {
    expect(resolve(OPTIONS).warnings).toHaveLength(1);
  });

  it('refuses arguments that would change where or how safely it connects', () => {
    expect(
      pathsOf({
        CONNECTION_POOL_KWARGS: { connection_class: 'redis.SSLConnection', host: 'x', nosuch: 1, max_connection: 5, db: -1 },
      }).sort(),
    ).toEqual([
      'CONNECTION_POOL_KWARGS.connection_class',
      'CONNECTION_POOL_KWARGS.db',
      'CONNECTION_POOL_KWARGS.host',
      'CONNECTION_POOL_KWARGS.max_connection',
      'CONNECTION_POOL_KWARGS.nosuch',
    ]);
  });
});

describe('settings beside CACHES', () => {
  it('DJANGO_REDIS_SCAN_ITERSIZE is the COUNT of SCAN', () => {
    expect(resolve({}, 'redis://h', { DJANGO_REDIS_SCAN_ITERSIZE: 10 }).config.scanCount).toBe(10);
    expect(resolve({}, 'redis://h', { DJANGO_REDIS_SCAN_ITERSIZE: 1_000_000 }).config.scanCount).toBe(1_000_000);
    for (const wrong of [0, 1_000_001, Number.MAX_SAFE_INTEGER])
      expect(() => resolve({}, 'redis://h', { DJANGO_REDIS_SCAN_ITERSIZE: wrong })).toThrow(
        `DJANGO_REDIS_SCAN_ITERSIZE: expected a whole number from 1 to 1000000, got ${wrong} (number).`,
      );
  });

  it.each([['DJANGO_REDIS_LOGGER'], ['DJANGO_REDIS_CLOSE_CONNECTION']])('accepts %s with one warning', (name) => {
    expect(resolve({}, 'redis://h', { [name]: 'x' }).warnings).toEqual([expect.stringContaining(name)]);
  });

  it.each([['CACHE_MIDDLEWARE_SECOND'], ['SESSION_COKIE_AGE'], ['DEBUG']])('refuses %s', (name) => {
    expect(pathsOf({}, { [name]: 1 })).toEqual([name]);
  });

  it('refuses a connection factory that is none', () => {
    expect(pathsOf({}, { DJANGO_REDIS_CONNECTION_FACTORY: 'x.Factory' })).toEqual(['DJANGO_REDIS_CONNECTION_FACTORY']);
  });
});
