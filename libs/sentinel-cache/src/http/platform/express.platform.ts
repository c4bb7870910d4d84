import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';

import type { HeaderValue } from '../../headers/cache-control.js';
import type { StreamCopy } from '../entry/stream-copy.js';
import type { Headers } from '../policy/response-lifetime.js';
import type { RequestFacts } from '../policy/route-rules.js';
import type { WatchedRequests } from '../watch/watched-request.js';
import {
  applyTo,
  bytesOf,
  errorInPlace,
  Preconditions,
  tellVaryOf,
  type ResponseWatcher,
  type PageExchange,
  type StoredReply,
} from './exchange.js';
import { isHeadSent, StoredHead, tellHeadOf, tellHeadsOf, type WatchedResponse } from './head-watch.js';

/** What is used of an Express application, so that its types are not needed. */
export interface ExpressLike {
  /** The prototype of all its responses. */
  readonly response: ExpressResponse;
  /** Answers a request. */
  handle: (request: IncomingMessage, response: WatchedResponse, next: unknown) => unknown;
  on(event: 'mount', listener: (parent: ExpressLike) => void): unknown;
  use(middleware: (request: IncomingMessage, response: WatchedResponse, next: () => void) => void): unknown;
}

/** What is used of an Express request. */
export interface ExpressRequest extends IncomingMessage {
  readonly method: string;
  readonly originalMethod?: string;
  readonly protocol: string;
  readonly host: string | undefined;
  readonly originalUrl: string;
  readonly baseUrl: string;
  readonly url: string;
  readonly user?: unknown;
}

type Method = (...args: unknown[]) => unknown;

/** What is used of an Express response. */
export interface ExpressResponse extends WatchedResponse {
  /** The stored response that is sent instead of what is sent next. */
  pageReply?: { readonly make: () => StoredReply; readonly isError: () => boolean } | undefined;
  send: Method;
  json: Method;
  redirect: Method;
  render: Method;
}

/**
 * Lets the responses of an application, and of those it is mounted in, tell when their head leaves and send
 * stored responses. Before anything else wraps the prototype.
 */
export function installExpressPages(app: ExpressLike): void {
  if (Object.hasOwn(app.response, 'pageReply')) return;
  tellHeadsOf(app.response);
  replaceSends(app.response);
  const { handle } = app;
  app.handle = function (this: unknown, request, response, next) {
    // Who wrapped it before Express does not know the prototype.
    if (Object.hasOwn(response, 'writeHead') && !('pageHead' in response)) tellHeadOf(response);
    return handle.call(this, request, response, next);
  };
  app.on('mount', (parent) => installExpressPages(parent));
}

/** The ways in which Nest sends what a handler returns. */
const SENDS = Object.freeze(['send', 'json', 'redirect', 'render'] as const);

/** Lets all responses of a prototype send a stored response in place of what they are given. */
function replaceSends(prototype: ExpressResponse): void {
  Object.defineProperty(prototype, 'pageReply', { value: undefined, writable: true, configurable: true });
  for (const name of SENDS) {
    const method = prototype[name];
    const value = function (this: ExpressResponse, ...args: unknown[]): unknown {
      const { pageReply } = this;
      if (pageReply === undefined) return method.apply(this, args);
      this.pageReply = undefined;
      return pageReply.isError() ? method.apply(this, args) : sendNow(this, pageReply.make());
    };
    Object.defineProperty(prototype, name, { value, writable: true, configurable: true, enumerable: true });
  }
}

/** Looks on what is read of each request; before other middlewares. */
export function watchExpressRequests(app: ExpressLike, watched: WatchedRequests): void {
  app.use((request, _response, next) => {
    watched.watch(request, request);
    next();
  });
}

/** A request on Express, and its response. */
export class ExpressExchange implements PageExchange {
  readonly preconditions: Preconditions;

  constructor(
    private readonly incoming: ExpressRequest,
    private readonly response: ExpressResponse,
  ) {
    this.preconditions = new Preconditions(incoming);
  }

  get request(): RequestFacts {
    const { method, originalMethod, protocol, host, originalUrl, baseUrl, url, headers, user } = this.incoming;
    return {
      method,
      originalMethod,
      protocol,
      host: host ?? '',
      url: originalUrl,
      routedUrl: `${baseUrl}${url}`,
      headers,
      hasUser: user !== undefined && user !== null,
    };
  }

  get raw(): IncomingMessage {
    return this.incoming;
  }

  status(): number {
    return this.response.statusCode;
  }

  headers(): Headers {
    return this.response.getHeaders();
  }

  header(name: string): HeaderValue {
    return this.response.getHeader(name);
  }

  setHeader(name: string, value: string): void {
    this.response.setHeader(name, value);
  }

  onceSent(work: () => void): void {
    this.response.once('finish', work);
  }

  watch(watcher: ResponseWatcher): void {
    const { response } = this;
    const { end, write, send } = response as unknown as Record<'end' | 'write' | 'send', Method>;
    let isBegun = false;
    let madeEtag = false;
    response.pageHead = watcher;
    tellVaryOf(response, 'setHeader', (value) => (isBegun ? undefined : watcher.onVary(value)));
    response.send = (...args) => {
      // Express makes a weak tag where there is none; ours is strong.
      madeEtag ||= response.getHeader('etag') === undefined;
      return send.apply(response, args);
    };
    let copy: StreamCopy | undefined;
    let source: Readable | undefined;
    response.once('pipe', (from: Readable) => (source = from));
    const streams = (): void => {
      if (isBegun) return;
      isBegun = true;
      this.preconditions.giveBack();
      if (isHeadSent(response)) return;
      const change = watcher.onStream(response.statusCode, response.getHeaders());
      applyTo(response, change.headers);
      if (change.copy) endWith(response, source, (copy = change.copy));
    };
    response.write = ((...args: unknown[]) => {
      streams();
      copy?.add(bytesOf(args[0], args[1]));
      return write.apply(response, args);
    }) as ServerResponse['write'];
    response.end = ((...args: unknown[]) => {
      const [chunk, encoding] = args;
      const body = typeof chunk === 'function' ? Buffer.alloc(0) : bytesOf(chunk, encoding);
      if (isBegun || isHeadSent(response) || !body) {
        streams();
        if (typeof chunk !== 'function') copy?.add(bytesOf(chunk, encoding));
        return end.apply(response, args);
      }
      isBegun = true;
      this.preconditions.giveBack();
      const { etag, ...others } = response.getHeaders();
      const tag = madeEtag ? { headers: others, platformEtag: etag } : { headers: { ...others, etag } };
      const {
        status,
        headers: changes,
        dropsBody,
        body: other,
      } = watcher.onWholeResponse({ status: response.statusCode, ...tag, body });
      if (status !== undefined) response.statusCode = status;
      applyTo(response, changes);
      if (other) response.setHeader('content-length', other.length);
      const result = dropsBody ? end.call(response) : other ? end.call(response, other) : end.apply(response, args);
      this.tellHeadOfGone();
      return result;
    }) as ExpressResponse['end'];
  }

  /** No head leaves for a client that is gone; those who wait for its response need it all the same. */
  private tellHeadOfGone(): void {
    const { response } = this;
    if (response.destroyed && response.pageHead && !isHeadSent(response)) response.writeHead(response.statusCode);
  }

  replaceNext(reply: () => StoredReply): void {
    this.response.pageReply = { make: reply, isError: errorInPlace(this.response) };
  }
}

/** Ends a copy as its stream ends: well once all of it is out, and its source came to its own end. */
function endWith(response: ServerResponse, source: Readable | undefined, copy: StreamCopy): void {
  response.once('finish', () => copy.end(source?.readableEnded ?? true));
  response.once('close', () => copy.end(false));
}

function sendNow(response: ExpressResponse, { status, headers, body }: StoredReply): ServerResponse {
  response.statusCode = status;
  applyTo(response, headers);
  response.pageHead = new StoredHead(headers);
  if (body === undefined || status === 204) return response.end();
  response.setHeader('content-length', body.length);
  return response.end(body);
}
