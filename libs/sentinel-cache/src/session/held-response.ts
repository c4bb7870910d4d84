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

/** What a response does when nobody holds it. */
interface Unheld {
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

  /** From here on the response waits; one that is on its way already ends the session's chance to be saved. */
  onFirstUse(): void {
    if (this.response.headersSent) this.session.state.closed = true;
    else this.state = 'held';
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
    this.unheld.end.apply(response, [body, 'utf8'] as never[]);
    this.state = 'replaced';
  }
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

/**
 * Makes a response holdable, or all those that have `target` as their prototype: made once, that costs a response next to nothing (with
 * functions of its own each one would have a shape of its own to V8, which takes microseconds).
 */
export function makeHoldable(target: HoldableResponse): void {
  if ('sessionUnheld' in target) return;
  const { writeHead, write, end, flushHeaders } = target;
  const unheld: Unheld = { writeHead, write, end, flushHeaders, headersSent: getterOf(target, 'headersSent') };
  // Each looks at the response once: to V8 every response is another kind of object by now, and a look is slow.
  const holding: Record<keyof Unheld | 'sessionUnheld', PropertyDescriptor & ThisType<HoldableResponse>> = {
    sessionUnheld: { value: unheld },
    writeHead: method(function (...args) {
      const hold = this.sessionHold;
      return hold ? hold.writeHead(args) : unheld.writeHead.apply(this, args as never[]);
    }),
    write: method(function (...args) {
      const hold = this.sessionHold;
      return hold ? hold.write(args) : unheld.write.apply(this, args as never[]);
    }),
    end: method(function (...args) {
      const hold = this.sessionHold;
      return hold ? hold.end(args) : unheld.end.apply(this, args as never[]);
    }),
    flushHeaders: method(function () {
      const hold = this.sessionHold;
      if (hold) hold.flushHeaders();
      else unheld.flushHeaders.apply(this);
    }),
    // The response's own word, but where it is held.
    headersSent: {
      configurable: true,
      get() {
        return this.sessionHold?.isBegun === true || unheld.headersSent.call(this);
      },
    },
  };
  Object.defineProperties(target, holding);
}

function method(value: (this: HoldableResponse, ...args: unknown[]) => unknown): PropertyDescriptor {
  return { value, writable: true, configurable: true };
}

/** The inherited getter: Node's own. */
function getterOf(target: object, name: string): (this: ServerResponse) => boolean {
  for (let holder: object | null = target; holder; holder = Object.getPrototypeOf(holder) as object | null) {
    const get = Object.getOwnPropertyDescriptor(holder, name)?.get;
    if (get) return get as (this: ServerResponse) => boolean;
  }
  return () => false;
}
