import { KIND, knowByKind } from './kind.js';

/** A Python `bytearray`: a Uint8Array that is written back as one. Python's `bytes` are a Buffer. */
export class ByteArray extends Uint8Array {
  static {
    knowByKind(this, 'bytearray');
  }

  get [KIND](): 'bytearray' {
    return 'bytearray';
  }
}
