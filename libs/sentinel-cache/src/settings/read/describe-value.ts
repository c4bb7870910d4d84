import { isMap, isPromise } from 'node:util/types';

/** A misspelt number of seconds (`5 min`): such text can't be a secret, and helps to find the slip. */
const MISSPELT_NUMBER = /^[-+]?\d[\d._,]{0,9} ?[a-z]{0,7}$/i;
/** The path of a Python object. */
const DOTTED_PATH = /^[A-Za-z_]\w{0,60}(?:\.[A-Za-z_]\w{0,60}){1,8}$/;
const PLAIN_NAME = /^[\w.-]{1,60}$/;

/**
 * Describes a value for an error: its kind, and the value itself only where it can't be a secret (booleans,
 * numbers). Of other text only the length is shown, since a password may be anywhere by mistake.
 */
export function describeValue(value: unknown): string {
  if (typeof value === 'boolean') return `${value} (boolean)`;
  if (typeof value === 'number') return `${value} (number)`;
  if (typeof value === 'string' && MISSPELT_NUMBER.test(value)) return `'${value}' (string)`;
  return describeKind(value);
}

/** Describes a value as describeValue does, for settings that name a Python class: a dotted path is shown. */
export function describeDottedPath(value: unknown): string {
  return typeof value === 'string' && DOTTED_PATH.test(value) ? `'${value}'` : describeValue(value);
}

/** Describes the kind of a value that may be a secret; never the value. */
export function describeKind(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (value === '') return 'an empty string';
  if (typeof value === 'string') return `a string of ${value.length} ${value.length === 1 ? 'character' : 'characters'}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (isPromise(value)) return 'a Promise';
  if (isMap(value)) return 'a Map';
  if (typeof value === 'object') return 'an object';
  return `a ${typeof value}`;
}

/**
 * Returns the path of a key as the user writes it. A name that is not plain is quoted and cut; one that looks
 * like a URL is hidden.
 */
export function childPath(parent: string, name: string): string {
  if (PLAIN_NAME.test(name)) return parent === '' ? name : `${parent}.${name}`;
  const shown =
    name.includes('@') || name.includes('://') ? `(a key of ${name.length} characters)` : JSON.stringify(name.slice(0, 60));
  return `${parent}[${shown}]`;
}
