import { findSerializer, SERIALIZER_NAMES } from '../../codec/codec-registry.js';
import { PICKLE_VERSIONS } from '../../codec/serializers/pickle/pickle.serializer.js';
import type { Serializer } from '../../codec/ports/serializer.js';
import { DEFAULTS } from '../shapes/defaults.js';
import { describeValue } from '../read/describe-value.js';
import { describeOwn, instanceWith } from './custom-instance.js';
import { readInteger } from '../read/read-values.js';
import type { SettingReader } from '../read/setting-reader.js';

const METHODS: readonly (keyof Serializer)[] = ['dumps', 'loads'];
const EXPECTED = "'pickle', 'json', 'msgpack', Django's dotted path of one, or an object or class with dumps and loads";
const REMEDY = "Write 'pickle', 'json' or 'msgpack'.";

/** Reads PICKLE_VERSION. Digits in quotes are accepted; -1 is the highest. */
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

/** Reads SERIALIZER; undefined when it is a problem. `name`: Django core writes it in lower case. */
export function readSerializer(options: SettingReader, name: string, pickleVersion: number): Serializer | undefined {
  const value = options.take(name);
  if (value === undefined) return findSerializer(DEFAULTS.serializer, { pickleVersion });
  if (typeof value === 'string') return namedSerializer(options, name, { text: value, pickleVersion });
  const instance = instanceWith<Serializer>(value, METHODS);
  if (instance) return instance;
  return options.reject(name, { expected: EXPECTED, got: describeOwn(value, METHODS) ?? describeValue(value), remedy: REMEDY });
}

function namedSerializer(options: SettingReader, name: string, { text, pickleVersion }: { text: string; pickleVersion: number }) {
  const found = findSerializer(text, { pickleVersion });
  if (found) return found;
  return options.rejectWord(name, SERIALIZER_NAMES, { expected: EXPECTED, remedy: REMEDY });
}
