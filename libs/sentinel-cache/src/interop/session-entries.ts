import type { SentinelCache } from '../cache/sentinel-cache.js';
import { InvalidArgumentError } from '../errors/invalid-argument.error.js';
import { SessionInterruptedError } from '../errors/session-interrupted.error.js';
import { toLifetime, type Timeout } from '../time/lifetime.js';
import { isSession, readSession, timeoutOf, withCookieOf, type CookieRule, type SessionFields } from './session-fields.js';
import { SessionMigration } from './session-migration.js';
import type { CacheSessionStoreOptions } from './session-store.js';

const DEFAULT_PREFIX = 'sess:';
/** What connect-redis gives a session whose cookie has no end: a day. */
const DEFAULT_TTL: Timeout = '1d';
const TOUCH_TRIES = 3;

/**
 * Keeps sessions of express-session and @fastify/session as entries of one cache: their JSON under `prefix +
 * id`. Reads from the primary. No call brings back an entry that is gone, except `save` of a session that was
 * never stored. Every method that returns a promise rejects as the cache does: with CacheUnavailableError,
 * CommandRejectedError or CodecError.
 */
export class SessionEntries {
  /** The cache, with keys that no error names. */
  readonly cache: SentinelCache;
  /** What the keys of sessions begin with, after the cache's own prefix and version. */
  readonly prefix: string;
  private readonly disableTouch: boolean;
  private readonly ttl: Timeout;
  private readonly migration: SessionMigration | undefined;

  constructor(
    cache: SentinelCache,
    options: CacheSessionStoreOptions = {},
    private readonly rule: CookieRule = 'required',
  ) {
    this.cache = cache.withSecretKeys();
    this.prefix = options.prefix ?? DEFAULT_PREFIX;
    this.disableTouch = options.disableTouch ?? false;
    this.ttl = options.ttl === undefined ? DEFAULT_TTL : options.ttl; // null: no expiry
    if (typeof this.prefix !== 'string' || this.prefix === '')
      throw this.invalid("prefix: expected text, got something else or none. Write 'sess:'.");
    if ([undefined, 'already-expired'].includes(toLifetime(this.ttl) as string))
      throw this.invalid(
        "ttl: expected seconds above 0, null for no expiry, or text with a unit, got something else. Write '1d' for a day.",
      );
    this.migration = options.migrateFrom && new SessionMigration(this.cache, options.migrateFrom.prefix ?? DEFAULT_PREFIX);
  }

  /** The prefix that sessions of connect-redis are moved from; undefined when none are. */
  get migratesFrom(): string | undefined {
    return this.migration?.prefix;
  }

  /** Resolves to the session, or undefined when there is none. */
  async load(id: string): Promise<SessionFields | undefined> {
    return (await this.read(id)) ?? (await this.adopt(id));
  }

  /**
   * Stores a session until its cookie ends; removes one whose cookie has ended. `known`: stores it only if it
   * is still there, and rejects with SessionInterruptedError otherwise. Rejects with InvalidArgumentError as
   * `check` throws it.
   */
  async save(id: string, session: SessionFields, known = false): Promise<void> {
    this.check(session);
    // Written before anything is awaited: what the caller changes later is not part of this save.
    const text = JSON.stringify(session);
    const timeout = this.timeoutOf(session);
    if (timeout === undefined) return this.destroy(id);
    const stored = await this.cache.set(this.key(id), text, timeout, { xx: known });
    if (known && !stored) throw new SessionInterruptedError({ alias: this.cache.alias });
  }

  /**
   * Prolongs a session until its cookie ends. Stores a cookie that was changed (`sameCookie` false), too;
   * other fields stay as stored. Rejects with InvalidArgumentError as `check` throws it.
   */
  async touch(id: string, session: SessionFields, sameCookie = false): Promise<void> {
    this.check(session);
    if (this.disableTouch) return;
    const timeout = this.timeoutOf(session);
    if (timeout === undefined) return this.destroy(id);
    const key = this.key(id);
    // The cookie as it is now: what the caller changes later is not part of this touch.
    const withCookie = JSON.parse(JSON.stringify({ cookie: session.cookie })) as SessionFields;
    const isKept = sameCookie || !withCookie.cookie;
    for (let tries = 0; !isKept && tries < TOUCH_TRIES; tries += 1) {
      const { value, token } = await this.cache.getWithToken(key);
      if (value === undefined) return;
      const text = withCookieOf(withCookie, this.parse(value));
      if (await this.cache.compareAndSet(key, token, text, timeout)) return;
    }
    await this.cache.touch(key, timeout);
  }

  /**
   * Deletes a session, the one that connect-redis left included. Rejects with CacheUnavailableError or
   * CommandRejectedError.
   */
  async destroy(id: string): Promise<void> {
    await this.migration?.remove(id);
    await this.cache.delete(this.key(id));
  }

  /**
   * Resolves to the sessions of these ids that are there. Rejects with CacheUnavailableError or CodecError.
   */
  async loadMany(ids: readonly string[]): Promise<[id: string, session: SessionFields][]> {
    const found = await this.cache.getManyWithPttl(ids.map((id) => this.key(id)));
    return [...found].map(([key, { value, pttl }]) => [key.slice(this.prefix.length), this.parse(value, pttl)]);
  }

  /** Throws InvalidArgumentError for what the library could not read back as a session. */
  check(session: SessionFields): void {
    if (isSession(session, this.rule)) return;
    throw this.invalid(
      this.rule === 'optional'
        ? 'set and touch: expected a session, got something else, or a session whose cookie is not an object. Give an object.'
        : 'set and touch: expected a session with its cookie, got one without. Give the session that the library made, or add cookie: { originalMaxAge: null }.',
    );
  }

  private async read(id: string): Promise<SessionFields | undefined> {
    const key = this.key(id);
    const found = await this.cache.getWithPttl(key);
    return found && this.parse(found.value, found.pttl);
  }

  /** Moves the session that connect-redis left; reads one that another request has moved meanwhile. */
  private async adopt(id: string): Promise<SessionFields | undefined> {
    const old = await this.migration?.find(id);
    if (!old) return undefined;
    const timeout: Timeout = old.lifeMs === null ? this.ttl : `${old.lifeMs}ms`;
    const session = this.parse(old.text, old.lifeMs);
    if (!(await this.cache.add(this.key(id), JSON.stringify(session), timeout))) return this.read(id);
    if (await this.migration?.remove(id)) return session;
    // Ended while it was being moved: it must not come back.
    await this.cache.delete(this.key(id));
    return undefined;
  }

  private parse(text: unknown, lifeMs?: number | null): SessionFields {
    return readSession(text, { lifeMs, alias: this.cache.alias, rule: this.rule });
  }

  private timeoutOf(session: SessionFields): Timeout | undefined {
    const timeout = timeoutOf(session, this.ttl);
    return toLifetime(timeout) === 'already-expired' ? undefined : timeout;
  }

  private key(id: string): string {
    return this.prefix + id;
  }

  private invalid(message: string): InvalidArgumentError {
    return new InvalidArgumentError(`CacheSessionStore, ${message}`, { alias: this.cache.alias });
  }
}
