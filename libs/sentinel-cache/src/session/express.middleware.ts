import type { IncomingMessage, ServerResponse } from 'node:http';

import { patchVary } from '../headers/vary.js';
import type { CacheSession } from './cache-session.js';
import type { SessionExchange } from './session-exchange.js';
import { describeFailure } from './session-failure.js';

type Next = (error?: unknown) => void;
/** What Express makes of a request. */
type SessionRequest = IncomingMessage & { session?: CacheSession };

/** Gets what went wrong while a response was leaving, for a log. */
export type OnSessionError = (error: unknown) => void;

/**
 * Express: gives each request a lazy `session`, and saves it before the first byte of the response leaves.
 *
 * A response begun with `write`, `writeHead`, `flushHeaders` or `end` waits until the session is saved, and goes out in the same
 * order; a session that can't be saved replaces it (503, 400). A request that does not touch its session costs a look at its cookies.
 */
export function createExpressSession(
  exchange: SessionExchange,
  onError: OnSessionError,
): (request: IncomingMessage, response: ServerResponse, next: Next) => void {
  return (request: SessionRequest, response, next) => {
    if (request.session !== undefined) {
      const why = 'another session middleware runs before SESSION_ENGINE. Remove one of the two.';
      return next(new Error(`req.session is there already: ${why}`));
    }
    const session = exchange.begin(request.headers.cookie);
    // A plain property: with an accessor each request would have a hidden class of its own, which costs more than the session does.
    request.session = session;
    // A cookie that has to go, or a session that is saved whatever happens: the response is held from the start.
    if (!exchange.isIdle(session)) holdResponse(exchange, session, response, onError);
    else session.state.onFirstUse = () => holdResponse(exchange, session, response, onError);
    next();
  };
}

function holdResponse(exchange: SessionExchange, session: CacheSession, response: ServerResponse, onError: OnSessionError): void {
  if (response.headersSent) session.state.closed = true;
  else new HeldResponse(response, () => finish(exchange, session, response), onError).hold();
}

async function finish(exchange: SessionExchange, session: CacheSession, response: ServerResponse): Promise<void> {
  const changes = await exchange.finish(session, response.statusCode);
  if (changes.varyOnCookie) response.setHeader('Vary', patchVary(response.getHeader('Vary'), 'Cookie'));
  if (changes.setCookie !== undefined) response.appendHeader('Set-Cookie', changes.setCookie);
}

type Method = (...args: never[]) => unknown;

/** A response whose first byte waits for a piece of work. */
class HeldResponse {
  private state: 'untouched' | 'working' | 'released' | 'replaced' = 'untouched';
  private readonly waiting: (readonly [method: Method, args: unknown[]])[] = [];
  private readonly own: Pick<ServerResponse, 'writeHead' | 'write' | 'end' | 'flushHeaders'>;

  constructor(
    private readonly response: ServerResponse,
    private readonly work: () => Promise<void>,
    private readonly onError: OnSessionError,
  ) {
    const { writeHead, write, end, flushHeaders } = response;
    this.own = { writeHead, write, end, flushHeaders };
  }

  /** Four properties and no more: on a response of Express each new one costs microseconds. */
  hold(): void {
    const { response, own } = this;
    response.writeHead = ((...args: Parameters<ServerResponse['writeHead']>) => {
      // The status decides whether the session is saved, so it counts at once.
      if (this.state === 'untouched') response.statusCode = args[0];
      return this.pass(own.writeHead, args, response);
    }) as typeof response.writeHead;
    response.write = ((...args: unknown[]) => this.pass(own.write, args, false)) as typeof response.write;
    response.end = ((...args: unknown[]) => this.pass(own.end, args, response)) as typeof response.end;
    response.flushHeaders = () => this.pass(own.flushHeaders, [], undefined);
  }

  /** Does it now when the response is free, else later, in order; gives `meanwhile` back then. */
  private pass<T>(method: Method, args: unknown[], meanwhile: T): T {
    if (this.state === 'released') return method.apply(this.response, args as never[]) as T;
    // The handler does not know that its response was replaced: what it still writes goes nowhere.
    if (this.state === 'replaced') return meanwhile;
    this.waiting.push([method, args]);
    if (this.state === 'untouched') {
      this.state = 'working';
      this.work().then(
        () => this.release(),
        (error: unknown) => this.replace(error),
      );
    }
    return meanwhile;
  }

  private release(): void {
    this.state = 'released';
    const held = this.waiting.splice(0);
    try {
      for (const [method, args] of held) method.apply(this.response, args as never[]);
    } catch (error) {
      this.onError(error);
      this.response.destroy();
      return;
    }
    // Whoever was told to wait for the buffer to empty may go on.
    if (!this.response.writableEnded) this.response.emit('drain');
  }

  private replace(error: unknown): void {
    const { response } = this;
    this.waiting.length = 0;
    this.onError(error);
    if (response.headersSent) {
      this.state = 'replaced';
      response.destroy();
      return;
    }
    const { status, body } = describeFailure(error);
    for (const name of response.getHeaderNames())
      if (/^(content-|etag|last-modified|cache-control|location)/.test(name)) response.removeHeader(name);
    response.statusCode = status;
    response.statusMessage = '';
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
    // Node's own end calls the other methods: they are the real ones for that long.
    this.state = 'released';
    this.own.end.call(response, body, 'utf8');
    this.state = 'replaced';
  }
}
