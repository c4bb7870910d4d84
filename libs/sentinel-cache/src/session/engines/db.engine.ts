import type { AuthConfig } from '../../settings/shapes/resolved-settings.js';
import type { Clock } from '../../time/clock.js';
import type { SessionData, SessionEngine, StoredSession } from '../port/session-engine.js';
import { SessionSigner, STORED_SALT } from '../signing/session-signer.js';
import type { SessionRepository, SessionRow } from './session-repository.js';
import { isStoredKey } from '../port/session-key.js';

/** Largest JSON of a session, in bytes. */
const MAX_STORED_BYTES = 16 * 1024 * 1024;

/**
 * `django.contrib.sessions.backends.db`: keeps signed rows of the table django_session, shared with Django.
 */
export class DbEngine implements SessionEngine {
  /** Rows are JSON. */
  readonly keepsDates = false;
  private readonly signer: SessionSigner;

  constructor(
    private readonly repository: SessionRepository,
    auth: AuthConfig,
    private readonly clock: Clock,
  ) {
    this.signer = new SessionSigner({ secretKeys: auth.secretKeys, salt: STORED_SALT, maxBytes: MAX_STORED_BYTES, clock });
  }

  async load(sessionKey: string): Promise<StoredSession | undefined> {
    const row = await this.findRow(sessionKey);
    return row && this.read(row);
  }

  /** Resolves to the row of a session that has not expired. Rejects as the repository does. */
  async findRow(sessionKey: string): Promise<SessionRow | undefined> {
    return isStoredKey(sessionKey) ? this.repository.find(sessionKey, this.now()) : undefined;
  }

  /** Reads the session of a row; its text is its token. Throws CodecError for text that can't be read. */
  read({ text }: SessionRow): StoredSession {
    return { data: this.signer.unsignStored(text).data, token: text, pristine: () => this.signer.unsignStored(text).data };
  }

  async create(sessionKey: string, data: SessionData, ageSeconds: number): Promise<boolean> {
    return isStoredKey(sessionKey) && this.repository.insert(sessionKey, this.rowOf(data, ageSeconds));
  }

  async replace(sessionKey: string, token: string, data: SessionData, ageSeconds: number): Promise<boolean> {
    return (await this.replaceRow(sessionKey, token, data, ageSeconds)) !== undefined;
  }

  /**
   * Does what `replace` does. Resolves to the row that is there now, or undefined when it was another by
   * then, or gone.
   */
  async replaceRow(key: string, token: string, data: SessionData, ageSeconds: number): Promise<SessionRow | undefined> {
    if (!isStoredKey(key)) return undefined;
    const row = this.rowOf(data, ageSeconds);
    return (await this.repository.updateIfUnchanged(key, token, row, this.now())) ? row : undefined;
  }

  async delete(sessionKey: string): Promise<boolean> {
    return isStoredKey(sessionKey) && this.repository.delete(sessionKey);
  }

  async exists(sessionKey: string): Promise<boolean> {
    return isStoredKey(sessionKey) && this.repository.exists(sessionKey);
  }

  async clearExpired(): Promise<void> {
    await this.repository.deleteExpired(this.now());
  }

  private rowOf(data: SessionData, ageSeconds: number): SessionRow {
    return { text: this.signer.sign(data), expiresAt: new Date(this.clock.wallMs() + ageSeconds * 1000) };
  }

  private now(): Date {
    return new Date(this.clock.wallMs());
  }
}
