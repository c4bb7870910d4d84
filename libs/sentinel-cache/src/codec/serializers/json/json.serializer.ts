import type { Serializer } from '../../ports/serializer.js';
import { Unwritable } from '../unserializable-value.js';
import { isPlainJson } from './plain-json.js';
import { readJson } from './json-reader.js';
import { writeJson, type QuotedKeys } from './json-writer.js';

/**
 * Creates django-redis' JSONSerializer: the same bytes that Python's json module and DjangoJSONEncoder write.
 */
export function createJsonSerializer(): Serializer {
  const keys: QuotedKeys = new Map();
  const textOf = (value: unknown): string => {
    try {
      return writeJson(value, keys);
    } catch (error) {
      throw Unwritable.of(error).toCodecError('JSON');
    }
  };
  return {
    // Pure ASCII, all else is escaped.
    dumps: (value) => Buffer.from(textOf(value), 'latin1'),
    dumpsEntry: (value) => plainText(value) ?? textOf(value),
    loads: (bytes, budget) => readJson(bytes, budget),
    writesWhole: true,
  };
}

/**
 * Returns JSON.stringify's text; `undefined` where Python may read another value from it, or the value can't
 * be written.
 */
function plainText(value: unknown): string | undefined {
  try {
    return isPlainJson(value) ? JSON.stringify(value) : undefined;
  } catch {
    // The writer that comes next knows where.
    return undefined;
  }
}
