import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

import { createPickleSerializer } from '../../codec/serializers/pickle/pickle.serializer.js';
import { CodecError } from '../../errors/codec.error.js';
import type { AuthConfig } from '../../settings/shapes/resolved-settings.js';
import { fieldOf } from '../port/session-changes.js';
import type { SessionData, SessionEngine, StoredSession } from '../port/session-engine.js';
import { toFields } from '../port/stored-fields.js';

/** The only field of a sealed session. */
const FIELD = '_sealed';
const CIPHER = 'aes-256-gcm';
const SALT = 'nestjs-sentinel-cache.session';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Wraps another engine and encrypts its sessions (SESSION_ENCRYPTION): with access to the store alone nobody
 * can read or change one, or move it to another key. AES-256-GCM; each session has a key of its own, derived
 * from SECRET_KEY and the session's key, so that no number of writes wears a key out. SECRET_KEY_FALLBACKS
 * are good for reading.
 *
 * Rejects with CodecError for everything that can't be decrypted, plain sessions included: a planted entry
 * must not pass for a session.
 */
export class SealedEngine implements SessionEngine {
  /** Sessions are pickled before they are encrypted, so that all a cache can hold survives. */
  readonly keepsDates = true;
  private readonly serializer = createPickleSerializer();
  /** Private to the language, so that no log and no response shows it. */
  readonly #secretKeys: readonly string[];

  constructor(
    private readonly inner: SessionEngine,
    auth: AuthConfig,
  ) {
    this.#secretKeys = auth.secretKeys;
  }

  async load(sessionKey: string): Promise<StoredSession | undefined> {
    const stored = await this.inner.load(sessionKey);
    if (!stored) return undefined;
    const plain = this.open(sessionKey, fieldOf(stored.data, FIELD));
    return { data: this.fieldsOf(plain), token: stored.token, pristine: () => this.fieldsOf(plain) };
  }

  create(sessionKey: string, data: SessionData, ageSeconds: number): Promise<boolean> {
    return this.inner.create(sessionKey, this.close(sessionKey, data), ageSeconds);
  }

  replace(sessionKey: string, token: string, data: SessionData, ageSeconds: number): Promise<boolean> {
    return this.inner.replace(sessionKey, token, this.close(sessionKey, data), ageSeconds);
  }

  delete(sessionKey: string): Promise<boolean> {
    return this.inner.delete(sessionKey);
  }

  exists(sessionKey: string): Promise<boolean> {
    return this.inner.exists(sessionKey);
  }

  clearExpired(): Promise<void> {
    return this.inner.clearExpired();
  }

  /** Writes nonce, ciphertext and tag in base64url, since a JSON cache holds no bytes. */
  private close(sessionKey: string, data: SessionData): SessionData {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, keyOf(this.#secretKeys[0]!, sessionKey), nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(sessionKey, 'utf8'));
    const sealed = Buffer.concat([nonce, cipher.update(this.serializer.dumps(data)), cipher.final(), cipher.getAuthTag()]);
    return { [FIELD]: sealed.toString('base64url') };
  }

  private open(sessionKey: string, sealed: unknown): Buffer {
    const bytes = typeof sealed === 'string' ? Buffer.from(sealed, 'base64url') : Buffer.alloc(0);
    if (bytes.length >= NONCE_BYTES + TAG_BYTES) {
      for (const secret of this.#secretKeys) {
        const plain = decrypt(bytes, keyOf(secret, sessionKey), sessionKey);
        if (plain) return plain;
      }
    }
    const got = sealed === undefined ? 'a plain one (written without SESSION_ENCRYPTION)' : 'one that no SECRET_KEY opens';
    throw new CodecError(
      `Session: expected an encrypted entry, got ${got}. Add its key to SECRET_KEY_FALLBACKS, or delete the entry.`,
    );
  }

  private fieldsOf(plain: Buffer): SessionData {
    return toFields(this.serializer.loads(plain));
  }
}

function keyOf(secret: string, sessionKey: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, SALT, sessionKey, KEY_BYTES));
}

/** Gives undefined when the key is another one, or the bytes were changed. */
function decrypt(bytes: Buffer, key: Buffer, sessionKey: string): Buffer | undefined {
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(sessionKey, 'utf8'));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined; // Not authentic: the next key is tried, then it is an error.
  }
}
