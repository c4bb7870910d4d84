import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, Readable, Transform } from 'node:stream';
import type { ReadableStream as WebStream } from 'node:stream/web';

import type { StreamCopy } from '../entry/stream-copy.js';
import type { Headers } from '../policy/answer-lifetime.js';
import type { HeaderChanges } from '../policy/freshness-headers.js';
import type { RequestFacts } from '../policy/route-rules.js';
import {
  bytesOf,
  headersOfWriteHead,
  Preconditions,
  type AnswerWatcher,
  type PageExchange,
  type StoredReply,
} from './exchange.js';

type OnSend = (
  request: unknown,
  reply: FastifyReplyLike,
  payload: unknown,
  done: (error: null, payload?: unknown) => void,
) => void;

type OnRequest = (request: unknown, reply: FastifyReplyLike, done: () => void) => void;

/** What is used of Fastify, so that its types are not needed. */
export interface FastifyLike {
  hasReplyDecorator(name: string): boolean;
  decorateReply(name: string, value: null): unknown;
  addHook(name: 'onSend', hook: OnSend): unknown;
  addHook(name: 'onRequest', hook: OnRequest): unknown;
  after(work: () => void): unknown;
}

/** What is used of a Fastify request. */
export interface FastifyRequestLike {
  readonly raw: IncomingMessage & { readonly user?: unknown };
  readonly method: string;
  readonly protocol: string;
  readonly host: string | undefined;
  readonly url: string;
  readonly originalUrl: string;
  readonly headers: RequestFacts['headers'];
  readonly user?: unknown;
}

type HeadWatcher = Pick<AnswerWatcher, 'beforeHead' | 'afterHead'>;

/** What is used of Node's response. */
export interface RawResponse extends ServerResponse {
  /** Who looks on while the head leaves; undefined for all responses that are not cached. */
  pageHead?: HeadWatcher | undefined;
}

/** What is used of a Fastify reply. */
export interface FastifyReplyLike {
  readonly raw: RawResponse;
  readonly statusCode: number;
  /** Receives the payload of a reply that is watched. */
  pagePayload: ((payload: unknown) => unknown) | null;
  code(status: number): unknown;
  header(name: string, value: unknown): unknown;
  removeHeader(name: string): unknown;
  getHeaders(): Record<string, string | number | string[] | undefined>;
  send: (payload?: unknown) => unknown;
}

const FIRST_ERROR = 400;

/**
 * Lets the replies of an application tell what they send, by the first `onSend` hook: after every
 * serializer, before what encodes the body. The first `onRequest` hook puts the watcher of the head below
 * what middlewares put around it. Call it before routes are registered.
 */
export function installFastifyPages(fastify: FastifyLike): void {
  if (fastify.hasReplyDecorator('pagePayload')) return;
  fastify.decorateReply('pagePayload', null);
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    const { pagePayload } = reply;
    if (!pagePayload) return done(null, payload);
    reply.pagePayload = null;
    done(null, pagePayload(payload));
  });
  fastify.addHook('onRequest', (_request, { raw }, done) => {
    raw.writeHead = tellingHead as typeof raw.writeHead;
    done();
  });
  // Fastify adds hooks when it gets to it.
  fastify.after(() => {
    moveToFront(fastify, 'onSend');
    moveToFront(fastify, 'onRequest');
  });
}

/**
 * An instance of the application's own may have hooks already, which run on hits as well: ours comes before
 * them.
 */
function moveToFront(fastify: FastifyLike, name: 'onSend' | 'onRequest'): void {
  const symbol = Object.getOwnPropertySymbols(fastify).find(({ description }) => description === 'fastify.hooks');
  const hooks = symbol && (fastify as unknown as Record<symbol, Record<string, unknown[] | undefined>>)[symbol]?.[name];
  if (hooks && hooks.length > 1) hooks.unshift(hooks.pop());
}

/** Lets a stream flow by a copy of it, which ends as the stream does: well once all of it is out. */
function copied(payload: unknown, raw: ServerResponse, copy: StreamCopy): unknown {
  const source = streamOf(payload);
  if (!source) {
    copy.end(false);
    return payload;
  }
  let isWhole = false;
  const passing = new Transform({
    transform: (chunk: unknown, encoding, done) => {
      copy.add(bytesOf(chunk, encoding));
      done(null, chunk);
    },
    flush: (done) => ((isWhole = true), done()),
  });
  raw.once('finish', () => copy.end(isWhole));
  raw.once('close', () => copy.end(false));
  // Fastify hears of an error from the stream that it is given.
  pipeline(source, passing, (error) => (error ? copy.end(false) : undefined));
  return passing;
}

function streamOf(payload: unknown): Readable | undefined {
  if (payload instanceof ReadableStream) return Readable.fromWeb(payload as WebStream);
  return typeof (payload as Partial<Readable> | null)?.pipe === 'function' ? (payload as Readable) : undefined;
}

/** A request on Fastify, and its reply. */
export class FastifyExchange implements PageExchange {
  readonly preconditions: Preconditions;

  constructor(
    private readonly incoming: FastifyRequestLike,
    private readonly reply: FastifyReplyLike,
  ) {
    this.preconditions = new Preconditions(incoming.raw);
  }

  get request(): RequestFacts {
    const { raw, method, protocol, host, url, originalUrl, headers, user = raw.user } = this.incoming;
    return {
      method,
      originalMethod: undefined,
      protocol,
      host: host ?? '',
      url: originalUrl,
      routedUrl: url,
      headers,
      hasUser: user !== undefined && user !== null,
    };
  }

  get raw(): IncomingMessage {
    return this.incoming.raw;
  }

  headers(): Headers {
    return this.reply.getHeaders();
  }

  setHeader(name: string, value: string): void {
    this.reply.header(name, value);
  }

  watch(watcher: AnswerWatcher): void {
    const { reply } = this;
    let isSeen = false;
    reply.pagePayload = (payload) => {
      isSeen = true;
      this.preconditions.giveBack();
      const body = bytesOf(payload, 'utf8');
      if (!body) {
        const change = watcher.onStream(reply.statusCode, reply.getHeaders());
        this.apply(change.headers);
        return change.copy ? copied(payload, reply.raw, change.copy) : payload;
      }
      const {
        status,
        headers,
        dropsBody,
        body: other,
      } = watcher.onAnswer({ status: reply.statusCode, headers: reply.getHeaders(), body });
      if (status !== undefined) reply.code(status);
      this.apply(headers);
      return dropsBody ? undefined : (other ?? payload);
    };
    this.watchHead({
      beforeHead: (headers) => {
        if (isSeen) return watcher.beforeHead(headers);
        this.preconditions.giveBack();
        return watcher.onStream(reply.raw.statusCode, headers).headers;
      },
      afterHead: (headers) => watcher.afterHead(headers),
    });
  }

  replaceNext(stored: () => StoredReply, _sends: unknown, onHead: (headers: Headers) => HeaderChanges): void {
    const { reply } = this;
    const { send } = reply;
    reply.send = (payload) => {
      reply.send = send;
      // An exception filter answers for an interceptor that failed.
      if (reply.statusCode >= FIRST_ERROR) return send.call(reply, payload);
      const { status, headers, body } = stored();
      reply.code(status);
      this.apply(headers);
      this.watchHead({ beforeHead: onHead, afterHead: () => undefined });
      return send.call(reply, body === undefined || body.length === 0 ? undefined : body);
    };
  }

  private apply(changes: HeaderChanges): void {
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined) this.reply.removeHeader(name);
      else this.reply.header(name, value);
    }
  }

  private watchHead(watcher: HeadWatcher): void {
    const { raw } = this.reply;
    raw.pageHead = watcher;
    // The reply of a route that was there before our hooks.
    if (!Object.hasOwn(raw, 'writeHead')) raw.writeHead = tellingHead as typeof raw.writeHead;
  }
}

/**
 * Writes the head of a raw response, and tells who watches it. Fastify gives all headers to `writeHead`;
 * what middlewares of the raw response set is there as well. It stands below what middlewares put around
 * `writeHead`, so that cookies that are set at the last moment are seen.
 */
function tellingHead(this: RawResponse, ...args: unknown[]): unknown {
  const { writeHead } = Object.getPrototypeOf(this) as { writeHead: (...args: unknown[]) => unknown };
  const watcher = this.pageHead;
  if (!watcher) return writeHead.apply(this, args);
  this.pageHead = undefined;
  const at = typeof args[1] === 'string' ? 2 : 1;
  const given = Object.fromEntries(headersOfWriteHead(args[at]));
  const head: Record<string, HeaderChanges[string]> = { ...this.getHeaders(), ...given };
  for (const [name, value] of Object.entries(watcher.beforeHead(head))) {
    this.removeHeader(name);
    if (value === undefined) delete given[name];
    else given[name] = value as string;
  }
  const result = writeHead.call(this, ...args.slice(0, at), given);
  watcher.afterHead({ ...head, ...this.getHeaders() });
  return result;
}
