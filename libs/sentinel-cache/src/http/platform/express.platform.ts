import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';

import type { StreamCopy } from '../entry/stream-copy.js';
import type { Headers } from '../policy/answer-lifetime.js';
import type { HeaderChanges } from '../policy/freshness-headers.js';
import type { RequestFacts, RouteRules } from '../policy/route-rules.js';
import type { WatchedRequests } from '../watch/watched-request.js';
import {
  applyTo,
  bytesOf,
  errorInPlace,
  Preconditions,
  type AnswerWatcher,
  type PageExchange,
  type StoredReply,
} from './exchange.js';
import { isHeadSent, tellHeadOf, tellHeadsOf, type WatchedResponse } from './head-watch.js';

/** What is used of an Express application, so that its types are not needed. */
export interface ExpressLike {
  /** The prototype of all its responses. */
  readonly response: object;
  /** The application that this one is mounted in. */
  readonly parent?: ExpressLike;
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
  send: Method;
  json: Method;
  redirect: Method;
  render: Method;
}

/**
 * Lets the responses of an application tell when their head leaves. Before anything else wraps the prototype;
 * an application that this one is mounted in has responses of its own.
 */
export function installExpressPages(app: ExpressLike): void {
  tellHeadsOf(app.response);
  app.use((_request, response, next) => {
    // A server of the user's own has wrapped it before Express: that wrapper does not know the prototype.
    if (!app.parent && Object.hasOwn(response, 'writeHead')) tellHeadOf(response);
    next();
  });
  app.on('mount', (parent) => tellHeadsOf(parent.response));
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

  setHeader(name: string, value: string): void {
    this.response.setHeader(name, value);
  }

  watch(watcher: AnswerWatcher): void {
    const { response } = this;
    const { end, write, send } = response as unknown as Record<'end' | 'write' | 'send', Method>;
    let isBegun = false;
    let madeEtag = false;
    response.pageHead = watcher;
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
      } = watcher.onAnswer({ status: response.statusCode, ...tag, body });
      if (status !== undefined) response.statusCode = status;
      applyTo(response, changes);
      if (other) response.setHeader('content-length', other.length);
      const result = dropsBody ? end.call(response) : other ? end.call(response, other) : end.apply(response, args);
      this.tellHeadOfGone();
      return result;
    }) as ExpressResponse['end'];
  }

  /** A client that left gets no head; those who wait for its answer need to know what it would have been. */
  private tellHeadOfGone(): void {
    const { response } = this;
    if (response.destroyed && response.pageHead && !isHeadSent(response)) response.writeHead(response.statusCode);
  }

  replaceNext(reply: () => StoredReply, sends: RouteRules['sends'], onHead: (headers: Headers) => HeaderChanges): void {
    const { response } = this;
    const names = sends === 'body' ? (['send', 'json'] as const) : ([sends === 'view' ? 'render' : 'redirect', 'send'] as const);
    const before = names.map((name) => [name, response[name]] as const);
    const isError = errorInPlace(response);
    for (const [name, method] of before) {
      response[name] = (...args: unknown[]) => {
        for (const [other, original] of before) response[other] = original;
        if (isError()) return method.apply(response, args);
        response.pageHead = { beforeHead: onHead, afterHead: () => undefined };
        sendNow(response, reply());
        return response;
      };
    }
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
  if (body === undefined || status === 204) return response.end();
  response.setHeader('content-length', body.length);
  return response.end(body);
}
