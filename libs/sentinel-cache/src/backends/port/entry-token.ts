import { hash } from 'node:crypto';

import type { EntryToken } from './backend.js';

/** The token that stands for no entry. */
export const ABSENT: EntryToken = 'absent';

/** Bytes as they were read. The token is computed when it is first needed: most readers never need it. */
export class ReadEntry {
  constructor(readonly bytes: Buffer | null) {}

  get token(): EntryToken {
    return tokenOf(this.bytes);
  }
}

/**
 * Returns the token of an entry: SHA-1 of its bytes, as `redis.sha1hex` computes it. Equal bytes are the same
 * entry.
 */
export function tokenOf(bytes: Buffer | null): EntryToken {
  return bytes ? hash('sha1', bytes, 'hex') : ABSENT;
}
