import { patchVary } from '../headers/vary.js';
import { ImproperlyConfiguredError } from '../errors/improperly-configured.error.js';
import type { CacheSession } from './cache-session.js';
import type { OnSessionError } from './held-response.js';
import type { SessionExchange } from './session-exchange.js';
import { describeFailure } from './session-failure.js';

/** The few things of Fastify that are used, so that its types are not needed. */
export interface FastifyLike {
  hasRequestDecorator(name: string): boolean;
  decorateRequest(name: string, value: { getter(this: FastifyRequestLike): unknown }): unknown;
  addHook(
    name: 'onSend',
    hook: (request: FastifyRequestLike, reply: FastifyReplyLike, payload: unknown) => Promise<unknown>,
  ): unknown;
}

interface FastifyRequestLike {
  readonly headers: { readonly cookie?: string };
}

interface FastifyReplyLike {
  readonly statusCode: number;
  getHeader(name: string): string | number | string[] | undefined;
  header(name: string, value: string): unknown;
  removeHeader(name: string): unknown;
  getHeaders(): Record<string, unknown>;
  code(status: number): unknown;
}

/**
 * Fastify: gives each request a lazy `session`, and saves it before the response leaves. By hooks, since Nest's middleware never
 * reaches Fastify's request. Throws ImproperlyConfiguredError when another plugin has put a `session` there.
 */
export function installFastifySession(fastify: FastifyLike, exchange: SessionExchange, onError: OnSessionError): void {
  if (fastify.hasRequestDecorator('session')) throw alreadyThere();
  const sessions = new WeakMap<FastifyRequestLike, CacheSession>();
  const sessionOf = (request: FastifyRequestLike): CacheSession => {
    let session = sessions.get(request);
    if (!session) sessions.set(request, (session = exchange.begin(exchange.cookieOf(request.headers.cookie))));
    return session;
  };
  fastify.decorateRequest('session', {
    getter() {
      return sessionOf(this);
    },
  });
  fastify.addHook('onSend', async (request, reply, payload) => {
    if (!sessions.get(request)?.state.accessed && !exchange.concerns(exchange.cookieOf(request.headers.cookie))) return payload;
    try {
      const session = sessionOf(request);
      const changes = await exchange.finish(session, reply.statusCode);
      if (changes.varyOnCookie) reply.header('vary', patchVary(reply.getHeader('vary'), 'Cookie'));
      if (changes.setCookie !== undefined) reply.header('set-cookie', changes.setCookie);
      return payload;
    } catch (error) {
      onError(error);
      return replace(reply, payload, error);
    }
  });
}

/** A session that can't be saved replaces the response. */
function replace(reply: FastifyReplyLike, payload: unknown, error: unknown): string {
  const { status, body } = describeFailure(error);
  (payload as { destroy?(): void } | null)?.destroy?.();
  for (const name of Object.keys(reply.getHeaders())) {
    if (/^(content-|etag|last-modified|cache-control|location)/.test(name)) reply.removeHeader(name);
  }
  reply.code(status);
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
