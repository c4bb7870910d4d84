import { readFileSync, statSync } from 'node:fs';

/** No certificate bundle is larger; a device or a log file would be. */
const LARGEST_BYTES = 4 * 1024 * 1024;

/**
 * The text of a certificate or key file: the only file access of the settings, at boot.
 * Gives the reason instead when it can't be read; never throws.
 */
export function readTlsFile(path: string): { readonly text: string } | { readonly reason: string } {
  try {
    const stats = statSync(path);
    if (!stats.isFile()) return { reason: 'something that is no file' };
    if (stats.size > LARGEST_BYTES) return { reason: 'a file that is too large' };
    return { text: readFileSync(path, 'utf8') };
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    return { reason: `a file that can not be read (${typeof code === 'string' ? code : 'unknown error'})` };
  }
}
