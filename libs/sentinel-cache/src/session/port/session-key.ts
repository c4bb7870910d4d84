import { randomInt } from 'node:crypto';

const SYMBOLS = 'abcdefghijklmnopqrstuvwxyz0123456789';
const LENGTH = 32;
const SHORTEST = 8;
/** Django's keys have 32 characters, its column and a file name have room for 40. */
const STORED_KEY = /^[a-z0-9]{8,40}$/;

/** Creates a session key: 32 cryptographically random characters of a-z0-9. */
export function createSessionKey(): string {
  let key = '';
  for (let i = 0; i < LENGTH; i += 1) key += SYMBOLS[randomInt(SYMBOLS.length)]!;
  return key;
}

/**
 * Takes a key from a cookie; gives undefined for less than 8 characters. Python counts characters, JavaScript
 * their halves.
 */
export function acceptSessionKey(text: string | undefined): string | undefined {
  if (text === undefined || text.length < SHORTEST) return undefined;
  return text.length >= 2 * SHORTEST || Array.from(text).length >= SHORTEST ? text : undefined;
}

/**
 * Returns whether Django or this package can have stored a session under this key. Databases compare text
 * more loosely than caches do (MySQL ignores case and trailing spaces), and files lie in folders: a client's
 * other spelling of a key is not a key.
 */
export function isStoredKey(sessionKey: string): boolean {
  return STORED_KEY.test(sessionKey);
}
