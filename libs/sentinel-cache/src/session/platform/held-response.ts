import type { ServerResponse } from 'node:http';

import { patchVary } from '../../headers/vary.js';
import type { CacheSession } from '../state/cache-session.js';
import type { SessionExchange } from '../exchange/session-exchange.js';
import { endSources } from './replaced-sources.js';
import { describeFailure, REPLACED_HEADERS } from './session-failure.js';

/** Receives what went wrong while a response was leaving, for a log. */
export type OnSessionError = (error: unknown) => void;

/** What all responses of an application share. */
export interface ResponseParts {
  readonly exchange: SessionExchange;
  readonly onError: OnSessionError;
  /** Called when a response got past its hold, so that what was written into the session is lost. */
  readonly onBypass: () => void;
}

type Method = (...args: never[]) => unknown;

/** The methods of a response that is not held. */
export interface Unheld {
  readonly writeHead: Method;
  readonly write: Method;
  readonly end: Method;
  readonly flushHeaders: Method;
  readonly headersSent: (this: ServerResponse) => boolean;
}

/** A response that can be held: its methods ask whether it is. */
export type HoldableResponse = ServerResponse & { sessionHold?: HeldResponse | undefined; readonly sessionUnheld?: Unheld };

/**
 * Holds a response back until its session is saved. Until the session is used everything passes at once.
 *
 * A response begun with `write`, `writeHead`, `flushHeaders` or `end` leaves in the same order. When the
 * session can't be saved, an error replaces the response.
 */
export class HeldResponse {
  private state: 'idle' | 'held' | 'saving' | 'released' | 'replaced' = 'idle';
  private waiting: (readonly [method: Method, args: unknown[]])[] = [];
  /** `end` waits: what is written after it is not sent, as with Node's own response. */
  private ended = false;
  private readonly unheld: Unheld;

  /** The response has to be holdable. */
  constructor(
    private readonly response: HoldableResponse,
    private readonly parts: ResponseParts,
    private readonly session: CacheSession,
  ) {
    this.unheld = response.sessionUnheld!;
    response.sessionHold = this;
  }

  /**
   * Whether the program has begun the response: handlers and wrappers look at `headersSent` before they
   * answer.
   */
  get isBegun(): boolean {
    return this.state === 'saving' || this.state === 'replaced';
  }

  /** Whether the response waits for its session, and has not been begun. */
  get isHeld(): boolean {
    return this.state === 'held';
  }

  /** Holds the response from here on; when it has left already, the session can no longer be saved. */
  onFirstUse(): void {
    if (this.response.headersSent) {
      this.session.state.close();
      return;
    }
    this.state = 'held';
    guardHeader(this.response, this);
  }

  /** Lets the response pass: the session is saved, or never will be. */
  letGo(): void {
    if (this.state === 'held') this.state = 'released';
  }

  /**
   * Gives up the session: a method that was taken from the response before it could be held has been called.
   */
  bypass(): void {
    if (this.state !== 'held' && this.state !== 'saving') return;
    const { state } = this.session;
    state.close();
    if (state.hasUnsavedChanges()) this.parts.onBypass();
    this.release();
  }

  /** Stands for `writeHead` of a response that may be held. */
  writeHead(args: unknown[]): unknown {
    // It was begun already; wrappers that can't know call it again.
    if (this.state === 'saving') return this.response;
    return this.pass(this.unheld.writeHead, this.state === 'held' ? this.takeHead(args) : args, this.response);
  }

  /**
   * Applies status and headers now: the status decides whether the session is saved, and headers set later
   * would overwrite our Set-Cookie.
   */
  private takeHead(args: unknown[]): unknown[] {
    const { response } = this;
    // As Node reads it: a reason that is undefined or null may stand before the headers.
    const at = typeof args[1] === 'string' || (args[2] ?? undefined) !== undefined ? 2 : 1;
    response.statusCode = args[0] as number;
    for (const [name, value] of headersOf(args[at])) response.setHeader(name, value);
    return args.slice(0, at);
  }

  /** Stands for `write` of a response that may be held. */
  write(args: unknown[]): unknown {
    return this.pass(this.unheld.write, args, false);
  }

  /** Stands for `end` of a response that may be held. */
  end(args: unknown[]): unknown {
    return this.pass(this.unheld.end, args, this.response);
  }

  /** Stands for `flushHeaders` of a response that may be held. */
  flushHeaders(): void {
    this.pass(this.unheld.flushHeaders, [], undefined);
  }

  /** Calls the method now when the response is not held; else later, in order, and returns `meanwhile`. */
  private pass(method: Method, args: unknown[], meanwhile: unknown): unknown {
    if (this.state === 'held' && this.unheld.headersSent.call(this.response)) this.bypass();
    if (this.state === 'released' || this.state === 'idle') return method.apply(this.response, args as never[]);
    // The handler does not know that its response was replaced: what it still writes is dropped.
    if (this.state === 'replaced' || this.ended) return meanwhile;
    this.ended = method === this.unheld.end;
    this.waiting.push([method, args]);
    if (this.state === 'held') {
      this.state = 'saving';
      this.save().then(
        () => this.release(),
        (error: unknown) => this.replace(error),
      );
    }
    return meanwhile;
  }

  private async save(): Promise<void> {
    const { response } = this;
    const changes = await this.parts.exchange.finish(this.session, response.statusCode);
    if (changes.varyOnCookie) response.setHeader('Vary', patchVary(response.getHeader('Vary'), 'Cookie'));
    if (changes.setCookie !== undefined) response.appendHeader('Set-Cookie', changes.setCookie);
  }

  private release(): void {
    this.state = 'released';
    const held = this.waiting;
    this.waiting = [];
    try {
      for (const [method, args] of held) method.apply(this.response, args as never[]);
    } catch (error) {
      this.parts.onError(error);
      this.response.destroy();
      return;
    }
    // Code that waits for `drain` may go on.
    if (!this.response.writableEnded) this.response.emit('drain');
  }

  private replace(error: unknown): void {
    const { response } = this;
    this.waiting = [];
    endSources(response);
    // From here on the response itself tells whether it has begun, and Node's own end calls the real methods.
    this.state = 'released';
    this.parts.onError(error);
    if (response.headersSent) {
      this.state = 'replaced';
      response.destroy();
      return;
    }
    const { status, body, headers } = describeFailure(error);
    for (const name of response.getHeaderNames()) if (REPLACED_HEADERS.test(name)) response.removeHeader(name);
    response.statusCode = status;
    response.statusMessage = '';
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
    // Wrappers of writeHead (compression) must leave it as it is: their own end is not called.
    response.setHeader('Cache-Control', 'no-store, no-transform');
    this.unheld.end.apply(response, [body, 'utf8'] as never[]);
    this.state = 'replaced';
  }
}

/**
 * Node writes the header itself when a method that is not held begins: the header would be held back, and the
 * body leave without one.
 */
function guardHeader(response: ServerResponse & { _implicitHeader?(): void }, hold: HeldResponse): void {
  const writeHeader = response._implicitHeader;
  if (!writeHeader) return;
  const value = (): void => {
    hold.bypass();
    writeHeader.call(response);
  };
  Object.defineProperty(response, '_implicitHeader', { value, writable: true, configurable: true });
}

/**
 * Reads what `writeHead` takes: an object, a flat list, or a list of pairs. A name that occurs several times
 * has several values.
 */
function headersOf(given: unknown): Map<string, string | string[]> {
  const headers = new Map<string, string | string[]>();
  if (!Array.isArray(given)) {
    for (const [name, value] of Object.entries(given ?? {})) headers.set(name, value as string);
    return headers;
  }
  const flat = (Array.isArray(given[0]) ? given.flat() : given) as string[];
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const name = flat[i]!.toLowerCase();
    const before = headers.get(name);
    headers.set(name, before === undefined ? flat[i + 1]! : [before, flat[i + 1]!].flat());
  }
  return headers;
}
