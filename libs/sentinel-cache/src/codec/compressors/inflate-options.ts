const SMALLEST_CHUNK = 256;
/**
 * What a damaged entry keeps until the next turn of the event loop, when Node lets go of its stream: getMany
 * may read many of them in one.
 */
const LARGEST_CHUNK = 64 * 1024;
/** What texts are usually compressed to a quarter of. */
const USUAL_RATIO = 4;

/**
 * Returns options for node:zlib. It works in chunks: Node's own 16 KiB are too many for small values, of
 * which a busy process reads thousands before the garbage is collected, and too few for large ones.
 */
export function inflateOptions(
  bytes: Buffer,
  maxBytes: number,
): { readonly maxOutputLength: number; readonly chunkSize: number } {
  const chunkSize = Math.min(Math.max(bytes.length * USUAL_RATIO, SMALLEST_CHUNK), LARGEST_CHUNK);
  return { maxOutputLength: maxBytes, chunkSize };
}
