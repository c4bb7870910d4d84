import type { Compressor } from '../ports/compressor.js';

/** django-redis' IdentityCompressor: it does nothing. */
export const IDENTITY: Compressor = Object.freeze<Compressor>({ compress: (bytes) => bytes, decompress: (bytes) => bytes });
