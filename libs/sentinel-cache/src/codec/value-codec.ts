import { CodecError } from '../errors/codec.error.js';
import { decodeRawInteger, encodeRawInteger } from './raw-integer.js';
import type { Serializer } from './serializer.js';

/** Where a value lives; only for error messages. */
export interface ValuePlace {
  readonly alias?: string | undefined;
  /** The stored key. */
  readonly key?: string | undefined;
}

/** Values to stored bytes and back; the only owner of their layout. */
export interface ValueCodec {
  /** What to store: text of a raw integer, or bytes. Throws a CodecError that names place and path, never the value. */
  encode(value: unknown, where?: ValuePlace): Buffer | string;
  /** The value of stored bytes. Throws a CodecError. */
  decode(bytes: Buffer, where?: ValuePlace): unknown;
}

/**
 * Integers raw (W-1 ... W-5), everything else through the serializer. Compressors wrap the serializer: integers bypass them too.
 * `maxBytes`: a value of more stored bytes is a CodecError (fault 37).
 */
export function createValueCodec(serializer: Serializer, maxBytes = Infinity): ValueCodec {
  return {
    encode(value, where) {
      let bytes: Buffer | string;
      try {
        bytes = encodeRawInteger(value) ?? serializer.dumps(value);
      } catch (error) {
        throw locate(error, where, "value can't be written");
      }
      const size = Buffer.byteLength(bytes);
      if (size > maxBytes) throw locate(tooLarge(size, maxBytes), where, '');
      return bytes;
    },
    decode(bytes, where) {
      const integer = decodeRawInteger(bytes);
      if (integer !== undefined) return integer;
      try {
        return serializer.loads(bytes);
      } catch (error) {
        throw locate(error, where, "the stored bytes can't be read");
      }
    },
  };
}

function tooLarge(size: number, maxBytes: number): CodecError {
  return new CodecError(
    `the value takes ${size} bytes, more than OPTIONS.maxValueBytes allows (${maxBytes}); nothing was sent. ` +
      'Store less under one key, or raise maxValueBytes (Redis itself takes 512 MiB).',
  );
}

function locate(error: unknown, { alias, key }: ValuePlace = {}, fallback: string): CodecError {
  const known = error instanceof CodecError;
  const place = [alias === undefined ? '' : `cache ${alias}`, key === undefined ? '' : `key ${key}`]
    .filter((part) => part !== '')
    .join(', ');
  const message = known ? error.message : `${fallback} by its serializer.`;
  return new CodecError(place === '' ? message : `${place}: ${message}`, { alias, key, cause: known ? error.cause : error });
}
