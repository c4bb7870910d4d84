import type { Serializer } from '../../ports/serializer.js';
import { Unwritable } from '../unserializable-value.js';
import { readPickle } from './read/pickle-reader.js';
import { PickleWriter } from './write/pickle-writer.js';
import { TextCache } from './scalars/text-cache.js';

/** What PICKLE_VERSION may be; -1 is Python's highest, 5. Protocols 0 and 1 are read, never written. */
export const PICKLE_VERSIONS: readonly number[] = Object.freeze([-1, 2, 3, 4, 5]);

const HIGHEST = 5;

/** What a pickle serializer may be told. */
export interface PickleSerializerOptions {
  /** One of PICKLE_VERSIONS; omitted: 4, as django-redis. */
  readonly pickleVersion?: number | undefined;
}

/**
 * Python's pickle: reads protocols 0 to 5 without executing anything, writes 2 to 5.
 * Throws a RangeError for another PICKLE_VERSION.
 */
export function createPickleSerializer({ pickleVersion = 4 }: PickleSerializerOptions = {}): Serializer {
  if (!PICKLE_VERSIONS.includes(pickleVersion)) {
    throw new RangeError(
      `PICKLE_VERSION: expected one of ${PICKLE_VERSIONS.join(', ')}, got ${pickleVersion}. Django's default is 4.`,
    );
  }
  const protocol = pickleVersion === -1 ? HIGHEST : pickleVersion;
  const texts = new TextCache();
  let idle: PickleWriter | undefined = new PickleWriter(protocol);
  return {
    dumps(value) {
      // A toJSON of the user's may come back here while a dump is under way.
      const writer = idle ?? new PickleWriter(protocol);
      idle = undefined;
      try {
        return writer.dump(value);
      } catch (error) {
        throw Unwritable.of(error).toCodecError('pickle');
      } finally {
        idle = writer;
      }
    },
    loads: (bytes, budget) => readPickle(bytes, texts, budget),
    writesWhole: true,
  };
}
