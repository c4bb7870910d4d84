import { KIND } from './kind.js';

/** A Python `bytearray`: a Uint8Array that is written back as one. Python's `bytes` are a Buffer. */
export class ByteArray extends Uint8Array {
  get [KIND](): 'bytearray' {
    return 'bytearray';
  }
}
