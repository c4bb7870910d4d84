/** Django's keys have 32 characters, its column and a file name have room for 40. */
const STORED_KEY = /^[a-z0-9]{8,40}$/;

/**
 * Whether a session with this key can have been stored by Django or by us. Databases compare text more loosely than caches do (MySQL
 * ignores case and trailing spaces), and files lie in folders: a client's other spelling of a key is no key.
 */
export function isStoredKey(sessionKey: string): boolean {
  return STORED_KEY.test(sessionKey);
}
