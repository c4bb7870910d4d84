import { randomInt } from 'node:crypto';

const SYMBOLS = 'abcdefghijklmnopqrstuvwxyz0123456789';
const LENGTH = 32;
const SHORTEST = 8;
/** Django's keys have 32 characters, its column and a file name have room for 40. */
const STORED_KEY = /^[a-z0-9]{8,40}$/;

/** A new session key: 32 characters of a-z0-9, cryptographically random. */
export function createSessionKey(): string {
  let key = '';
  for (let i = 0; i < LENGTH; i += 1) key += SYMBOLS[randomInt(SYMBOLS.length)]!;
  return key;
}

/** A key as a cookie brings it, or undefined when it is too short to be one. Python counts characters, JavaScript their halves. */
export function acceptSessionKey(text: string | undefined): string | undefined {
  if (text === undefined || text.length < SHORTEST) return undefined;
  return text.length >= 2 * SHORTEST || Array.from(text).length >= SHORTEST ? text : undefined;
}

/**
 * Whether a session with this key can have been stored by Django or by us. Databases compare text more loosely than caches do (MySQL
 * ignores case and trailing spaces), and files lie in folders: a client's other spelling of a key is no key.
 */
export function isStoredKey(sessionKey: string): boolean {
  return STORED_KEY.test(sessionKey);
}
