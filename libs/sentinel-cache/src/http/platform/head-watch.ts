import { OutgoingMessage, type ServerResponse } from 'node:http';

import type { HeaderValue } from '../../headers/cache-control.js';
import type { Headers } from '../policy/response-lifetime.js';
import type { HeaderChanges } from '../policy/freshness-headers.js';
import { encodedLate } from '../policy/stored-headers.js';
import { applyTo, headersOfWriteHead, type ResponseWatcher } from './exchange.js';

/** Who looks on while a head leaves. */
export interface HeadWatcher extends Pick<ResponseWatcher, 'beforeHead' | 'afterHead'> {
  /** Told only of a head with another Content-Encoding than this one, `null` for none. Undefined: of each. */
  readonly encoding?: HeaderValue | null;
}

/** Looks on while a stored response leaves: one that is encoded on its way has no strong tag. */
export class StoredHead implements HeadWatcher {
  readonly encoding: HeaderValue | null;

  constructor(stored: HeaderChanges) {
    this.encoding = stored['content-encoding'] ?? null;
  }

  beforeHead(headers: Headers): HeaderChanges {
    return encodedLate({ 'content-encoding': this.encoding ?? undefined }, headers);
  }

  afterHead(): void {
    // It is stored already.
  }
}

/** What is used of Node's response. */
export interface WatchedResponse extends ServerResponse {
  /** Who looks on while the head leaves; undefined for all responses that are not cached. */
  pageHead?: HeadWatcher | undefined;
}

type WriteHead = (this: WatchedResponse, ...args: unknown[]) => unknown;

const ENCODING = /^content-encoding$/i;
/** What Node itself says, even while a session holds the response. */
const headersSent = Object.getOwnPropertyDescriptor(OutgoingMessage.prototype, 'headersSent')!.get!;

/** Whether the head of a response is out. */
export function isHeadSent(response: ServerResponse): boolean {
  return headersSent.call(response) as boolean;
}

/**
 * Lets all responses of a prototype tell when their head leaves: below every wrapper that a middleware puts
 * on a response, so that cookies that are set at the last moment are seen.
 */
export function tellHeadsOf(prototype: object): void {
  if (Object.hasOwn(prototype, 'pageHead')) return;
  const { writeHead } = prototype as { writeHead: WriteHead };
  Object.defineProperties(prototype, {
    pageHead: { value: undefined, writable: true, configurable: true },
    writeHead: { value: above(writeHead), writable: true, configurable: true },
  });
}

/** Lets one response tell it, above whatever wrapper is there already. */
export function tellHeadOf(response: WatchedResponse): void {
  response.writeHead = (
    Object.hasOwn(response, 'writeHead') ? above(response.writeHead) : telling
  ) as ServerResponse['writeHead'];
}

function above(writeHead: (...args: never[]) => unknown): WriteHead {
  return function (...args) {
    return writeTold(this, writeHead as WriteHead, args);
  };
}

function telling(this: WatchedResponse, ...args: unknown[]): unknown {
  return writeTold(this, (Object.getPrototypeOf(this) as { writeHead: WriteHead }).writeHead, args);
}

/** The Content-Encoding of a head that is about to leave, with the headers that `writeHead` was given. */
function encodingOf(response: ServerResponse, given: unknown): unknown {
  if (Array.isArray(given)) return undefined;
  if (typeof given === 'object') for (const name in given) if (ENCODING.test(name)) return (given as Headers)[name];
  return response.getHeader('content-encoding') ?? null;
}

/** Sets the headers that `writeHead` was given, so that there is one place where they are, and tells. */
function writeTold(response: WatchedResponse, writeHead: WriteHead, args: unknown[]): unknown {
  const watcher = response.pageHead;
  if (!watcher || isHeadSent(response)) return writeHead.apply(response, args);
  response.pageHead = undefined;
  const at = typeof args[1] === 'string' ? 2 : 1;
  if (watcher.encoding !== undefined && watcher.encoding === encodingOf(response, args[at]))
    return writeHead.apply(response, args);
  for (const [name, value] of headersOfWriteHead(args[at])) response.setHeader(name, value);
  applyTo(response, watcher.beforeHead(response.getHeaders()));
  const result = writeHead.apply(response, args.slice(0, at));
  watcher.afterHead(response.getHeaders());
  return result;
}
