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
type Held = ServerResponse & { sessionHold: HeldResponse };

/**
 * A response whose first byte waits until its session is saved. Until the session is used everything passes at once.
 *
 * Begun with `write`, `writeHead`, `flushHeaders` or `end` it goes out in the same order; a session that can't be saved replaces it.
 */
export class HeldResponse {
  private state: 'idle' | 'held' | 'saving' | 'released' | 'replaced' = 'idle';
  private waiting: (readonly [method: Method, args: unknown[]])[] = [];
  private readonly ownWriteHead: Method;
  private readonly ownWrite: Method;
  private readonly ownEnd: Method;
  private readonly ownFlushHeaders: Method;

  constructor(
    private readonly parts: ResponseParts,
    private readonly session: CacheSession,
    private readonly response: ServerResponse,
  ) {
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
  }

  /** From here on the response waits; one that is on its way already ends the session's chance to be saved. */
  onFirstUse(): void {
    if (this.response.headersSent) this.session.state.closed = true;
    else this.state = 'held';
  }

  writeHead(args: unknown[]): unknown {
    // The status decides whether the session is saved, so it counts at once.
    if (this.state === 'held') this.response.statusCode = args[0] as number;
    return this.pass(this.ownWriteHead, args, this.response);
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
    if (this.state === 'replaced') return meanwhile;
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
    // Node's own end calls the other methods: they are the real ones for that long.
    this.state = 'released';
    this.ownEnd.apply(response, [body, 'utf8'] as never[]);
    this.state = 'replaced';
  }
}

function heldWriteHead(this: Held, ...args: unknown[]): unknown {
  return this.sessionHold.writeHead(args);
}

function heldWrite(this: Held, ...args: unknown[]): unknown {
  return this.sessionHold.write(args);
}

function heldEnd(this: Held, ...args: unknown[]): unknown {
  return this.sessionHold.end(args);
}

function heldFlushHeaders(this: Held): void {
  this.sessionHold.flushHeaders();
}
