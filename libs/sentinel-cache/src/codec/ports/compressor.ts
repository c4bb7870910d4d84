/**
 * Makes serialised bytes smaller and back; raw integers never reach it.
 * A user's own COMPRESSOR implements this.
 */
export interface Compressor {
  /** The bytes to store: compressed, or as they are where that is not worth it. */
  compress(bytes: Buffer): Buffer;
  /**
   * What was compressed; `undefined` for bytes that are not in this format: they are read as they are. Throws
   * when they are damaged, or hold more than `maxBytes` (compare as early as you can: the bytes are hostile
   * until proven otherwise).
   */
  decompress(bytes: Buffer, maxBytes: number): Buffer | undefined;
}
