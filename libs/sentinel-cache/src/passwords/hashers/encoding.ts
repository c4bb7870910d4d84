import { randomInt, timingSafeEqual } from 'node:crypto';

/** What Django draws the characters of a salt from. */
const SALT_CHARACTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
/** Characters that hold 128 bits. */
const SALT_LENGTH = Math.ceil(128 / Math.log2(SALT_CHARACTERS.length));

/** Returns random letters and digits: by default a salt of 128 bits. */
export function randomText(length = SALT_LENGTH): string {
  return Array.from({ length }, () => SALT_CHARACTERS[randomInt(SALT_CHARACTERS.length)]).join('');
}

/** Tells whether a salt of that many characters holds less than 128 bits, counted as Django counts. */
export function isShortSalt(characters: number): boolean {
  return characters < SALT_LENGTH;
}

/** Compares in constant time; lengths are no secret. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/**
 * Reads a whole number as Python writes it. Returns undefined for other spellings of one, and for one that no
 * cost may have.
 */
export function wholeNumber(text: string): number | undefined {
  return /^(?:0|[1-9]\d{0,9})$/.test(text) ? Number(text) : undefined;
}

/** Reads base64 in its one spelling. Returns undefined for any other text. */
export function fromBase64(text: string, padding: 'padded' | 'bare' = 'padded'): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return toBase64(bytes, padding) === text ? bytes : undefined;
}

/** Writes base64; argon2 writes it without padding (`bare`). */
export function toBase64(bytes: Uint8Array, padding: 'padded' | 'bare' = 'padded'): string {
  const text = Buffer.from(bytes).toString('base64');
  return padding === 'padded' ? text : text.replace(/=+$/, '');
}
