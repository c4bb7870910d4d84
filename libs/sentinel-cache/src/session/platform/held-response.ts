import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';

import { patchVary } from '../../headers/vary.js';
import type { CacheSession } from '../state/cache-session.js';
import type { SessionExchange } from '../exchange/session-exchange.js';
import { describeFailure, REPLACED_HEADERS } from './session-failure.js';

/** Gets what went wrong while a response was leaving, for a log. */
export type OnSessionError = (error: unknown) => void;

/** What all responses of an application share. */
export interface ResponseParts {
  readonly exchange: SessionExchange;
  readonly onError: OnSessionError;
  /** A response got past its hold, and what was written into the session is lost. */
  readonly onBypass: () => void;
}

type Method = (...args: never[]) => unknown;

/** What a response does when nobody holds it. */
export interface Unheld {
  readonly writeHead: Method;
  readonly write: Method;
  readonly end: Method;
  readonly flushHeaders: Method;
  readonly headersSent: (this: ServerResponse) => boolean;
}

/** A response that can be held: its methods look whether it is. */
export type HoldableResponse = ServerResponse & { sessionHold?: HeldResponse | undefined; readonly sessionUnheld?: Unheld };

/**
 * A response whose first byte waits until its session is saved. Until the session is used everything passes at once.
 *
 * Begun with `write`, `writeHead`, `flushHeaders` or `end` it goes out in the same order; a session that can't be saved replaces it.
 */
export class HeldResponse {
  private state: 'idle' | 'held' | 'saving' | 'released' | 'replaced' = 'idle';
  private waiting: (readonly [method: Method, args: unknown[]])[] = [];
  /** Its end waits: what is answered after that is not sent, as Node would not. */
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

  /** Begun, as far as the program is concerned: handlers and wrappers look at `headersSent` before they answer. */
  get isBegun(): boolean {
    return this.state === 'saving' || this.state === 'replaced';
  }

  get isHeld(): boolean {
    return this.state === 'held';
  }

  /** From here on the response waits; one that is on its way already ends the session's chance to be saved. */
  onFirstUse(): void {
    if (this.response.headersSent) {
      this.session.state.close();
      return;
    }
    this.state = 'held';
    guardHeader(this.response, this);
  }

  /** Nothing waits any more: the session is saved, or will never be. */
  letGo(): void {
    if (this.state === 'held') this.state = 'released';
  }

  /** Somebody calls a method that was taken from the response before it could be held: too late to save anything. */
  bypass(): void {
    if (this.state !== 'held' && this.state !== 'saving') return;
    const { state } = this.session;
    state.close();
    if (state.hasUnsavedChanges()) this.parts.onBypass();
    this.release();
  }

  writeHead(args: unknown[]): unknown {
    // Begun already. Wrappers that can't know say it again.
    if (this.state === 'saving') return this.response;
    return this.pass(this.unheld.writeHead, this.state === 'held' ? this.takeHead(args) : args, this.response);
  }

  /** The status decides whether the session is saved, and headers must not take the place of those that saving adds: both count at once. */
  private takeHead(args: unknown[]): unknown[] {
    const { response } = this;
    const at = typeof args[1] === 'string' ? 2 : 1;
    response.statusCode = args[0] as number;
    for (const [name, value] of headersOf(args[at])) response.setHeader(name, value);
    return args.slice(0, at);
  }

  write(args: unknown[]): unknown {
    return this.pass(this.unheld.write, args, false);
  }

  end(args: unknown[]): unknown {
    return this.pass(this.unheld.end, args, this.response);
  }

  flushHeaders(): void {
    this.pass(this.unheld.flushHeaders, [], undefined);
  }

  /** Does it now when the response is free, else later, in order; gives `meanwhile` back then. */
  private pass(method: Method, args: unknown[], meanwhile: unknown): unknown {
    if (this.state === 'held' && this.unheld.headersSent.call(this.response)) this.bypass();
    if (this.state === 'released' || this.state === 'idle') return method.apply(this.response, args as never[]);
    // The handler does not know that its response was replaced: what it still writes goes nowhere.
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
    // Whoever was told to wait for the buffer to empty may go on.
    if (!this.response.writableEnded) this.response.emit('drain');
  }

  private replace(error: unknown): void {
    const { response } = this;
    this.waiting = [];
    endSources(response);
    // From here on the response says itself whether it has begun, and Node's own end calls the real methods.
    this.state = 'released';
    this.parts.onError(error);
    if (response.headersSent) {
      this.state = 'replaced';
      response.destroy();
      return;
    }
    const { status, body } = describeFailure(error);
    for (const name of response.getHeaderNames()) if (REPLACED_HEADERS.test(name)) response.removeHeader(name);
    response.statusCode = status;
    response.statusMessage = '';
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
    // Wrappers of writeHead (compression) must leave it as it is: their own end is not called.
    response.setHeader('Cache-Control', 'no-store, no-transform');
    this.unheld.end.apply(response, [body, 'utf8'] as never[]);
    this.state = 'replaced';
  }
}

/** Node writes the header by itself when a method begins that is not held: it would be held back, and the body go out without one. */
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
 * What is piped into a response that was replaced goes nowhere: nobody would ever read it to its end, and its file would stay open. One that
 * is piped somewhere else as well is left alone.
 */
function endSources(response: ServerResponse): void {
  const end = (source: Partial<Readable>): void => {
    // `pipe` takes its own listeners away first.
    process.nextTick(() => {
      if (source.listenerCount?.('data') !== 0 || source.listenerCount('readable') !== 0) return;
      // One in the middle lets go of what is piped into it, once it is closed.
      source.on?.('unpipe', end);
      source.destroy?.();
    });
  };
  // A response that has ended unpipes what was piped into it; what comes later it would keep waiting.
  response.on('unpipe', end);
  response.on('pipe', (source: Readable) => source.unpipe(response));
}

/** What `writeHead` takes: an object, a flat list, or a list of pairs. A name that stands there several times has several values. */
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
