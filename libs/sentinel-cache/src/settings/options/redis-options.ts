import { mergeArguments, readDataArguments, type ConnectionArguments } from './connection-arguments.js';
import type { GlobalSettings } from './global-settings.js';
import { readOwnOptions, type OwnOptions } from './extra-options.js';
import { readBoolean, readSeconds, readSecret } from '../read/read-values.js';
import { readCompressor } from './resolve-compressor.js';
import { readPickleVersion, readSerializer } from './resolve-serializer.js';
import type { CommonCacheConfig, RedisCacheConfig } from '../shapes/resolved-settings.js';
import type { SettingReader } from '../read/setting-reader.js';
import { CLIENT_KWARGS_WITHOUT_EFFECT, ENTRIES_WITHOUT_EFFECT, OPTIONS_WITHOUT_EFFECT } from './unsupported-options.js';

/** What the OPTIONS of django-redis say, however LOCATION is written. */
export interface RedisOptions {
  /** Undefined when it is a problem. */
  readonly serializer: RedisCacheConfig['serializer'] | undefined;
  /** PASSWORD, SOCKET_TIMEOUT and SOCKET_CONNECT_TIMEOUT, and CONNECTION_POOL_KWARGS, which win over them. */
  readonly given: ConnectionArguments;
  readonly own: OwnOptions;
  readonly policy: Omit<
    RedisCacheConfig,
    Exclude<keyof CommonCacheConfig, 'compressor' | 'maxPlainBytes' | 'tags'> | 'backend' | 'connection'
  >;
}

/**
 * Reads the OPTIONS that django-redis, django-sentinel and redux share, without CLIENT_CLASS and factories.
 * `readsClientKwargs`: REDIS_CLIENT_KWARGS reach the connection (redux only).
 */
export function readRedisOptions(
  options: SettingReader,
  globals: GlobalSettings,
  { readsClientKwargs = false } = {},
): RedisOptions {
  checkReplicaReadOnly(options);
  options.warnOf(OPTIONS_WITHOUT_EFFECT);
  const basic: ConnectionArguments = {
    password: readSecret(options, 'PASSWORD'),
    socketTimeoutMs: readSeconds(options, 'SOCKET_TIMEOUT'),
    socketConnectTimeoutMs: readSeconds(options, 'SOCKET_CONNECT_TIMEOUT'),
  };
  const pool = options.sub('CONNECTION_POOL_KWARGS');
  const fromPool = readDataArguments(pool);
  pool.rejectUnknown();
  const fromClient = readsClientKwargs ? readClientKwargs(options) : {};
  if (!readsClientKwargs) options.warnOf(CLIENT_KWARGS_WITHOUT_EFFECT);
  const own = readOwnOptions(options);
  return {
    serializer: readSerializer(options, 'SERIALIZER', readPickleVersion(options)),
    given: mergeArguments(basic, fromPool, fromClient),
    own,
    policy: {
      ...own.cache,
      ...readCompressor(options, own.maxPlainBytes),
      scanCount: globals.scanCount,
      ignoreExceptions: readBoolean(options, 'IGNORE_EXCEPTIONS') ?? globals.ignoreExceptions,
      logIgnoredExceptions: readBoolean(options, 'LOG_IGNORED_EXCEPTIONS') ?? globals.logIgnoredExceptions,
    },
  };
}

function readClientKwargs(options: SettingReader): ConnectionArguments {
  const client = options.sub('REDIS_CLIENT_KWARGS');
  const given = readDataArguments(client);
  client.rejectUnknown();
  return given;
}

/**
 * Warns of MAX_ENTRIES and CULL_FREQUENCY, which each backend of Django reads and which bound nothing on
 * Redis.
 */
export function warnOfEntries(cache: SettingReader, options: SettingReader): void {
  cache.warnOf(ENTRIES_WITHOUT_EFFECT);
  const { MAX_ENTRIES, CULL_FREQUENCY } = ENTRIES_WITHOUT_EFFECT;
  options.warnOf({ MAX_ENTRIES, CULL_FREQUENCY });
}

/** false sends a failed write to a replica, and stores a wrong lifetime on the way. */
function checkReplicaReadOnly(options: SettingReader): void {
  if (readBoolean(options, 'REPLICA_READ_ONLY') !== false) return;
  options.reject('REPLICA_READ_ONLY', {
    expected: 'true',
    remedy:
      'Leave it out: false would write to a replica when the primary fails, which loses the write (and in Django its lifetime).',
  });
}
