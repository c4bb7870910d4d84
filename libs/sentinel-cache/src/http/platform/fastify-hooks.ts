import type { IncomingMessage } from 'node:http';

import type { RequestFacts } from '../policy/route-rules.js';
import type { WatchedRequests } from '../watch/watched-request.js';
import { tellHeadOf, type WatchedResponse } from './head-watch.js';

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

/** What is used of a Fastify reply. */
export interface FastifyReplyLike {
  readonly raw: WatchedResponse;
  readonly statusCode: number;
  /** Receives the payload of a reply that is watched. */
  pagePayload: ((payload: unknown) => unknown) | null;
  code(status: number): unknown;
  header(name: string, value: unknown): unknown;
  removeHeader(name: string): unknown;
  getHeader(name: string): string | number | string[] | undefined;
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
    tellHeadOf(raw);
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
