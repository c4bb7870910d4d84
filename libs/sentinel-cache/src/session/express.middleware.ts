import type { IncomingMessage, Server, ServerResponse } from 'node:http';

import type { CacheSession } from './cache-session.js';
import { HeldResponse, type OnSessionError } from './held-response.js';
import type { SessionExchange } from './session-exchange.js';

type Next = (error?: unknown) => void;
/** What Express makes of a request. */
type SessionRequest = IncomingMessage & { session?: CacheSession | undefined };

/** Sessions on Express. */
export interface ExpressSession {
  /** Before every route. */
  readonly middleware: (request: IncomingMessage, response: ServerResponse, next: Next) => void;
  /**
   * Prepares the requests and responses of this server before Express gets them; nothing else happens to them. Only faster: Express
   * changes the prototype of each, and every property that is added after that costs microseconds.
   */
  attachTo(server: Pick<Server, 'prependListener'>): void;
}

/**
 * Express: gives each request a lazy `session`, and saves it before the first byte of the response leaves.
 *
 * A response begun with `write`, `writeHead`, `flushHeaders` or `end` waits until the session is saved, and goes out in the same
 * order; a session that can't be saved replaces it (503, 400). A request that does not touch its session costs a look at its cookies.
 */
export function createExpressSession(exchange: SessionExchange, onError: OnSessionError): ExpressSession {
  const parts = { exchange, onError };
  return {
    middleware: (request: SessionRequest, response, next) => {
      if (request.session !== undefined) {
        const why = 'another session middleware runs before SESSION_ENGINE. Remove one of the two.';
        return next(new Error(`req.session is there already: ${why}`));
      }
      const session = exchange.begin(request.headers.cookie);
      request.session = session;
      const held = HeldResponse.of(response);
      held.begin(parts, session);
      // A cookie that has to go, or a session that is saved whatever happens: the response is held from the start.
      if (exchange.isIdle(session)) session.state.tellFirstUse(held);
      else held.onFirstUse();
      next();
    },
    attachTo: (server) => {
      server.prependListener('request', (request: SessionRequest, response: ServerResponse) => {
        if ('session' in request) return;
        request.session = undefined;
        HeldResponse.of(response);
      });
    },
  };
}
