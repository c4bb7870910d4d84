import type { Serializer } from '../../ports/serializer.js';
import { Unwritable } from '../unserializable-value.js';
import { readJson } from './json-reader.js';
import { writeJson, type QuotedKeys } from './json-writer.js';

/**
 * Creates django-redis' JSONSerializer: the same bytes that Python's json module and DjangoJSONEncoder write.
 */
export function createJsonSerializer(): Serializer {
  const keys: QuotedKeys = new Map();
  return {
    dumps(value) {
      try {
        // Pure ASCII, all else is escaped.
        return Buffer.from(writeJson(value, keys), 'latin1');
      } catch (error) {
        throw Unwritable.of(error).toCodecError('JSON');
      }
    },
    loads: (bytes, budget) => readJson(bytes, budget),
    writesWhole: true,
  };
}
