import { DEFAULTS } from '../shapes/defaults.js';
import { readBoolean, readInteger, readText } from '../read/read-values.js';
import { readCompressor } from '../options/resolve-compressor.js';
import { readPickleVersion, readSerializer } from '../options/resolve-serializer.js';
import { LOCMEM_OPTIONS_WITHOUT_EFFECT } from '../options/unsupported-options.js';
import type { LocmemCacheConfig } from '../shapes/resolved-settings.js';
import type { SettingReader } from '../read/setting-reader.js';
import type { Dialect } from './dialect.js';
import { herdDialect } from './herd.dialect.js';

/**
 * Django's locmem: LOCATION is the name of a store in this process; MAX_ENTRIES and CULL_FREQUENCY bound it.
 * What Django's has not are the OPTIONS of django-redis that have nothing to do with Redis, so that a cache
 * of a test can stand in for one on Redis: SERIALIZER, COMPRESSOR, maxValueBytes, maxDecodedBytes,
 * IGNORE_EXCEPTIONS, LOG_IGNORED_EXCEPTIONS, CLIENT_CLASS, tags.
 */
export const locmemDialect: Dialect = (input) => {
  const client = readClient(input.options);
  return client === 'herd' ? herdDialect(standIn)(input) : storeDialect(input, client === undefined);
};

const CLIENTS: ReadonlyMap<unknown, 'default' | 'herd'> = new Map([
  ['default', 'default'],
  ['django_redis.client.DefaultClient', 'default'],
  ['herd', 'herd'],
  ['django_redis.client.HerdClient', 'herd'],
]);

const standIn: Dialect = (input) => storeDialect(input, false);

/** `warnsOfKeys`: Django's locmem warns of keys, django-redis does not. */
function storeDialect({ cache, options, common }: Parameters<Dialect>[0], warnsOfKeys: boolean): LocmemCacheConfig | undefined {
  const maxValueBytes = readInteger(options, 'maxValueBytes', { min: 1 });
  options.warnOf(LOCMEM_OPTIONS_WITHOUT_EFFECT);
  const compression = readCompressor(options, maxValueBytes ?? DEFAULTS.maxPlainBytes);
  const serializer = readSerializer(options, 'SERIALIZER', readPickleVersion(options));
  const kept = {
    location: readText(cache, 'LOCATION', 'Write a name for the store.') ?? DEFAULTS.locmemLocation,
    maxEntries: readBound(cache, options, 'MAX_ENTRIES', 1) ?? DEFAULTS.maxEntries,
    cullFrequency: readBound(cache, options, 'CULL_FREQUENCY', 0) ?? DEFAULTS.cullFrequency,
    maxValueBytes: maxValueBytes ?? DEFAULTS.maxValueBytes,
    maxDecodedBytes: readInteger(options, 'maxDecodedBytes', { min: 1 }) ?? DEFAULTS.maxDecodedBytes,
    ignoreExceptions: readBoolean(options, 'IGNORE_EXCEPTIONS') ?? DEFAULTS.ignoreExceptions,
    tags: readBoolean(options, 'tags') ?? DEFAULTS.tags,
    logIgnoredExceptions: readBoolean(options, 'LOG_IGNORED_EXCEPTIONS') ?? DEFAULTS.logIgnoredExceptions,
  };
  return serializer ? { ...common, ...compression, ...kept, warnsOfKeys, backend: 'locmem', serializer } : undefined;
}

/** Undefined stands for Django's own locmem. */
function readClient(options: SettingReader): 'default' | 'herd' | undefined {
  const value = options.take('CLIENT_CLASS');
  const client = CLIENTS.get(value);
  if (value === undefined || client) return client;
  return options.reject('CLIENT_CLASS', {
    expected: 'DefaultClient or HerdClient of django_redis.client, on locmem',
    remedy: 'Leave it out: a locmem cache has no Redis to be a client of.',
  });
}

/**
 * The lower-case form wins over the upper-case one, and that over OPTIONS. All are checked; digits in quotes
 * are accepted, as by int().
 */
function readBound(cache: SettingReader, options: SettingReader, name: string, min: number): number | undefined {
  const lower = readInteger(cache, name.toLowerCase(), { min, text: true });
  const upper = readInteger(cache, name, { min, text: true });
  const option = readInteger(options, name, { min, text: true });
  return lower ?? upper ?? option;
}
