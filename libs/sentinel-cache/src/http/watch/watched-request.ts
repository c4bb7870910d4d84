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

function lookedOn<T extends object>(values: T, reads: Map<string, string>): T {
  return new Proxy(values, {
    get: (target, name, receiver) => (note(reads, name), Reflect.get(target, name, receiver) as unknown),
    has: (target, name) => (note(reads, name), Reflect.has(target, name)),
    ownKeys: (target) => (note(reads, '*'), Reflect.ownKeys(target)),
  });
}

function watchForm(raw: IncomingMessage, form: 'rawHeaders' | 'headersDistinct', reads: Map<string, string>): void {
  const value: string[] | IncomingHttpHeaders = raw[form];
  Object.defineProperty(raw, form, { get: () => (note(reads, '*'), value), configurable: true, enumerable: true });
}

function watchCookies(carrier: object, name: string, reads: Map<string, string>): void {
  let value = (carrier as Record<string, unknown>)[name];
  Object.defineProperty(carrier, name, {
    get: (): unknown => (typeof value === 'object' && value !== null ? lookedOn(value, reads) : value),
    set: (given: unknown) => {
      value = given;
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
