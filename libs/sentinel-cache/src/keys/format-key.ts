import { InvalidCacheKeyError } from '../errors/invalid-cache-key.error.js';

/** A user's key: text, or a scalar that is written as Python's `str()` writes it. */
export type CacheKey = string | number | bigint | boolean | null;

/**
 * Writes a user's key as Python's `str()` writes it: `42` is `'42'`, `true` is `'True'`, `null` is
 * `'None'`. Throws InvalidCacheKeyError for anything else, and for text that has no UTF-8 (half a surrogate
 * pair), as Python does.
 */
export function formatKey(key: unknown): string {
  const text = pythonText(key);
  if (text === undefined)
    throw new InvalidCacheKeyError(
      `key: expected a string, a number, a boolean or null, got ${kindOf(key)}. Write the key as text.`,
    );
  if (!hasUtf8(text))
    throw new InvalidCacheKeyError('key: expected text that UTF-8 can write, got half a surrogate pair. Remove it.');
  return text;
}

/**
 * Writes a version as Python's `str()` writes it (0 is used literally). Throws InvalidCacheKeyError like
 * formatKey.
 */
export function formatVersion(version: unknown): string {
  const text = version === null ? undefined : pythonText(version);
  if (text === undefined)
    throw new InvalidCacheKeyError(
      `version: expected a number, a string or a boolean, got ${kindOf(version)}. Write the version as a number.`,
    );
  if (!hasUtf8(text))
    throw new InvalidCacheKeyError('version: expected text that UTF-8 can write, got half a surrogate pair. Remove it.');
  return text;
}

/**
 * Whether UTF-8 can write this text: false with half a surrogate pair in it, which Node would replace without
 * a word.
 */
export function hasUtf8(text: string): boolean {
  return (text as unknown as { isWellFormed(): boolean }).isWellFormed();
}

function pythonText(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return pythonNumber(value);
    case 'bigint':
      return value.toString();
    case 'boolean':
      return value ? 'True' : 'False';
    default:
      return value === null ? 'None' : undefined;
  }
}

/**
 * A whole number is an int to Python, every other one a float, whose text turns to an exponent earlier than
 * JavaScript's.
 */
function pythonNumber(value: number): string {
  if (Number.isInteger(value)) return Number.isSafeInteger(value) ? String(value) : BigInt(value).toString();
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const [digits, exponent] = value.toExponential().split('e') as [string, string];
  const power = Number(exponent);
  if (power >= -4) return String(value);
  return `${digits}e-${String(-power).padStart(2, '0')}`;
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'undefined';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
