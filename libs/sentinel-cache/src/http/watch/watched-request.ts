import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

import { readSite } from './read-site.js';

/** What was read of a request: names, and the file and line that read each of them first. */
export interface RequestReads {
  /** Headers in lower case; `*` where all of them were listed. */
  readonly headers: ReadonlyMap<string, string>;
  readonly cookies: ReadonlyMap<string, string>;
}

/** Headers that Node also keeps in other forms; who reads these reads all. */
const OTHER_FORMS = Object.freeze(['rawHeaders', 'headersDistinct'] as const);
/** Where cookie parsers put what they have read. */
const COOKIES = Object.freeze(['cookies', 'signedCookies'] as const);

/** Looks on which headers and cookies of requests are read. */
export class WatchedRequests {
  private readonly reads = new WeakMap<object, RequestReads>();

  /** Looks on from now; `carrier` is the object that parsed cookies are put on. */
  watch(raw: IncomingMessage, carrier: object): void {
    if (this.reads.has(raw)) return;
    const headers = new Map<string, string>();
    const cookies = new Map<string, string>();
    this.reads.set(raw, { headers, cookies });
    const value = lookedOn(raw.headers, headers);
    Object.defineProperty(raw, 'headers', { value, writable: true, configurable: true, enumerable: true });
    for (const form of OTHER_FORMS) watchForm(raw, form, headers);
    for (const name of COOKIES) watchCookies(carrier, name, cookies);
  }

  /** What was read of a request so far; undefined for one that nobody looks on. */
  of(raw: object): RequestReads | undefined {
    return this.reads.get(raw);
  }
}

/**
 * An object like `values` that notes what is read of it. Each value that is there is an accessor, since a
 * Proxy can be neither cloned nor sent to a worker; a Proxy below it sees the names that are not there. Who
 * reads all values without a pause has listed them; names alone that are listed (`Object.keys`) are not seen.
 */
function lookedOn<T extends object>(values: T, reads: Map<string, string>): T {
  const below = (Object.getPrototypeOf(values) ?? Object.create(null)) as object;
  const noteMissing = (name: string | symbol): void => (name in below ? undefined : note(reads, name));
  const seen = Object.create(
    new Proxy(below, {
      get: (target, name, receiver) => (noteMissing(name), Reflect.get(target, name, receiver) as unknown),
      has: (target, name) => (noteMissing(name), Reflect.has(target, name)),
    }),
  ) as Record<string, unknown>;
  const sweep = new Sweep(seen, reads);
  for (const [name, given] of Object.entries(values)) {
    let value: unknown = given;
    Object.defineProperty(seen, name, {
      get: () => (note(reads, name), sweep.pass(name), value),
      set: (changed: unknown) => {
        value = changed;
      },
      enumerable: true,
      configurable: true,
    });
  }
  return seen as T;
}

/** Knows a list of all values by their order: it reads the first, the next, and so on to the last. */
class Sweep {
  private next = 0;

  constructor(
    private readonly values: object,
    private readonly reads: Map<string, string>,
  ) {}

  pass(name: string): void {
    const names = Object.keys(this.values);
    const at = names.indexOf(name);
    this.next = at === this.next || at === 0 ? at + 1 : 0;
    if (this.next < Math.max(2, names.length)) return;
    const site = readSite();
    if (site === undefined) return;
    for (const one of names) if (this.reads.get(one) === site) this.reads.delete(one);
    this.reads.set('*', site);
  }
}

function watchForm(raw: IncomingMessage, form: 'rawHeaders' | 'headersDistinct', reads: Map<string, string>): void {
  const value: string[] | IncomingHttpHeaders = raw[form];
  Object.defineProperty(raw, form, { get: () => (note(reads, '*'), value), configurable: true, enumerable: true });
}

function watchCookies(carrier: object, name: string, reads: Map<string, string>): void {
  const watched = (given: unknown): unknown => (typeof given === 'object' && given !== null ? lookedOn(given, reads) : given);
  let value = watched((carrier as Record<string, unknown>)[name]);
  Object.defineProperty(carrier, name, {
    get: (): unknown => value,
    set: (given: unknown) => {
      // A parser may set again what it has read from here.
      if (given !== value) value = watched(given);
    },
    configurable: true,
    enumerable: true,
  });
}

function note(reads: Map<string, string>, name: string | symbol): void {
  if (typeof name !== 'string' || reads.has(name)) return;
  const site = readSite();
  // Who lists all names looks at each of them.
  if (site !== undefined && reads.get('*') !== site) reads.set(name, site);
}
