import { SessionUnavailableError } from '../../errors/session-unavailable.error.js';
import type { SessionData, SessionEngine, StoredSession } from './session-engine.js';
import { createSessionKey } from './session-key.js';

/** A random key of 36^32 is taken once in never; more tries than this mean a broken store (Django tries 10 000 times). */
const CREATE_ATTEMPTS = 8;

/** Fields under a new key. */
export interface NewKey {
  readonly key: string;
  /** They were over already: nothing is in the store. */
  readonly isReserved: boolean;
  readonly stored: StoredSession | undefined;
}

/** Stores the fields under a key that nobody had. What is over before it began gets a key for its cookie, which ends at once as well. */
export async function createUnderNewKey(engine: SessionEngine, data: SessionData, ageSeconds: number): Promise<NewKey> {
  if (ageSeconds <= 0) return { key: createSessionKey(), isReserved: true, stored: undefined };
  for (let attempt = 0; attempt < CREATE_ATTEMPTS; attempt += 1) {
    const key = createSessionKey();
    if (await engine.create(key, data, ageSeconds)) return { key, isReserved: false, stored: await engine.load(key) };
  }
  throw new SessionUnavailableError({ cause: new Error('no session key was free.') });
}

/** Ends a session of which there is a copy. False when it was ended already; then, and when nobody knows, the copy is ended too. */
export async function endOriginal(engine: SessionEngine, original: string, copy: NewKey): Promise<boolean> {
  let wasThere = false;
  try {
    wasThere = await engine.delete(original);
  } catch (error) {
    // What goes wrong meanwhile would only hide why.
    if (!copy.isReserved) await engine.delete(copy.key).catch(() => undefined);
    throw error;
  }
  if (!wasThere && !copy.isReserved) await engine.delete(copy.key);
  return wasThere;
}
