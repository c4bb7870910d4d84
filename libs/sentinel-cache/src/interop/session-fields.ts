import { CodecError } from '../errors/codec.error.js';
import type { Timeout } from '../time/lifetime.js';

/** What express-session and @fastify/session keep of a session's cookie. */
export interface SessionCookieFields {
  /** `maxAge` as the program set it, in milliseconds; null for a cookie that ends with the browser. */
  originalMaxAge: number | null;
  /** When it ends; null or undefined: with the browser. */
  expires?: Date | null | undefined;
}

/** A session as both libraries hand it over: its cookie, and fields that JSON can hold. */
export interface SessionFields {
  /** The cookie's settings. */
  cookie: SessionCookieFields;
}

/** The cookie's own arithmetic loses a millisecond whenever the clock ticks in between: no change of the cookie. */
const COOKIE_DRIFT_MS = 50;

/** A cookie but for the moment it ends. */
export interface CookieMark {
  readonly originalMaxAge: number | null;
  readonly rest: string;
}

/** What to remember of a cookie, to tell later whether it was changed. */
export function markOf(session: SessionFields): CookieMark {
  const cookie = session.cookie as SessionCookieFields & { toJSON?(): SessionCookieFields };
  const { originalMaxAge, expires, ...rest } = cookie.toJSON ? cookie.toJSON() : cookie;
  return { originalMaxAge: originalMaxAge ?? null, rest: JSON.stringify([rest, Boolean(expires)]) };
}

/** Whether it is the same cookie, whenever it ends. */
export function sameCookie(a: CookieMark, b: CookieMark): boolean {
  if (a.rest !== b.rest) return false;
  if (a.originalMaxAge === null || b.originalMaxAge === null) return a.originalMaxAge === b.originalMaxAge;
  return Math.abs(a.originalMaxAge - b.originalMaxAge) <= COOKIE_DRIFT_MS;
}

/** How long the session lives: until its cookie ends, to the millisecond; else what is given. */
export function timeoutOf(session: SessionFields, withoutEnd: Timeout): Timeout {
  const { expires } = session.cookie;
  const endsAt = expires ? new Date(expires).getTime() : NaN;
  return Number.isNaN(endsAt) ? withoutEnd : `${Math.max(0, endsAt - Date.now())}ms`;
}

/**
 * The session of a stored text. Its cookie ends when the entry does, where its lifetime is known: that is the owner of the moment.
 * CodecError for anything that is no session, a lost cookie included: never an empty session. It does not name the key, which is a secret.
 */
export function readSession(text: unknown, lifeMs: number | null | undefined, alias: string): SessionFields {
  const session = parse(text);
  if (typeof session?.cookie !== 'object' || session.cookie === null || Array.isArray(session.cookie))
    throw new CodecError(`cache ${alias}, an entry of CacheSessionStore: it is no session.`, { alias });
  const { cookie } = session;
  // Both libraries copy field by field: this one would become what the copy inherits from.
  for (const part of [session, cookie]) delete (part as { ['__proto__']?: unknown })['__proto__'];
  if (cookie.expires) cookie.expires = new Date(typeof lifeMs === 'number' ? Date.now() + lifeMs : cookie.expires);
  return session;
}

/** The same session with another cookie. */
export function withCookieOf(session: SessionFields, stored: SessionFields): string {
  return JSON.stringify({ ...stored, cookie: session.cookie });
}

function parse(text: unknown): SessionFields | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    return (JSON.parse(text) as SessionFields | null) ?? undefined;
  } catch {
    return undefined; // The caller tells; JSON.parse's own message quotes the text.
  }
}
