import { isDeepStrictEqual } from 'node:util';

import type { SentinelCache } from '../../cache/sentinel-cache.js';
import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import { withoutSecret } from '../../errors/without-secret.js';
import { publishIgnoredError } from '../../telemetry/channels.js';
import type { Clock } from '../../time/clock.js';
import type { SessionData, SessionEngine, StoredSession } from '../port/session-engine.js';
import { readSessionJson, writeSessionJson } from '../signing/session-json.js';
import { CacheEngine } from './cache.engine.js';
import type { DbEngine } from './db.engine.js';
import type { SessionRow } from './session-repository.js';
import { StaleEntries } from './stale-entries.js';
import { isStoredKey } from '../port/session-key.js';

/** Django's key prefix of this engine; no separator follows. */
const KEY_PREFIX = 'django.contrib.sessions.cached_db';

/** What becomes of a row in the cache. */
interface Remembered {
  readonly key: string;
  readonly row: SessionRow;
  readonly data: SessionData;
}

/**
 * `django.contrib.sessions.backends.cached_db`: rows of django_session with a cache in front. The database decides, the cache
 * only answers quicker:
 *
 * - Before a row changes its entry is deleted; afterwards the new one is stored, and taken out again unless the row is still the same.
 *   So neither a slow reader nor a slow writer leaves an old state, or a session that was ended, behind in the cache.
 * - During an outage of the cache the database does all. Entries that could not be deleted are deleted before the next one is read.
 *   Ending a session rejects then: an entry that is still there could bring it back.
 */
export class CachedDbEngine implements SessionEngine {
  /** Rows are JSON. */
  readonly keepsDates = false;
  private readonly entries: CacheEngine;
  private readonly stale: StaleEntries;

  private readonly cache: SentinelCache;

  /** Takes the strict cache. */
  constructor(
    cache: SentinelCache,
    private readonly db: DbEngine,
    private readonly clock: Clock,
  ) {
    this.cache = cache.withSecretKeys();
    this.entries = new CacheEngine(this.cache, KEY_PREFIX);
    this.stale = new StaleEntries(this.cache);
  }

  async load(sessionKey: string): Promise<StoredSession | undefined> {
    if (!isStoredKey(sessionKey)) return undefined;
    const cached = await this.loadEntry(sessionKey);
    if (typeof cached === 'object') return cached;
    const row = await this.db.findRow(sessionKey);
    if (!row) return undefined;
    const session = this.db.read(row);
    if (cached === 'missing') await this.remember({ key: sessionKey, row, data: session.data });
    return session;
  }

  async create(sessionKey: string, data: SessionData, ageSeconds: number): Promise<boolean> {
    if (!(await this.db.create(sessionKey, data, ageSeconds))) return false;
    // Nobody knows the key yet: no older entry, and nobody who could change the row meanwhile.
    await this.orNothing('set', sessionKey, () => this.cache.set(KEY_PREFIX + sessionKey, data, ageSeconds));
    return true;
  }

  async replace(sessionKey: string, token: string, data: SessionData, ageSeconds: number): Promise<boolean> {
    const text = isEntryToken(token) ? await this.textOfState(sessionKey, token) : token;
    const isForgotten = await this.forget(sessionKey);
    const row = text === undefined ? undefined : await this.db.replaceRow(sessionKey, text, data, ageSeconds);
    if (!row) return false;
    if (isForgotten) await this.remember({ key: sessionKey, row, data });
    return true;
  }

  /** The row first: whoever puts it into the cache meanwhile finds out. The row says whether there was a session. */
  async delete(sessionKey: string): Promise<boolean> {
    if (!isStoredKey(sessionKey)) return false;
    const wasThere = await this.db.delete(sessionKey);
    try {
      await this.entries.delete(sessionKey);
      return wasThere;
    } catch (error) {
      this.stale.add(KEY_PREFIX + sessionKey);
      throw error;
    }
  }

  async exists(sessionKey: string): Promise<boolean> {
    if (!isStoredKey(sessionKey)) return false;
    if (await this.db.exists(sessionKey)) return true;
    return (await this.orNothing('has', sessionKey, () => this.cache.has(KEY_PREFIX + sessionKey))) ?? false;
  }

  async clearExpired(): Promise<void> {
    await this.db.clearExpired();
  }

  /** The token of a cached session is its state as JSON, made when it is asked for: rows are compared by what they hold. */
  private async loadEntry(sessionKey: string): Promise<StoredSession | 'missing' | 'outage'> {
    const found = await this.orNothing('get', sessionKey, async () => {
      await this.stale.settle();
      return (await this.entries.load(sessionKey)) ?? 'missing';
    });
    if (typeof found !== 'object') return found ?? 'outage';
    const pristine = (): SessionData => found.pristine();
    return {
      data: found.data,
      pristine,
      get token() {
        return writeSessionJson(pristine()).toString('latin1');
      },
    };
  }

  /** The row's text, if it holds the state of the token. */
  private async textOfState(sessionKey: string, token: string): Promise<string | undefined> {
    const row = await this.db.findRow(sessionKey);
    if (!row) return undefined;
    const state = readSessionJson(Buffer.from(token, 'latin1'));
    return isDeepStrictEqual(this.db.read(row).data, state) ? row.text : undefined;
  }

  /** Stores an entry for a row, and takes it out again unless the row is still the same. */
  private async remember({ key, row, data }: Remembered): Promise<void> {
    const lifeMs = row.expiresAt.getTime() - this.clock.wallMs();
    if (lifeMs <= 0) return;
    let isCurrent: boolean | undefined;
    try {
      isCurrent = await this.orNothing('set', key, async () => {
        await this.cache.set(KEY_PREFIX + key, data, `${lifeMs}ms`);
        return (await this.db.findRow(key))?.text === row.text;
      });
    } finally {
      if (!isCurrent) await this.forget(key);
    }
  }

  /** Whether the entry is gone; else it is remembered as one not to be believed. Rejects when there is no room to remember it. */
  private async forget(sessionKey: string): Promise<boolean> {
    const isGone = await this.orNothing('delete', sessionKey, async () => {
      await this.entries.delete(sessionKey);
      return true;
    });
    if (isGone) return true;
    if (this.stale.add(KEY_PREFIX + sessionKey)) return false;
    throw new CacheUnavailableError(
      'queue-full',
      false,
      'cached_db: the cache is away, and too many sessions were written meanwhile.',
    );
  }

  /** Undefined when the cache is away or refuses: the database has it all. Published, not passed on; a closed cache is a mistake. */
  private async orNothing<T>(operation: string, sessionKey: string, ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (error) {
      const isAway = error instanceof CacheUnavailableError && error.reason !== 'closed';
      if (!isAway && !(error instanceof CommandRejectedError)) throw error;
      publishIgnoredError({
        alias: this.cache.alias,
        operation: `session.${operation}`,
        error: withoutSecret(error, sessionKey),
      });
      return undefined;
    }
  }
}

/** Rows' texts are base64, and begin with no brace. */
function isEntryToken(token: string): boolean {
  return token.startsWith('{');
}
