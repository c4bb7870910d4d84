import type { IncomingMessage, ServerResponse } from 'node:http';

import { patchVary } from '../headers/vary.js';
import type { CacheSession } from './cache-session.js';
import type { SessionExchange } from './session-exchange.js';
import { describeFailure } from './session-failure.js';

type Next = (error?: unknown) => void;
/** What Express makes of a request. */
type SessionRequest = IncomingMessage & { [MADE]?: CacheSession; [RESPONSE]?: ServerResponse; session?: CacheSession };

const MADE = Symbol('session');
const RESPONSE = Symbol('response');

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
  const make = (request: SessionRequest, response: ServerResponse): CacheSession => {
    const session = exchange.begin(request.headers.cookie);
    if (response.headersSent) session.state.closed = true;
    else new HeldResponse(response, () => finish(exchange, session, request, response), onError).hold();
    return session;
  };
  // One accessor for all requests: with one each, every request would get a hidden class of its own, for 20 microseconds.
  const accessor: PropertyDescriptor & ThisType<SessionRequest> = {
    configurable: true,
    enumerable: true,
    get() {
      return (this[MADE] ??= make(this, this[RESPONSE]!));
    },
  };
  return (request: SessionRequest, response, next) => {
    if ('session' in request) {
      const why = 'another session middleware runs before SESSION_ENGINE. Remove one of the two.';
      return next(new Error(`req.session is there already: ${why}`));
    }
    request[RESPONSE] = response;
    Object.defineProperty(request, 'session', accessor);
    // A cookie that has to go, or a session that is saved whatever happens: the response is held from the start.
    if (!exchange.isIdle(undefined, request.headers.cookie)) request[MADE] = make(request, response);
    next();
  };
}

async function finish(
  exchange: SessionExchange,
  session: CacheSession,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { cookie } = request.headers;
  if (exchange.isIdle(session, cookie)) return;
  const changes = await exchange.finish(session, cookie, response.statusCode);
  if (changes.varyOnCookie) response.setHeader('Vary', patchVary(response.getHeader('Vary'), 'Cookie'));
  if (changes.setCookie !== undefined) response.appendHeader('Set-Cookie', changes.setCookie);
}

/** A response whose first byte waits for a piece of work. */
class HeldResponse {
  private state: 'untouched' | 'working' | 'released' | 'replaced' = 'untouched';
  private readonly waiting: (() => unknown)[] = [];

  constructor(
    private readonly response: ServerResponse,
    private readonly work: () => Promise<void>,
    private readonly onError: OnSessionError,
  ) {}

  hold(): void {
    const { response } = this;
    const { writeHead, write, end, flushHeaders } = response;
    this.end = (body) => void end.call(response, body, 'utf8');
    response.writeHead = ((...args: Parameters<typeof writeHead>) => {
      // The status decides whether the session is saved, so it counts at once.
      if (this.state === 'untouched') response.statusCode = args[0];
      return this.pass(() => writeHead.apply(response, args), response);
    }) as typeof writeHead;
    response.write = ((...args: Parameters<typeof write>) => this.pass(() => write.apply(response, args), false)) as typeof write;
    response.end = ((...args: Parameters<typeof end>) => this.pass(() => end.apply(response, args), response)) as typeof end;
    response.flushHeaders = () => this.pass(() => flushHeaders.apply(response), undefined);
  }

  /** Does it now when the response is free, else later, in order; gives `meanwhile` back then. */
  private pass<T>(send: () => T, meanwhile: T): T {
    if (this.state === 'released') return send();
    // The handler does not know that its response was replaced: what it still writes goes nowhere.
    if (this.state === 'replaced') return meanwhile;
    this.waiting.push(send);
    if (this.state === 'untouched') {
      this.state = 'working';
      this.work().then(
        () => this.release(),
        (error: unknown) => this.replace(error),
      );
    }
    return meanwhile;
  }

  /** Sends whatever else was answered; the handler's own words are over. */
  private end: (body: string) => void = () => undefined;

  private release(): void {
    this.state = 'released';
    const held = this.waiting.splice(0);
    try {
      for (const send of held) send();
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
    this.end(body);
    this.state = 'replaced';
  }
}
