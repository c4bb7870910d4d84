import { SentinelCacheError } from './sentinel-cache.error.js';

/** What stands for the secret in the words of an error. */
const STAND_IN = '<secret>';
/** Nobody guards anything with less, and a letter would be replaced everywhere. */
const SHORTEST = 8;
/** Causes of causes; nobody reads further. */
const MAX_DEPTH = 8;

/**
 * Removes a secret, such as the key of a session, from the words of an error. For what may be logged.
 *
 * Errors of this package are changed in place. Those of others (drivers and file systems add statements,
 * parameters and paths) stay as they are where nothing in them can hold it; else they are replaced by one
 * with their name, their words and their plain properties.
 */
export function withoutSecret(error: unknown, secret: string, depth = 0): unknown {
  if (secret.length < SHORTEST) return error;
  if (typeof error === 'string') return hide(error, secret);
  if (typeof error !== 'object' || error === null) return error;
  if (depth >= MAX_DEPTH) return undefined;
  const clean = (value: unknown): unknown => withoutSecret(value, secret, depth + 1);
  if (error instanceof SentinelCacheError) return cleanInPlace(error, secret, clean);
  return isHarmless(error, secret) ? error : inItsWords(error as Error, secret, clean);
}

function cleanInPlace(error: SentinelCacheError, secret: string, clean: (value: unknown) => unknown): SentinelCacheError {
  for (const name of Object.getOwnPropertyNames(error)) {
    const value = valueOf(error, name);
    const cleaned = typeof value === 'string' ? hide(value, secret) : name === 'cause' ? clean(value) : value;
    if (cleaned !== value) Object.defineProperty(error, name, { value: cleaned });
  }
  return error;
}

/** Only text without the secret, numbers and the like. What is an object may hold anything. */
function isHarmless(error: object, secret: string): boolean {
  return Object.getOwnPropertyNames(error).every((name) => {
    const value = valueOf(error, name);
    return value === null || (isPlain(value) && !String(value).includes(secret));
  });
}

function inItsWords(error: Error & { errors?: unknown }, secret: string, clean: (value: unknown) => unknown): Error {
  const cause = 'cause' in error ? { cause: clean(error.cause) } : undefined;
  const copy = new Error(typeof error.message === 'string' ? hide(error.message, secret) : '', cause);
  for (const name of ['name', ...Object.getOwnPropertyNames(error)]) {
    const value = valueOf(error, name);
    if (name === 'message' || !isPlain(value)) continue;
    const cleaned = typeof value === 'string' ? hide(value, secret) : value;
    const enumerable = name !== 'stack' && name !== 'name';
    Object.defineProperty(copy, name, { value: cleaned, writable: true, configurable: true, enumerable });
  }
  if (Array.isArray(error.errors)) Object.defineProperty(copy, 'errors', { value: error.errors.map(clean) });
  return copy;
}

function valueOf(error: object, name: string): unknown {
  return (error as Record<string, unknown>)[name];
}

function isPlain(value: unknown): boolean {
  return ['string', 'number', 'bigint', 'boolean', 'undefined'].includes(typeof value);
}

function hide(text: string, secret: string): string {
  return text.includes(secret) ? text.replaceAll(secret, STAND_IN) : text;
}
