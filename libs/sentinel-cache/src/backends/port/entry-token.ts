import { hash } from 'node:crypto';

import type { EntryToken } from './backend.js';

/** The token of "there is no entry". */
export const ABSENT: EntryToken = 'absent';

/** Bytes as they were read. The token is made when it is asked for: most readers never do. */
export class ReadEntry {
  constructor(readonly bytes: Buffer | null) {}

  get token(): EntryToken {
    return tokenOf(this.bytes);
  }
}

/** The token of an entry: the hash that Redis' own `redis.sha1hex` gives of its bytes. Equal bytes are the same entry. */
export function tokenOf(bytes: Buffer | null): EntryToken {
  return bytes ? hash('sha1', bytes, 'hex') : ABSENT;
}
