import { patchVary } from '../../headers/vary.js';
import { ImproperlyConfiguredError } from '../../errors/improperly-configured.error.js';
import type { CacheSession } from '../state/cache-session.js';
import { HeldResponse, type HoldableResponse, type OnSessionError, type ResponseParts } from './held-response.js';
import { makeHoldable } from './holdable-response.js';
import type { SessionExchange } from '../exchange/session-exchange.js';
import { endBody } from './replaced-sources.js';
import { describeFailure, REPLACED_HEADERS, reportBypassOnce } from './session-failure.js';

/** What is used of Fastify, so that its types are not needed. */
export interface FastifyLike {
  hasRequestDecorator(name: string): boolean;
  decorateRequest(name: string, value: null | { getter(this: FastifyRequestLike): unknown }): unknown;
  addHook(name: 'onRequest', hook: (request: FastifyRequestLike, reply: FastifyReplyLike, done: () => void) => void): unknown;
  addHook(
    name: 'onSend',
    hook: (request: FastifyRequestLike, reply: FastifyReplyLike, payload: unknown) => Promise<unknown>,
  ): unknown;
}

interface FastifyRequestLike {
  readonly headers: { readonly cookie?: string };
  /** Fastify does not lead from a request to its reply. */
  sessionReply: FastifyReplyLike | null;
}

interface FastifyReplyLike {
  readonly raw: HoldableResponse;
  readonly statusCode: number;
  getHeader(name: string): string | number | string[] | undefined;
  header(name: string, value: string): unknown;
  removeHeader(name: string): unknown;
  getHeaders(): Record<string, unknown>;
  code(status: number): unknown;
}

/** The session of one request, and what holds its raw response until the session is saved. */
interface Opened {
  readonly session: CacheSession;
  hold?: HeldResponse;
}

/**
 * Gives each request of a Fastify application a lazy `session`, and saves it before the response leaves.
 * Works by hooks, since Nest's middleware never reaches Fastify's request. What is answered past Fastify
 * (`reply.raw`, `hijack`, `@Sse`) waits until the session is saved, as on Express. `onError` receives
 * failures for a log. Throws ImproperlyConfiguredError when another plugin has put a `session` on the
 * request.
 */
export function installFastifySession(fastify: FastifyLike, exchange: SessionExchange, onError: OnSessionError): void {
  if (fastify.hasRequestDecorator('session')) throw alreadyThere();
  const all = new WeakMap<FastifyRequestLike, Opened>();
  const parts: ResponseParts = { exchange, onError, onBypass: reportBypassOnce(onError) };
  const hold = (opened: Opened, { raw }: FastifyReplyLike): void => {
    makeHoldable(raw);
    opened.hold = new HeldResponse(raw, parts, opened.session);
    opened.session.state.listenForFirstUse(opened.hold);
  };
  const isConcerned = ({ headers }: FastifyRequestLike): boolean => exchange.concerns(exchange.cookieOf(headers.cookie));
  const open = (request: FastifyRequestLike): Opened => {
    let opened = all.get(request);
    if (opened) return opened;
    all.set(request, (opened = { session: exchange.begin(exchange.cookieOf(request.headers.cookie)) }));
    if (request.sessionReply) hold(opened, request.sessionReply);
    return opened;
  };
  fastify.decorateRequest('sessionReply', null);
  fastify.decorateRequest('session', {
    getter() {
      return open(this).session;
    },
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    request.sessionReply = reply;
    const begun = all.get(request);
    if (begun) hold(begun, reply);
    // Holds it from here on, as there may be no `onSend`.
    if (begun?.session.state.accessed || isConcerned(request)) open(request).hold!.onFirstUse();
    done();
  });
  fastify.addHook('onSend', async (request, reply, payload) => {
    const known = all.get(request);
    // A hook before ours may have answered.
    const isWanted = known?.session.state.accessed || known?.hold?.isHeld || (!request.sessionReply && isConcerned(request));
    if (!isWanted) return payload;
    const opened = open(request);
    // The response was begun past Fastify: the session is saved there.
    if (opened.hold?.isBegun) return payload;
    try {
      const changes = await exchange.finish(opened.session, reply.statusCode);
      if (changes.varyOnCookie) reply.header('vary', patchVary(reply.getHeader('vary'), 'Cookie'));
      if (changes.setCookie !== undefined) reply.header('set-cookie', changes.setCookie);
      return payload;
    } catch (error) {
      onError(error);
      endBody(payload, onError);
      return replace(reply, error);
    } finally {
      opened.hold?.letGo();
    }
  });
}

/** Replaces the response of a session that could not be saved. */
function replace(reply: FastifyReplyLike, error: unknown): string {
  const { status, body, headers } = describeFailure(error);
  for (const name of Object.keys(reply.getHeaders())) {
    if (REPLACED_HEADERS.test(name)) reply.removeHeader(name);
  }
  reply.code(status);
  for (const [name, value] of Object.entries(headers)) reply.header(name, value);
  reply.header('content-type', 'application/json; charset=utf-8');
  return body;
}

function alreadyThere(): ImproperlyConfiguredError {
  return new ImproperlyConfiguredError([
    {
      path: 'SESSION_ENGINE',
      expected: 'no other plugin that puts a `session` on the request',
      got: 'one that does (@fastify/session?)',
      remedy: 'Remove that plugin, or SESSION_ENGINE.',
    },
  ]);
}
