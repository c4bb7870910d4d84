/** A header as Node gives it: absent, one line, or several. */
export type HeaderValue = string | number | readonly string[] | undefined;

/** The directives of a Cache-Control header by lower-case name; `true` for one without an argument. */
export type CacheControlDirectiveMap = ReadonlyMap<string, string | true>;

/** What `@CacheControl` takes: each field is the directive of that name. `false` leaves it out. */
export interface CacheControlDirectives {
  /** Any cache may store the response. Displaces `private`. */
  readonly public?: boolean;
  /** Only the user's own cache may store it; with names, only these header fields are private. */
  readonly private?: boolean | string | readonly string[];
  /** How long the response is fresh, in whole seconds. A smaller one that is there already stays. */
  readonly maxAge?: number;
  /** The same for shared caches alone, in whole seconds. */
  readonly sMaxAge?: number;
  /** A stored response has to be checked before it is used; with names, only these header fields. */
  readonly noCache?: boolean | string | readonly string[];
  /** Nobody may store the response. */
  readonly noStore?: boolean;
  /** Nobody may change the body on the way. */
  readonly noTransform?: boolean;
  /** A stale response must not be used. */
  readonly mustRevalidate?: boolean;
  /** The same for shared caches alone. */
  readonly proxyRevalidate?: boolean;
  /** The body never changes while it is fresh. */
  readonly immutable?: boolean;
  /** How long a stale response may be used while it is renewed, in whole seconds. */
  readonly staleWhileRevalidate?: number;
  /** How long a stale response may be used instead of an error, in whole seconds. */
  readonly staleIfError?: number;
}

const DIRECTIVE = /([^\s,;="]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,;"]*)))?/g;
const DIGITS = /^\d+$/;

/**
 * Reads a Cache-Control header. Of a name that comes twice the last one counts, as in Django. An argument
 * that is empty, or broken, is none: `private=""` names no headers, so that it speaks of the whole response.
 */
export function parseCacheControl(header: HeaderValue): CacheControlDirectiveMap {
  const found = new Map<string, string | true>();
  if (header === undefined) return found;
  const text = Array.isArray(header) ? header.join(',') : String(header);
  for (const [, name, quoted, bare] of text.matchAll(DIRECTIVE)) {
    const value = (quoted === undefined ? bare : quoted.replaceAll(/\\(.)/g, '$1'))?.trim() || true;
    const key = name!.toLowerCase();
    // Several fields named by several `no-cache` add up; one without a name stands for all of them.
    const before = found.get(key);
    const adds = (key === 'no-cache' || key === 'private') && before !== undefined;
    found.set(key, adds ? joined(before, value) : value);
  }
  return found;
}

function joined(a: string | true, b: string | true): string | true {
  return a === true || b === true ? true : `${a}, ${b}`;
}

/** Returns the whole seconds of a directive; undefined when it is not there, or no number. */
export function secondsOf(directives: CacheControlDirectiveMap, name: string): number | undefined {
  const value = directives.get(name);
  return typeof value === 'string' && DIGITS.test(value) ? Math.min(Number(value), 2 ** 31) : undefined;
}

/**
 * Returns the header fields that a directive names, in lower case; undefined when it stands alone or is not
 * there.
 */
export function fieldsOf(directives: CacheControlDirectiveMap, name: string): readonly string[] | undefined {
  const value = directives.get(name);
  if (typeof value !== 'string') return undefined;
  return value.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim().toLowerCase()]));
}

/**
 * Adds directives to a Cache-Control header, as Django's `patch_cache_control` does: what is there keeps its
 * place, `public` and `private` displace each other, the smaller `max-age` stays, and names of `no-cache` add
 * up. Unlike in Django, `false` leaves a directive out, and a `max-age` that is no number is replaced.
 */
export function patchCacheControl(existing: HeaderValue, directives: CacheControlDirectives): string {
  const all = new Map(parseCacheControl(existing));
  for (const [word, given] of Object.entries(directives)) {
    const value = argumentOf(given as CacheControlDirectives[keyof CacheControlDirectives]);
    if (value === undefined) continue;
    const name = directiveName(word);
    if (name === 'public') all.delete('private');
    if (name === 'private') all.delete('public');
    const before = all.get(name);
    const known = name === 'max-age' ? secondsOf(all, name) : undefined;
    if (known !== undefined) all.set(name, String(Math.min(known, Number(value))));
    else all.set(name, name === 'no-cache' && before !== undefined ? joined(before, value) : value);
  }
  return [...all].map(([name, value]) => write(name, value)).join(', ');
}

/** `maxAge` and `max_age` are `max-age`, as in Django. */
function directiveName(word: string): string {
  const name = word.replaceAll('_', '-').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return name === 's-max-age' ? 's-maxage' : name;
}

function argumentOf(given: boolean | string | number | readonly string[] | undefined): string | true | undefined {
  if (given === undefined || given === false) return undefined;
  if (given === true) return true;
  return Array.isArray(given) ? given.join(', ') : String(given);
}

function write(name: string, value: string | true): string {
  if (value === true) return name;
  return /^[\w!#$%&'*+.^`|~-]+$/.test(value) ? `${name}=${value}` : `${name}="${value.replaceAll(/["\\]/g, '\\$&')}"`;
}
