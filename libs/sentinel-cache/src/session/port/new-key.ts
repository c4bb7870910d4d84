import { SessionUnavailableError } from '../../errors/session-unavailable.error.js';
import { orUnavailable } from './or-unavailable.js';
import type { SessionData, SessionEngine, StoredSession } from './session-engine.js';
import { createSessionKey } from './session-key.js';

/**
 * One of 36^32 random keys is practically never taken: needing more attempts means a broken store (Django
 * tries 10 000 times).
 */
const CREATE_ATTEMPTS = 8;

/** Fields under a new key. */
export interface NewKey {
  readonly key: string;
  /** Whether the fields had already expired: then nothing is in the store. */
  readonly isReserved: boolean;
  /** The session as the store gives it back. */
  readonly stored: StoredSession | undefined;
}

/**
 * Stores the fields under a new key. Fields that have already expired only get a key, for a cookie that ends
 * at once as well. Rejects with SessionUnavailableError when no key is free or the session can't be read
 * back, and with what the engine rejects with.
 */
export async function createUnderNewKey(engine: SessionEngine, data: SessionData, ageSeconds: number): Promise<NewKey> {
  if (ageSeconds <= 0) return { key: createSessionKey(), isReserved: true, stored: undefined };
  for (let attempt = 0; attempt < CREATE_ATTEMPTS; attempt += 1) {
    const key = createSessionKey();
    if (await engine.create(key, data, ageSeconds))
      return { key, isReserved: false, stored: await orUnavailable(engine.load(key)) };
  }
  throw new SessionUnavailableError({ cause: new Error('No session key was free.') });
}

/**
 * Ends a session that was copied to a new key. Resolves to false when it had already been ended; then, and
 * when it could not be found out, the copy is ended too. Rejects with what the engine rejects with.
 */
export async function endOriginal(engine: SessionEngine, original: string, copy: NewKey): Promise<boolean> {
  let wasThere = false;
  try {
    wasThere = await engine.delete(original);
  } catch (error) {
    // What fails now would only hide the first error.
    if (!copy.isReserved) await engine.delete(copy.key).catch(() => undefined);
    throw error;
  }
  if (!wasThere && !copy.isReserved) await engine.delete(copy.key);
  return wasThere;
}
