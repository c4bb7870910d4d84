import { createHash } from 'node:crypto';

import type { EntryToken } from './backend.js';

/** The token of "there is no entry". */
export const ABSENT: EntryToken = 'absent';

/** The token of an entry: the hash that Redis' own `redis.sha1hex` gives of its bytes. Equal bytes are the same entry. */
export function tokenOf(bytes: Buffer | null): EntryToken {
  return bytes ? createHash('sha1').update(bytes).digest('hex') : ABSENT;
}
