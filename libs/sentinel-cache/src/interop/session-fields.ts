import { CodecError } from '../errors/codec.error.js';
import type { Timeout } from '../time/lifetime.js';

/** What express-session and @fastify/session keep of a session's cookie. */
export interface SessionCookieFields {
  /** In milliseconds; null: the cookie ends with the browser. */
  originalMaxAge: number | null;
  /** When the cookie ends. */
  expires?: Date | null | undefined;
}

/**
 * A session as both libraries hand it over: its cookie, and fields that JSON can hold. One that a program
 * stored without a cookie comes back without one.
 */
export interface SessionFields {
  /** The session lives as long as its cookie. */
  cookie: SessionCookieFields;
}

/** Whether a session must have its cookie: express-session can't read one without, @fastify/session can. */
export type CookieRule = 'required' | 'optional';

/**
 * A cookie's own arithmetic loses a millisecond whenever the clock ticks in between: that is no change of the
 * cookie.
 */
const COOKIE_DRIFT_MS = 50;

/** What identifies a cookie, apart from the moment it ends. */
export interface CookieMark {
  /** In milliseconds; null: the cookie ends with the browser. */
  readonly originalMaxAge: number | null;
  /** Its other attributes, as text. */
  readonly rest: string;
}

/** Takes from a cookie what tells later whether it was changed. */
export function markOf(session: SessionFields): CookieMark {
  const cookie = session.cookie as SessionCookieFields & { toJSON?(): SessionCookieFields };
  const { originalMaxAge, expires, ...rest } = cookie.toJSON ? cookie.toJSON() : cookie;
  return { originalMaxAge: originalMaxAge ?? null, rest: JSON.stringify([rest, Boolean(expires)]) };
}

/** Returns whether two marks are of the same cookie, whenever it ends. */
export function sameCookie(a: CookieMark, b: CookieMark): boolean {
  if (a.rest !== b.rest) return false;
  if (a.originalMaxAge === null || b.originalMaxAge === null) return a.originalMaxAge === b.originalMaxAge;
  return Math.abs(a.originalMaxAge - b.originalMaxAge) <= COOKIE_DRIFT_MS;
}

/**
 * Returns how long a session lives: until its cookie ends, to the millisecond; `withoutEnd` when the cookie
 * has no end.
 */
export function timeoutOf(session: SessionFields, withoutEnd: Timeout): Timeout {
  const expires = (session.cookie as SessionCookieFields | undefined)?.expires;
  const endsAt = expires ? new Date(expires).getTime() : NaN;
  return Number.isNaN(endsAt) ? withoutEnd : `${Math.max(0, endsAt - Date.now())}ms`;
}

/**
 * Reads the session of a stored text. Its cookie ends when the entry does, where the lifetime of the entry
 * (milliseconds) is known. Throws CodecError for everything that is not a session by `rule`: that is never an
 * empty session. The error names no key, which is a secret.
 */
export function readSession(
  text: unknown,
  { lifeMs, alias, rule }: { lifeMs?: number | null | undefined; alias: string; rule: CookieRule },
): SessionFields {
  const session = parse(text);
  if (!isSession(session, rule))
    throw new CodecError(
      `cache ${alias}, CacheSessionStore: expected a stored session${rule === 'required' ? ' with its cookie' : ''}, got something else. Delete the entry.`,
      { alias },
    );
  const cookie = session.cookie as SessionCookieFields | undefined;
  // Both libraries copy field by field: this one would become what the copy inherits from.
  for (const part of [session, cookie]) delete (part as { ['__proto__']?: unknown } | undefined)?.['__proto__'];
  if (cookie?.expires) cookie.expires = new Date(typeof lifeMs === 'number' ? Date.now() + lifeMs : cookie.expires);
  return session;
}

/** Returns whether a value is a session that its library can read back. */
export function isSession(value: unknown, rule: CookieRule): value is SessionFields {
  if (!isRecord(value)) return false;
  return isRecord(value.cookie) || (rule === 'optional' && value.cookie === undefined);
}

/** Writes the stored session with another cookie. */
export function withCookieOf(session: SessionFields, stored: SessionFields): string {
  return JSON.stringify({ ...stored, cookie: session.cookie });
}

function isRecord(value: unknown): value is { cookie?: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // The caller reports that; JSON.parse's own message quotes the text.
  }
}
