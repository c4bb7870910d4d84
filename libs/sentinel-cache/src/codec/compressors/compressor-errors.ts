import { CodecError } from '../../errors/codec.error.js';

/** Makes the error for bytes that are in the format by their first bytes, and can't be read. */
export function damaged(format: string, reason: string, cause?: unknown): CodecError {
  return new CodecError(`${format}: the bytes can't be decompressed: ${reason}.`, { cause });
}

/** Makes the error for bytes that hold more than is allowed: a mistake, or a zip bomb. */
export function holdsTooMuch(format: string, maxBytes: number): CodecError {
  return damaged(format, `they hold more than ${maxBytes} bytes, which is what OPTIONS.maxValueBytes and maxDecodedBytes allow`);
}
