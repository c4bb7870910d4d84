import type { IncomingMessage, ServerResponse } from 'node:http';

import type { HeaderChanges } from '../policy/freshness-headers.js';
import type { RequestFacts } from '../policy/route-rules.js';
import type { WatchedRequests } from '../watch/watched-request.js';
import { headersOfWriteHead, type AnswerWatcher } from './exchange.js';

type OnSend = (
  request: unknown,
  reply: FastifyReplyLike,
  payload: unknown,
  done: (error: null, payload?: unknown) => void,
) => void;

type OnRequest = (request: FastifyRequestLike, reply: FastifyReplyLike, done: () => void) => void;

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

/** Who looks on while a head leaves. */
export type HeadWatcher = Pick<AnswerWatcher, 'beforeHead' | 'afterHead'>;

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

/** Looks on what is read of each request; before other hooks. */
export function watchFastifyRequests(fastify: FastifyLike, watched: WatchedRequests): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    watched.watch(request.raw, request);
    done();
  });
  fastify.after(() => moveToFront(fastify, 'onRequest'));
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

/**
 * Writes the head of a raw response, and tells who watches it. Fastify gives all headers to `writeHead`;
 * what middlewares of the raw response set is there as well. It stands below what middlewares put around
 * `writeHead`, so that cookies that are set at the last moment are seen.
 */
export function tellingHead(this: RawResponse, ...args: unknown[]): unknown {
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
