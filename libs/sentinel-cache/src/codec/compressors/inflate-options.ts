const SMALLEST_CHUNK = 256;
const LARGEST_CHUNK = 1024 * 1024;
/** What texts are usually compressed to a quarter of. */
const USUAL_RATIO = 4;

/**
 * Options for node:zlib. It works in chunks: Node's own 16 KiB are too many for small values, of which a busy process reads thousands before
 * the garbage is collected, and too few for large ones.
 */
export function inflateOptions(
  bytes: Buffer,
  maxBytes: number,
): { readonly maxOutputLength: number; readonly chunkSize: number } {
  const chunkSize = Math.min(Math.max(bytes.length * USUAL_RATIO, SMALLEST_CHUNK), LARGEST_CHUNK);
  return { maxOutputLength: maxBytes, chunkSize };
}
