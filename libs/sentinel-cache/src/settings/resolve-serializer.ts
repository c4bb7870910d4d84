import { findSerializer, SERIALIZER_NAMES, UNBUILT_SERIALIZER_NAMES } from '../codec/codec-registry.js';
import { PICKLE_VERSIONS } from '../codec/serializers/pickle/pickle.serializer.js';
import type { Serializer } from '../codec/serializer.js';
import { DEFAULTS } from './defaults.js';
import { describeDottedPath } from './describe-value.js';
import { nearestName } from './nearest-name.js';
import { readInteger } from './read-values.js';
import type { SettingReader } from './setting-reader.js';

const IDENTITY = ['identity', 'django_redis.compressors.identity.IdentityCompressor'];
const COMPRESSOR_NOT_BUILT = /^(?:django_redis\.compressors\.)?(zlib|gzip|lzma|lz4|zstd)(?:\.\w+)?$/;
const SERIALIZERS_EXPECTED = "'pickle', 'json', Django's dotted path of one, or an object or class with dumps and loads";

/** Reads PICKLE_VERSION (C-12): digits in quotes will do; -1 is the highest. */
export function readPickleVersion(options: SettingReader): number {
  const name = 'PICKLE_VERSION';
  const version = readInteger(options, name, {
    min: Math.min(...PICKLE_VERSIONS),
    max: Math.max(...PICKLE_VERSIONS),
    text: true,
  });
  if (version === undefined || PICKLE_VERSIONS.includes(version)) return version ?? DEFAULTS.pickleVersion;
  options.reject(name, { expected: `one of ${PICKLE_VERSIONS.join(', ')}`, remedy: 'Write 4: every Python since 3.4 reads it.' });
  return DEFAULTS.pickleVersion;
}

/** Reads SERIALIZER (`name`: Django core spells it in lower case); undefined when it is a problem. */
export function readSerializer(options: SettingReader, name: string, pickleVersion: number): Serializer | undefined {
  const value = options.take(name);
  if (value === undefined) return findSerializer(DEFAULTS.serializer, { pickleVersion });
  if (typeof value === 'string') return namedSerializer(options, name, { text: value, pickleVersion });
  const instance = serializerOf(value);
  if (instance) return instance;
  return options.reject(name, { expected: SERIALIZERS_EXPECTED, remedy: "Write 'pickle' or 'json'." });
}

function namedSerializer(options: SettingReader, name: string, { text, pickleVersion }: { text: string; pickleVersion: number }) {
  const found = findSerializer(text, { pickleVersion });
  if (found) return found;
  const got = describeDottedPath(text);
  if (UNBUILT_SERIALIZER_NAMES.includes(text)) {
    return options.reject(name, {
      expected: SERIALIZERS_EXPECTED,
      got: `'${text}', which is not built yet`,
      remedy: "Write 'pickle' or 'json'.",
    });
  }
  const meant = nearestName(text, SERIALIZER_NAMES);
  const remedy = meant === undefined ? "Write 'pickle' or 'json', or pass your own." : `Did you mean '${meant}'?`;
  return options.reject(name, { expected: SERIALIZERS_EXPECTED, got, remedy });
}

/** The user's own serializer: an object with dumps and loads, or a class of which one is made here. */
function serializerOf(value: unknown): Serializer | undefined {
  if (isSerializer(value)) return value;
  if (typeof value !== 'function' || !isSerializer(value.prototype)) return undefined;
  try {
    return new (value as new () => Serializer)();
  } catch {
    return undefined;
  }
}

function isSerializer(value: unknown): value is Serializer {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const { dumps, loads } = value as Partial<Record<'dumps' | 'loads', unknown>>;
  return typeof dumps === 'function' && typeof loads === 'function';
}

/** COMPRESSOR: only the one that does nothing is built; the others are refused by name. */
export function checkCompressor(options: SettingReader): void {
  const value = options.take('COMPRESSOR');
  if (value === undefined || (typeof value === 'string' && IDENTITY.includes(value))) return;
  const known = typeof value === 'string' ? COMPRESSOR_NOT_BUILT.exec(value) : null;
  options.reject('COMPRESSOR', {
    expected: `'${IDENTITY[0]}' or '${IDENTITY[1]}'`,
    got: known ? `${known[1]}, which is not built yet` : describeDottedPath(value),
    remedy: 'Leave COMPRESSOR out, here and in Django, until a later version builds it.',
  });
}
