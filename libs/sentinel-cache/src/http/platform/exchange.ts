import type { IncomingMessage, ServerResponse } from 'node:http';

import type { HeaderValue } from '../../headers/cache-control.js';
import type { Headers } from '../policy/response-lifetime.js';
import type { HeaderChanges } from '../policy/freshness-headers.js';
import type { StreamCopy } from '../entry/stream-copy.js';
import { PRECONDITIONS } from '../policy/preconditions.js';
import type { RequestFacts } from '../policy/route-rules.js';

/** A response with its whole body, before it is sent. */
export interface WholeResponse {
  readonly status: number;
  readonly headers: Headers;
  /** The tag that the platform made, not the handler; it is not among the headers. */
  readonly platformEtag?: HeaderValue;
  readonly body: Buffer;
}

/** What is changed about a response before it is sent. */
export interface ResponseChange {
  readonly status?: number;
  readonly headers: HeaderChanges;
  /** Whether it is sent without its body. */
  readonly dropsBody?: boolean;
  /** What is sent in place of its body. */
  readonly body?: Buffer;
}

/** What is changed about a stream before it flows, and who keeps a copy of it. */
export interface StreamChange {
  readonly headers: HeaderChanges;
  readonly copy?: StreamCopy;
}

/** Looks on while a response leaves. */
export interface ResponseWatcher {
  /** Called when the handler sets `Vary`. */
  onVary(value: HeaderValue): void;
  /** Receives a response that is about to be sent whole. */
  onWholeResponse(response: WholeResponse): ResponseChange;
  /** Called instead when the body is a stream, or was sent past the platform. */
  onStream(status: number, headers: Headers): StreamChange;
  /** Receives the final head, and may change it. Before `onWholeResponse` when the head was sent alone. */
  beforeHead(headers: Headers): HeaderChanges;
  /** Called when the head is out and nothing can change it any more. */
  afterHead(headers: Headers): void;
}

/** A stored response as it is to be sent now. */
export interface StoredReply {
  readonly status: number;
  readonly headers: HeaderChanges;
  /** Undefined: none is sent (304, 412). */
  readonly body: Buffer | undefined;
}

/** One request and its response, whatever the platform. */
export interface PageExchange {
  readonly request: RequestFacts;
  /** The request as Node made it. */
  readonly raw: IncomingMessage;
  readonly preconditions: Preconditions;
  /** The status that the response has now. */
  status(): number;
  /** The headers that the response has now. */
  headers(): Headers;
  /** The header of that name, in lower case, that the response has now. */
  header(name: string): HeaderValue;
  /** Sets a header of the response now. */
  setHeader(name: string, value: string): void;
  /** Calls back once the response is out. */
  onceSent(work: () => void): void;
  /** Looks on while the response leaves, and gives the preconditions back then. Once for each exchange. */
  watch(watcher: ResponseWatcher): void;
  /** Sends `reply` in place of what is sent next. An error that is sent meanwhile leaves as it is. */
  replaceNext(reply: () => StoredReply): void;
}

/** The preconditions of a request, which the handler must not see. */
export class Preconditions {
  private hidden: Record<string, string> = {};

  constructor(private readonly request: Pick<IncomingMessage, 'headers'>) {}

  /** Takes them from the request, and returns them. */
  hide(): Headers {
    const { headers } = this.request;
    for (const name of PRECONDITIONS) {
      if (headers[name] === undefined) continue;
      this.hidden[name] = headers[name];
      delete headers[name];
    }
    return this.hidden;
  }

  /** Puts them back. */
  giveBack(): void {
    Object.assign(this.request.headers, this.hidden);
  }
}

/** Lets a response tell when `Vary` is set by this method of it, as long as that is asked. */
export function tellVaryOf<Method extends 'setHeader' | 'header'>(
  response: Record<Method, (name: string, value: never) => unknown>,
  method: Method,
  tell: (value: HeaderValue) => void,
): void {
  const set = response[method];
  response[method] = function (name, value) {
    if (typeof name === 'string' && name.toLowerCase() === 'vary') tell(value);
    return set.call(this, name, value);
  };
}

/** The bytes of what is given to `end` or `send`; undefined for what is neither text nor bytes. */
export function bytesOf(chunk: unknown, encoding: unknown): Buffer | undefined {
  if (chunk === undefined || chunk === null) return Buffer.alloc(0);
  if (typeof chunk === 'string') return Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
  // A copy: the handler may change its own bytes afterwards.
  return chunk instanceof Uint8Array ? Buffer.from(chunk) : undefined;
}

/** The headers that `writeHead` takes: an object, a flat list, or a list of pairs. */
export function headersOfWriteHead(given: unknown): [name: string, value: string | string[]][] {
  if (given === undefined || given === null || typeof given !== 'object') return [];
  if (!Array.isArray(given)) return Object.entries(given) as [string, string | string[]][];
  const flat = (Array.isArray(given[0]) ? given.flat() : given) as string[];
  const found = new Map<string, string | string[]>();
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const before = found.get(flat[i]!.toLowerCase());
    found.set(flat[i]!.toLowerCase(), before === undefined ? flat[i + 1]! : [before, flat[i + 1]!].flat());
  }
  return [...found];
}

const FIRST_ERROR = 400;

/**
 * Returns what tells whether an error takes the place of a page: an exception filter sets its status for an
 * interceptor that failed. Errors that are pages (404, 410) have theirs before, so there each setting counts.
 */
export function errorInPlace(response: ServerResponse): () => boolean {
  const before = response.statusCode;
  if (before < FIRST_ERROR) return () => response.statusCode >= FIRST_ERROR;
  let status = before;
  let isSet = false;
  Object.defineProperty(response, 'statusCode', {
    get: () => status,
    set: (given: number) => {
      status = given;
      isSet = given >= FIRST_ERROR;
    },
    configurable: true,
    enumerable: true,
  });
  return () => {
    delete (response as Partial<ServerResponse>).statusCode;
    response.statusCode = status;
    return isSet;
  };
}

/** Applies changes to a response that has not been begun. */
export function applyTo(response: Pick<ServerResponse, 'setHeader' | 'removeHeader'>, changes: HeaderChanges): void {
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) response.removeHeader(name);
    else response.setHeader(name, value);
  }
}
