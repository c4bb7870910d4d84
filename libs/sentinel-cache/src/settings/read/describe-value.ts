/** What a number of seconds looks like when it is misspelt (`5 min`): such text can't be a secret, and helps to see the slip. */
const MISSPELT_NUMBER = /^[-+]?\d[\d._,]{0,9} ?[a-z]{0,7}$/i;
/** `django.core.cache.backends.memcached.PyMemcacheCache`: the path of a Python object. */
const DOTTED_PATH = /^[A-Za-z_]\w{0,60}(?:\.[A-Za-z_]\w{0,60}){1,8}$/;
const PLAIN_NAME = /^[\w.-]{1,60}$/;

/**
 * What stands at a setting, for an error message: its kind, and its value only where it can't be a secret (booleans, numbers).
 * Any other text is given by its length: a password may stand anywhere by mistake.
 */
export function describeValue(value: unknown): string {
  if (typeof value === 'boolean') return `${value} (boolean)`;
  if (typeof value === 'number') return `${value} (number)`;
  if (typeof value === 'string' && MISSPELT_NUMBER.test(value)) return `'${value}' (string)`;
  return describeKind(value);
}

/** Like describeValue for settings that name a Python class: a dotted path is shown. */
export function describeDottedPath(value: unknown): string {
  return typeof value === 'string' && DOTTED_PATH.test(value) ? `'${value}'` : describeValue(value);
}

/** What kind of value stands at a setting that may hold a secret: never the value. */
export function describeKind(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (value === '') return 'an empty string';
  if (typeof value === 'string') return `a string of ${value.length} ${value.length === 1 ? 'character' : 'characters'}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  return `a ${typeof value}`;
}

/** The path of a key below another, as the user writes it; no plain name: quoted and cut, hidden when it looks like a URL. */
export function childPath(parent: string, name: string): string {
  if (PLAIN_NAME.test(name)) return parent === '' ? name : `${parent}.${name}`;
  const shown =
    name.includes('@') || name.includes('://') ? `(a key of ${name.length} characters)` : JSON.stringify(name.slice(0, 60));
  return `${parent}[${shown}]`;
}
