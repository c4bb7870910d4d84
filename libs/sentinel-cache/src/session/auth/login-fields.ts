import { randomInt } from 'node:crypto';

import type { CacheSession } from '../state/cache-session.js';

/** Django's reserved fields of a login: the user's id, the backend that accepted the user, and the proof. */
export const USER_ID_FIELD = '_auth_user_id';
const BACKEND_FIELD = '_auth_user_backend';
export const HASH_FIELD = '_auth_user_hash';
/** Django keeps its CSRF secret here with CSRF_USE_SESSIONS. */
const CSRF_FIELD = '_csrftoken';

const CSRF_SYMBOLS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const CSRF_LENGTH = 32;

/** The login that a session claims; nothing of it is proven yet. */
export interface StoredLogin {
  /** Django's primary key as text. */
  readonly userId: string;
  readonly backend: string;
  /** The proof, `_auth_user_hash`. */
  readonly hash: unknown;
}

/**
 * Resolves to the login, or undefined when id or backend is missing: nobody is logged in. Rejects with
 * SessionUnavailableError.
 */
export async function readLogin(session: CacheSession): Promise<StoredLogin | undefined> {
  const [id, backend] = [await session.get(USER_ID_FIELD), await session.get(BACKEND_FIELD)];
  if (typeof id !== 'string' && typeof id !== 'number' && typeof id !== 'bigint') return undefined;
  if (typeof backend !== 'string') return undefined;
  return { userId: String(id), backend, hash: await session.get(HASH_FIELD) };
}

/** Writes a login into the session. Rejects with SessionUnavailableError or SessionClosedError. */
export async function writeLogin(session: CacheSession, login: StoredLogin): Promise<void> {
  await session.set(USER_ID_FIELD, login.userId);
  await session.set(BACKEND_FIELD, login.backend);
  await session.set(HASH_FIELD, login.hash);
}

/** Returns whether two logins agree in everything. */
export function isSameLogin(one: StoredLogin, other: StoredLogin): boolean {
  return one.userId === other.userId && one.backend === other.backend && one.hash === other.hash;
}

/**
 * Replaces the CSRF secret where the session keeps one, in the form that Django 3.2 and 5.2 both take: 32
 * letters and digits. Rejects with SessionUnavailableError or SessionClosedError.
 */
export async function rotateCsrfToken(session: CacheSession): Promise<void> {
  if (!(await session.has(CSRF_FIELD))) return;
  const token = Array.from({ length: CSRF_LENGTH }, () => CSRF_SYMBOLS[randomInt(CSRF_SYMBOLS.length)]).join('');
  await session.set(CSRF_FIELD, token);
}
