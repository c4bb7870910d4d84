import type { IncomingMessage, Server, ServerResponse } from 'node:http';

import type { CacheSession } from '../state/cache-session.js';
import { HeldResponse, type HoldableResponse, type OnSessionError, type ResponseParts } from './held-response.js';
import { makeHoldable } from './holdable-response.js';
import type { SessionExchange } from '../exchange/session-exchange.js';
import { reportBypassOnce } from './session-failure.js';

type Next = (error?: unknown) => void;
/** What Express makes of a request. */
type SessionRequest = IncomingMessage & { session?: CacheSession | undefined; sessionSlot?: SessionSlot };

/** What is used of an Express application, so that its types are not needed. */
export interface ExpressLike {
  /** The prototypes of all its requests and responses. */
  readonly request: object;
  readonly response: object;
  on(event: 'mount', listener: (parent: ExpressLike) => void): unknown;
}

/** Sessions on Express. */
export interface ExpressSession {
  /** Runs before every route: gives a request its session. */
  readonly middleware: (request: IncomingMessage, response: ServerResponse, next: Next) => void;
  /**
   * Prepares the requests and responses of an application, so that one that does not use its session costs
   * next to nothing. Optional: the middleware prepares what was not prepared before.
   */
  installOn(app: ExpressLike): void;
  /**
   * Does the same for a server, ahead of Express, which changes their prototypes: adding a property after
   * that costs microseconds. Optional.
   */
  attachTo(server: Pick<Server, 'prependListener'>): void;
}

/**
 * Gives each request of an Express application a lazy `session`, and saves it before the first byte of the
 * response leaves.
 *
 * A response begun with `write`, `writeHead`, `flushHeaders` or `end` waits until the session is saved, then
 * leaves in the same order. When the session can't be saved, an error replaces the response (503, 400). A
 * request that does not use its session costs a look at its cookies. `onError` receives failures for a log.
 */
export function createExpressSession(exchange: SessionExchange, onError: OnSessionError): ExpressSession {
  const parts: ResponseParts = { exchange, onError, onBypass: reportBypassOnce(onError) };
  return {
    middleware: (request: SessionRequest, response, next) => {
      if (request.session !== undefined) {
        const why = 'another session middleware runs before SESSION_ENGINE. Remove one of the two.';
        return next(new Error(`req.session is there already: ${why}`));
      }
      let slot = request.sessionSlot;
      if (!slot?.isOf(parts)) request.sessionSlot = slot = new SessionSlot(parts, response);
      slot.begin(request.headers.cookie);
      if (!slot.isAskedByGetter) request.session = slot.session();
      next();
    },
    installOn: (app) => prepare(app),
    attachTo: (server) => {
      server.prependListener('request', (request: SessionRequest, response: HoldableResponse) => {
        response.sessionHold = undefined;
        request.sessionSlot ??= new SessionSlot(parts, response);
      });
    },
  };
}

/** A parent application may end the responses that the mounted one leaves to it: both are prepared. */
function prepare(app: ExpressLike): void {
  makeHoldable(app.response as HoldableResponse);
  if (!('session' in app.request)) Object.defineProperty(app.request, 'session', LAZY_SESSION);
  app.on('mount', (parent) => prepare(parent));
}

const LAZY_SESSION: PropertyDescriptor & ThisType<SessionRequest> = {
  configurable: true,
  get() {
    return this.sessionSlot?.askedByGetter();
  },
  // A program that assigns its own `req.session` keeps it; ours steps aside.
  set(value: unknown) {
    Object.defineProperty(this, 'session', { value, writable: true, enumerable: true, configurable: true });
  },
};

/**
 * Creates the session of one request when it is first used. Private to the language: a request that is logged
 * shows nothing of it.
 */
class SessionSlot {
  /**
   * Whether the getter of the application's requests leads here: then nothing has to be put on the request
   * itself.
   */
  isAskedByGetter = false;
  readonly #parts: ResponseParts;
  #cookie: string | undefined;
  readonly #response: HoldableResponse;
  #hasBegun = false;
  #session: CacheSession | undefined;

  constructor(parts: ResponseParts, response: HoldableResponse) {
    this.#parts = parts;
    this.#response = response;
  }

  isOf(parts: ResponseParts): boolean {
    return this.#parts === parts;
  }

  /**
   * Holds the response from the start for a cookie that has to go, and for a session that every request
   * saves.
   */
  begin(cookieHeader: string | undefined): void {
    this.#hasBegun = true;
    const { exchange } = this.#parts;
    this.#cookie = exchange.cookieOf(cookieHeader);
    if (!exchange.concerns(this.#cookie)) return;
    this.session();
    this.#response.sessionHold!.onFirstUse();
  }

  session(): CacheSession {
    return (this.#session ??= this.#make());
  }

  /** Gives undefined before `begin`. */
  askedByGetter(): CacheSession | undefined {
    this.isAskedByGetter = true;
    return this.#hasBegun ? this.session() : undefined;
  }

  #make(): CacheSession {
    const session = this.#parts.exchange.begin(this.#cookie);
    makeHoldable(this.#response);
    session.state.listenForFirstUse(new HeldResponse(this.#response, this.#parts, session));
    return session;
  }
}
