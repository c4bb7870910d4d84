import type { ServerResponse } from 'node:http';

import { patchVary } from '../headers/vary.js';
import type { CacheSession } from './cache-session.js';
import type { SessionExchange } from './session-exchange.js';
import { describeFailure } from './session-failure.js';

/** Gets what went wrong while a response was leaving, for a log. */
export type OnSessionError = (error: unknown) => void;

/** What all responses of an application share. */
export interface ResponseParts {
  readonly exchange: SessionExchange;
  readonly onError: OnSessionError;
}

type Method = (...args: never[]) => unknown;
type Held = ServerResponse & { sessionHold?: HeldResponse };

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
  private parts!: ResponseParts;
  private session!: CacheSession;
  private readonly ownWriteHead: Method;
  private readonly ownWrite: Method;
  private readonly ownEnd: Method;
  private readonly ownFlushHeaders: Method;

  private constructor(private readonly response: ServerResponse) {
    this.ownWriteHead = response.writeHead;
    this.ownWrite = response.write;
    this.ownEnd = response.end;
    this.ownFlushHeaders = response.flushHeaders;
    // The same functions for all responses: with closures each one would have a shape of its own.
    const held = response as Held;
    held.sessionHold = this;
    held.writeHead = heldWriteHead as Held['writeHead'];
    held.write = heldWrite as Held['write'];
    held.end = heldEnd as Held['end'];
    held.flushHeaders = heldFlushHeaders;
    Object.defineProperty(held, 'headersSent', HEADERS_SENT);
  }

  /** The one of this response; made when there is none. */
  static of(response: ServerResponse): HeldResponse {
    return (response as Held).sessionHold ?? new HeldResponse(response);
  }

  /** Says whose session it is. Before this nothing can be held. */
  begin(parts: ResponseParts, session: CacheSession): void {
    this.parts = parts;
    this.session = session;
  }

  /** Begun, as far as the program is concerned: handlers and wrappers look at `headersSent` before they answer. */
  get isBegun(): boolean {
    return this.state === 'saving' || this.state === 'replaced';
  }

  /** From here on the response waits; one that is on its way already ends the session's chance to be saved. */
  onFirstUse(): void {
    if (this.response.headersSent) this.session.state.closed = true;
    else this.state = 'held';
  }

  writeHead(args: unknown[]): unknown {
    // Begun already. Wrappers that can't know say it again.
    if (this.state === 'saving') return this.response;
    return this.pass(this.ownWriteHead, this.state === 'held' ? this.takeHead(args) : args, this.response);
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
    return this.pass(this.ownWrite, args, false);
  }

  end(args: unknown[]): unknown {
    return this.pass(this.ownEnd, args, this.response);
  }

  flushHeaders(): void {
    this.pass(this.ownFlushHeaders, [], undefined);
  }

  /** Does it now when the response is free, else later, in order; gives `meanwhile` back then. */
  private pass(method: Method, args: unknown[], meanwhile: unknown): unknown {
    if (this.state === 'released' || this.state === 'idle') return method.apply(this.response, args as never[]);
    // The handler does not know that its response was replaced: what it still writes goes nowhere.
    if (this.state === 'replaced' || this.ended) return meanwhile;
    this.ended = method === this.ownEnd;
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
    // From here on the response says itself whether it has begun, and Node's own end calls the real methods.
    this.state = 'released';
    this.parts.onError(error);
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
    // Wrappers of writeHead (compression) must leave it as it is: their own end is not called.
    response.setHeader('Cache-Control', 'no-store, no-transform');
    this.ownEnd.apply(response, [body, 'utf8'] as never[]);
    this.state = 'replaced';
  }
}

/** What `writeHead` takes: an object, a flat list, or a list of pairs. A name that stands there several times has several values. */
function headersOf(given: unknown): Map<string, string | string[]> {
  const headers = new Map<string, string | string[]>();
  if (!Array.isArray(given)) {
    for (const [name, value] of Object.entries(given ?? {})) if (value !== undefined) headers.set(name, value as string);
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

/** The response's own word, but where it is held. */
const HEADERS_SENT: PropertyDescriptor & ThisType<Required<Held>> = {
  configurable: true,
  get() {
    return this.sessionHold.isBegun || (Reflect.get(Object.getPrototypeOf(this) as object, 'headersSent', this) as boolean);
  },
};

function heldWriteHead(this: Required<Held>, ...args: unknown[]): unknown {
  return this.sessionHold.writeHead(args);
}

function heldWrite(this: Required<Held>, ...args: unknown[]): unknown {
  return this.sessionHold.write(args);
}

function heldEnd(this: Required<Held>, ...args: unknown[]): unknown {
  return this.sessionHold.end(args);
}

function heldFlushHeaders(this: Required<Held>): void {
  this.sessionHold.flushHeaders();
}
