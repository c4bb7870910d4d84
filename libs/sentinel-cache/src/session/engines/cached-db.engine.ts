import { isDeepStrictEqual } from 'node:util';

import type { SentinelCache } from '../../cache/sentinel-cache.js';
import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import { withoutSecret } from '../../errors/without-secret.js';
import { publishIgnoredError } from '../../telemetry/channels.js';
import type { Clock } from '../../time/clock.js';
import { timeoutOfSeconds } from '../../time/lifetime.js';
import { orUnavailable } from '../port/or-unavailable.js';
import type { SessionData, SessionEngine, StoredSession } from '../port/session-engine.js';
import { readSessionJson, writeSessionJson } from '../signing/session-json.js';
import { CacheEngine } from './cache.engine.js';
import type { DbEngine } from './db.engine.js';
import type { SessionRow } from './session-repository.js';
import { StaleEntries } from './stale-entries.js';
import { isStoredKey } from '../port/session-key.js';

/** Django's key prefix of this engine; no separator follows. */
const KEY_PREFIX = 'django.contrib.sessions.cached_db';

/** A row as it goes into the cache. */
interface Remembered {
  readonly key: string;
  readonly row: SessionRow;
  readonly data: SessionData;
}

/**
 * `django.contrib.sessions.backends.cached_db`: keeps rows of django_session, with a cache in front. The
 * database decides; the cache only answers sooner:
 *
 * - Deletes a row's entry before the row changes; stores the new one afterwards, and removes it again unless
 *   the row is still the same. So neither a slow reader nor a slow writer leaves an old state, or a session
 *   that was ended, behind in the cache.
 * - Works with the database alone while the cache is unavailable, and deletes entries that it could not
 *   delete then before it reads the next one. Ending a session rejects during that time: an entry that is
 *   still there could bring it back.
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
    // The key is new: there is no older entry, and nothing else can change the row meanwhile.
    await this.orNothing('set', sessionKey, () => this.cache.set(KEY_PREFIX + sessionKey, data, timeoutOfSeconds(ageSeconds)));
    return true;
  }

  async replace(sessionKey: string, token: string, data: SessionData, ageSeconds: number): Promise<boolean> {
    const text = isEntryToken(token) ? await orUnavailable(this.textOfState(sessionKey, token)) : token;
    const isForgotten = await this.forget(sessionKey);
    const row = text === undefined ? undefined : await this.db.replaceRow(sessionKey, text, data, ageSeconds);
    if (!row) return false;
    if (isForgotten) await this.remember({ key: sessionKey, row, data });
    return true;
  }

  /**
   * Deletes the row first: a reader that puts it into the cache meanwhile checks the row again. The row tells
   * whether there was a session.
   */
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

  /**
   * Loads an entry. Its token is its state as JSON, written when it is asked for: rows are compared by what
   * they hold.
   */
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

  /** Reads the row's text, if it holds the state of the token. */
  private async textOfState(sessionKey: string, token: string): Promise<string | undefined> {
    const row = await this.db.findRow(sessionKey);
    if (!row) return undefined;
    const state = readSessionJson(Buffer.from(token, 'latin1'));
    return isDeepStrictEqual(this.db.read(row).data, state) ? row.text : undefined;
  }

  /** Stores an entry for a row, and removes it again unless the row is still the same. */
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

  /**
   * Deletes an entry; gives false when that failed and the entry is remembered as stale. Rejects when there
   * is no room to remember it.
   */
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
      'cached_db: too many sessions were written while the cache is unavailable. Wait until it is back.',
    );
  }

  /**
   * Asks the cache; gives undefined when it is unavailable or refuses, and publishes that: the database has
   * everything. A closed cache rejects.
   */
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

/** The texts of rows are base64, and never begin with a brace. */
function isEntryToken(token: string): boolean {
  return token.startsWith('{');
}
