import type { Serializer } from './ports/serializer.js';
import { createJsonSerializer } from './serializers/json/json.serializer.js';
import { createMsgpackSerializer } from './serializers/msgpack/msgpack.serializer.js';
import { createPickleSerializer } from './serializers/pickle/pickle.serializer.js';

/** What a serializer may be told by OPTIONS. */
export interface SerializerOptions {
  /** OPTIONS.PICKLE_VERSION: one of PICKLE_VERSIONS. */
  readonly pickleVersion?: number | undefined;
}

const DJANGO_REDIS_PICKLE = 4;
const DJANGO_CORE_PICKLE = 5;

const FACTORIES: ReadonlyMap<string, (options: SerializerOptions) => Serializer> = new Map([
  ['pickle', pickle(DJANGO_REDIS_PICKLE)],
  ['json', () => createJsonSerializer()],
  ['msgpack', () => createMsgpackSerializer()],
  ['django_redis.serializers.pickle.PickleSerializer', pickle(DJANGO_REDIS_PICKLE)],
  ['django_redis.serializers.json.JSONSerializer', () => createJsonSerializer()],
  ['django_redis.serializers.msgpack.MSGPackSerializer', () => createMsgpackSerializer()],
  ['django.core.cache.backends.redis.RedisSerializer', pickle(DJANGO_CORE_PICKLE)],
]);

/** Every name that SERIALIZER may have, short or Django's dotted path. */
export const SERIALIZER_NAMES: readonly string[] = Object.freeze([...FACTORIES.keys()]);

/**
 * Finds a serializer by its short name or Django's dotted path; `undefined` for a name that is not in
 * SERIALIZER_NAMES. Throws a RangeError for a `pickleVersion` that is not in PICKLE_VERSIONS.
 */
export function findSerializer(name: string, options: SerializerOptions = {}): Serializer | undefined {
  return FACTORIES.get(name)?.(options);
}

function pickle(usual: number): (options: SerializerOptions) => Serializer {
  return ({ pickleVersion = usual }) => createPickleSerializer({ pickleVersion });
}
