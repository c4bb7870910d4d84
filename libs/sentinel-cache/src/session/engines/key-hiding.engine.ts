import { withoutSecret } from '../../errors/without-secret.js';
import type { SessionData, SessionEngine, StoredSession } from '../port/session-engine.js';

/**
 * Wraps another engine and removes the session's key from its errors: our own, and those of drivers, file
 * systems and a KEY_FUNCTION.
 */
export class KeyHidingEngine implements SessionEngine {
  readonly keepsDates: boolean;
  readonly seal?: (data: SessionData) => string;

  constructor(private readonly inner: SessionEngine) {
    this.keepsDates = inner.keepsDates;
    if (inner.seal) this.seal = (data) => inner.seal!(data);
  }

  load(sessionKey: string): Promise<StoredSession | undefined> {
    return hiding(sessionKey, () => this.inner.load(sessionKey));
  }

  create(sessionKey: string, data: SessionData, ageSeconds: number): Promise<boolean> {
    return hiding(sessionKey, () => this.inner.create(sessionKey, data, ageSeconds));
  }

  replace(sessionKey: string, token: string, data: SessionData, ageSeconds: number): Promise<boolean> {
    return hiding(sessionKey, () => this.inner.replace(sessionKey, token, data, ageSeconds));
  }

  delete(sessionKey: string): Promise<boolean> {
    return hiding(sessionKey, () => this.inner.delete(sessionKey));
  }

  exists(sessionKey: string): Promise<boolean> {
    return hiding(sessionKey, () => this.inner.exists(sessionKey));
  }

  clearExpired(): Promise<void> {
    return this.inner.clearExpired();
  }
}

async function hiding<T>(sessionKey: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw withoutSecret(error, sessionKey);
  }
}
