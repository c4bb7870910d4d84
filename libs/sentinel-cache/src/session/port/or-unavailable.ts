import { SessionUnavailableError } from '../../errors/session-unavailable.error.js';

/** Resolves to what a store has read. Rejects with SessionUnavailableError, whatever the store says. */
export async function orUnavailable<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (cause) {
    throw cause instanceof SessionUnavailableError ? cause : new SessionUnavailableError({ cause });
  }
}
