import { tmpdir } from 'node:os';

import { CodecError } from '../../errors/codec.error.js';
import { withoutSecret } from '../../errors/without-secret.js';
import type { AuthConfig, SessionConfig } from '../../settings/shapes/resolved-settings.js';
import type { Clock } from '../../time/clock.js';
import { orUnavailable } from '../port/or-unavailable.js';
import type { SessionData, SessionEngine, StoredSession } from '../port/session-engine.js';
import { expiryOf } from '../port/session-expiry.js';
import { SessionSigner, STORED_SALT } from '../signing/session-signer.js';
import { SessionFiles, type SessionFile } from './session-files.js';
import { isStoredKey } from '../port/session-key.js';

/** Largest JSON of a session, in bytes. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * `django.contrib.sessions.backends.file`: keeps one signed file for each session, shared with Django.
 *
 * A session expires when `_session_expiry` says so, else SESSION_COOKIE_AGE after the last write: a file has
 * no room for another age. Compare-and-set is atomic within this process; between processes it checks, then
 * renames, as file systems offer nothing better.
 */
export class FileEngine implements SessionEngine {
  /** Files are JSON. */
  readonly keepsDates = false;
  private readonly files: SessionFiles;
  private readonly signer: SessionSigner;
  private readonly mutex = new KeyMutex();

  constructor(
    private readonly config: SessionConfig,
    auth: AuthConfig,
    private readonly clock: Clock,
  ) {
    this.files = new SessionFiles(config.filePath ?? tmpdir(), config.cookieName);
    this.signer = new SessionSigner({ secretKeys: auth.secretKeys, salt: STORED_SALT, maxBytes: MAX_BYTES, clock });
  }

  async load(sessionKey: string): Promise<StoredSession | undefined> {
    if (!isStoredKey(sessionKey)) return undefined;
    const file = await this.files.read(sessionKey);
    if (!file) return undefined;
    const { text } = file;
    const data = this.fieldsOf(file);
    if (this.isOver(file, data)) return undefined;
    return { data, token: text, pristine: () => this.fieldsOf(file) };
  }

  async create(sessionKey: string, data: SessionData): Promise<boolean> {
    return isStoredKey(sessionKey) && this.files.add(sessionKey, this.signer.sign(data));
  }

  async replace(sessionKey: string, token: string, data: SessionData): Promise<boolean> {
    if (!isStoredKey(sessionKey)) return false;
    const text = this.signer.sign(data);
    return this.mutex.run(sessionKey, async () => {
      const file = await orUnavailable(this.files.read(sessionKey));
      if (file?.text !== token || this.isOver(file, this.fieldsOf(file))) return false;
      await this.files.replace(sessionKey, text);
      return true;
    });
  }

  async delete(sessionKey: string): Promise<boolean> {
    return isStoredKey(sessionKey) && this.mutex.run(sessionKey, () => this.files.remove(sessionKey));
  }

  async exists(sessionKey: string): Promise<boolean> {
    return isStoredKey(sessionKey) && (await this.files.read(sessionKey)) !== undefined;
  }

  /** Leaves files that can't be read, and rejects with a CodecError about them when the others are done. */
  async clearExpired(): Promise<void> {
    let unreadable = 0;
    for (const key of await this.files.keys()) {
      try {
        await this.mutex.run(key, () => this.removeIfOver(key));
      } catch (error) {
        if (!(error instanceof CodecError)) throw withoutSecret(error, key);
        unreadable += 1;
      }
    }
    if (unreadable > 0)
      throw new CodecError(
        `SESSION_FILE_PATH: ${unreadable} files can't be read and were left. Were they signed with another SECRET_KEY? Add it to SECRET_KEY_FALLBACKS.`,
      );
  }

  private async removeIfOver(key: string): Promise<void> {
    const file = await this.files.read(key);
    if (file && this.isOver(file, this.fieldsOf(file))) await this.files.remove(key);
  }

  private fieldsOf({ text }: SessionFile): SessionData {
    return this.signer.unsignStored(text).data;
  }

  private isOver({ modifiedMs }: SessionFile, data: SessionData): boolean {
    return expiryOf(data, this.config, modifiedMs).date.getTime() <= this.clock.wallMs();
  }
}

/** Runs one piece of work at a time for each key, in this process, in the order they came. */
export class KeyMutex {
  /** Keys of sessions: private to the language, so that no log shows them. */
  readonly #tails = new Map<string, Promise<void>>();

  /** Runs the work once all earlier work of the key has settled. Settles as the work does. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const result = (this.#tails.get(key) ?? Promise.resolve()).then(work);
    const tail = result.then(
      () => undefined,
      () => undefined,
    );
    this.#tails.set(key, tail);
    try {
      return await result;
    } finally {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    }
  }
}
