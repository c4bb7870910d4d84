import { constants } from 'node:buffer';
import { types } from 'node:util';
import { CodecError } from '../errors/codec.error.js';
import { printableKey } from '../errors/printable.js';
import type { Compressor } from './ports/compressor.js';
import { DecodeBudget } from './budget/decode-budget.js';
import { setOf } from './budget/hash-chains.js';
import { holdsTooMuch } from './compressors/compressor-errors.js';
import { IDENTITY } from './compressors/identity.compressor.js';
import { takesMoreThan } from './least-bytes.js';
import { decodeRawInteger, encodeRawInteger } from './raw-integer.js';
import type { Serializer } from './ports/serializer.js';
import { utf8Bytes } from './serializers/utf8-text.js';

/** Decompressed bytes come in pieces, and are put together. */
const PLAIN_COPIES = 2;

/** Text of this many characters or more is sent as bytes. */
const LONG_TEXT = 4096;

/** The most bytes of a UTF-16 unit in UTF-8. */
const MOST_PER_CHARACTER = 3;

/** Where a value lives; only for error messages. */
export interface ValuePlace {
  readonly alias?: string | undefined;
  /** The stored key. */
  readonly key?: string | undefined;
}

/** Values to stored bytes and back; the only owner of their layout. */
export interface ValueCodec {
  /**
   * Returns what to store: text of a raw integer, or bytes. Throws a CodecError that names place and path,
   * never the value.
   */
  encode(value: unknown, where?: ValuePlace): Buffer | string;
  /**
   * The same for the value of an entry. The bytes may be others than Python's where an equal value is read
   * from them; what is found by its bytes, like the member of a set, needs those of `encode`. Short text may
   * be any UTF-8.
   */
  encodeEntry(value: unknown, where?: ValuePlace): Buffer | string;
  /**
   * Reads the value of stored bytes. `budget`: of the reply that they came in, from `newBudget`; omitted:
   * they came alone. Throws a CodecError.
   */
  decode(bytes: Buffer, where?: ValuePlace, budget?: DecodeBudget): unknown;
  /**
   * Makes a set of values that have been read. Throws a CodecError for numbers chosen to meet in one place of
   * its table.
   */
  setOf(values: readonly unknown[], where: ValuePlace, budget: DecodeBudget): Set<unknown>;
  /** What reading all values of one reply may take. */
  newBudget(): DecodeBudget;
  /** Whether the value is certain to take more stored bytes; false where only writing it could tell. */
  takesMoreThan(value: unknown, bytes: number): boolean;
}

/** What a codec may be told beside its serializer. */
export interface ValueCodecOptions {
  /** Omitted: values are stored as the serializer writes them. */
  readonly compressor?: Compressor;
  /**
   * A value of more serialised bytes is neither compressed nor decompressed: what is written can be read, and
   * a zip bomb can't.
   */
  readonly maxPlainBytes?: number;
  /** A value of more stored bytes is a CodecError. */
  readonly maxBytes?: number;
  /** What decoding may take in memory; omitted: DEFAULT_MAX_DECODED_BYTES. */
  readonly maxDecodedBytes?: number;
}

/** Integers raw, everything else through the serializer and then the compressor. */
export function createValueCodec(
  serializer: Serializer,
  { compressor = IDENTITY, maxPlainBytes = Infinity, maxBytes = Infinity, maxDecodedBytes }: ValueCodecOptions = {},
): ValueCodec {
  const isTold = serializer.writesWhole === true && compressor === IDENTITY;
  const encodeBy =
    (dump: (value: unknown) => Buffer | string) =>
    (value: unknown, where?: ValuePlace): Buffer | string => {
      try {
        const plain = encodeRawInteger(value) ?? dump(value);
        const bytes = typeof plain === 'string' ? plain : pack(plain, compressor, maxPlainBytes);
        if (bytes.length > maxBytes / MOST_PER_CHARACTER) checkSize(bytes, maxBytes);
        return bytes;
      } catch (error) {
        throw locate(error, where, "value can't be written");
      }
    };
  const encode = encodeBy((value) => asBuffer(serializer.dumps(value), 'SERIALIZER.dumps'));
  const longText = compressor === IDENTITY ? Math.min(LONG_TEXT, maxPlainBytes / MOST_PER_CHARACTER) : 0;
  const encodeEntry = encodeBy((value) => textOrBytes(serializer.dumpsEntry!(value), longText));
  return {
    takesMoreThan: (value, bytes) => isTold && takesMoreThan(value, bytes),
    encode,
    encodeEntry: serializer.dumpsEntry ? encodeEntry : encode,
    newBudget: () => new DecodeBudget(maxDecodedBytes),
    setOf(values, where, budget) {
      try {
        return setOf(values, budget);
      } catch (error) {
        throw locate(new CodecError(`${(error as Error).message}.`), where, '');
      }
    },
    decode(bytes, where, budget = new DecodeBudget(maxDecodedBytes)) {
      const integer = decodeRawInteger(bytes);
      if (integer !== undefined) return integer;
      try {
        budget.nextValue();
        return atOnce(serializer.loads(unpack(bytes, compressor, maxPlainBytes, budget), budget));
      } catch (error) {
        throw locate(error, where, "the stored bytes can't be read");
      }
    },
  };
}

/** Text that is short is sent as it is. */
function textOrBytes(plain: Buffer | string, longText: number): Buffer | string {
  if (typeof plain !== 'string') return asBuffer(plain, 'SERIALIZER.dumpsEntry');
  return plain.length < longText ? plain : utf8Bytes(plain);
}

function checkSize(bytes: Buffer | string, maxBytes: number): void {
  const size = Buffer.byteLength(bytes);
  if (size > maxBytes) throw tooLarge(size, maxBytes);
}

function pack(plain: Buffer, compressor: Compressor, maxPlainBytes: number): Buffer {
  if (plain.length > maxPlainBytes) throw tooLarge(plain.length, maxPlainBytes);
  return asBuffer(compressor.compress(plain), 'COMPRESSOR.compress');
}

function unpack(bytes: Buffer, compressor: Compressor, maxBytes: number, budget: DecodeBudget): Buffer {
  if (compressor === IDENTITY) return bytes;
  const maxPlainBytes = Math.min(maxBytes, Math.floor(budget.left / PLAIN_COPIES));
  const plain = compressor.decompress(bytes, Math.min(maxPlainBytes, constants.MAX_LENGTH));
  // What was never compressed is as large as it is.
  if (plain === undefined || plain === bytes) return bytes;
  asBuffer(plain, 'COMPRESSOR.decompress');
  // The user's own compressor may not look at the bound.
  if (plain.length > maxPlainBytes) throw holdsTooMuch('COMPRESSOR', maxPlainBytes);
  budget.reserve(plain.length * PLAIN_COPIES);
  return plain;
}

/**
 * The user's own serializer or compressor may give anything; text or an array would be stored as something
 * else.
 */
function asBuffer(value: unknown, method: string): Buffer {
  if (Buffer.isBuffer(value)) return value;
  forget(value);
  throw new CodecError(`${method}: expected a Buffer, got something else. Return the bytes, and no Promise of them.`);
}

/** The user's own serializer may be asynchronous by mistake. */
function atOnce(value: unknown): unknown {
  // Asked first, as it takes a tenth of the time.
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) === Object.prototype) return value;
  if (!types.isPromise(value)) return value;
  forget(value);
  throw new CodecError('SERIALIZER.loads: expected the value itself, got a Promise. Return the value itself.');
}

/** Nobody waits for it: its failure must not end the process. */
function forget(value: unknown): void {
  if (types.isPromise(value)) value.catch(() => undefined);
}

function tooLarge(size: number, maxBytes: number): CodecError {
  return new CodecError(
    `the value takes ${size} bytes, more than OPTIONS.maxValueBytes allows (${maxBytes}); nothing was sent. ` +
      'Store less under one key, or raise maxValueBytes (Redis itself takes 512 MiB).',
  );
}

function locate(error: unknown, { alias, key }: ValuePlace = {}, fallback: string): CodecError {
  const known = error instanceof CodecError;
  const place = [alias === undefined ? '' : `cache ${alias}`, key === undefined ? '' : `key ${printableKey(key)}`]
    .filter((part) => part !== '')
    .join(', ');
  const message = known ? error.message : `${fallback} by its serializer or compressor.`;
  return new CodecError(place === '' ? message : `${place}: ${message}`, { alias, key, cause: known ? error.cause : error });
}
