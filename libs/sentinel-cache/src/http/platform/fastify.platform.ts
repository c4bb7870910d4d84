import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, Readable, Transform } from 'node:stream';
import type { ReadableStream as WebStream } from 'node:stream/web';

import type { StreamCopy } from '../entry/stream-copy.js';
import type { Headers } from '../policy/answer-lifetime.js';
import type { HeaderChanges } from '../policy/freshness-headers.js';
import type { RequestFacts } from '../policy/route-rules.js';
import {
  bytesOf,
  headersOfWriteHead,
  Preconditions,
  type AnswerWatcher,
  type PageExchange,
  type StoredReply,
} from './exchange.js';

type OnSend = (
  request: unknown,
  reply: FastifyReplyLike,
  payload: unknown,
  done: (error: null, payload?: unknown) => void,
) => void;

/** What is used of Fastify, so that its types are not needed. */
export interface FastifyLike {
  hasReplyDecorator(name: string): boolean;
  decorateReply(name: string, value: null): unknown;
  addHook(name: 'onSend', hook: OnSend): unknown;
}

/** What is used of a Fastify request. */
export interface FastifyRequestLike {
  readonly raw: IncomingMessage & { readonly user?: unknown };
  readonly method: string;
  readonly protocol: string;
  readonly host: string | undefined;
  readonly url: string;
  readonly originalUrl: string;
  readonly headers: RequestFacts['headers'];
  readonly user?: unknown;
}

/** What is used of a Fastify reply. */
export interface FastifyReplyLike {
  readonly raw: ServerResponse;
  readonly statusCode: number;
  /** Receives the payload of a reply that is watched. */
  pagePayload: ((payload: unknown) => unknown) | null;
  code(status: number): unknown;
  header(name: string, value: unknown): unknown;
  removeHeader(name: string): unknown;
  getHeaders(): Record<string, string | number | string[] | undefined>;
  send: (payload?: unknown) => unknown;
}

const FIRST_ERROR = 400;

/**
 * Lets the replies of an application tell what they send, by the first `onSend` hook: after every serializer,
 * before what encodes the body. Call it before other plugins are registered.
 */
export function installFastifyPages(fastify: FastifyLike): void {
  if (fastify.hasReplyDecorator('pagePayload')) return;
  fastify.decorateReply('pagePayload', null);
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    const { pagePayload } = reply;
    if (!pagePayload) return done(null, payload);
    reply.pagePayload = null;
    done(null, pagePayload(payload));
  });
}

/** Lets a stream flow by a copy of it, which ends as the stream does: well once all of it is out. */
function copied(payload: unknown, raw: ServerResponse, copy: StreamCopy): unknown {
  const source = streamOf(payload);
  if (!source) {
    copy.end(false);
    return payload;
  }
  let isWhole = false;
  const passing = new Transform({
    transform: (chunk: unknown, encoding, done) => {
      copy.add(bytesOf(chunk, encoding));
      done(null, chunk);
    },
    flush: (done) => ((isWhole = true), done()),
  });
  raw.once('finish', () => copy.end(isWhole));
  raw.once('close', () => copy.end(false));
  // Fastify hears of an error from the stream that it is given.
  pipeline(source, passing, (error) => (error ? copy.end(false) : undefined));
  return passing;
}

function streamOf(payload: unknown): Readable | undefined {
  if (payload instanceof ReadableStream) return Readable.fromWeb(payload as WebStream);
  return typeof (payload as Partial<Readable> | null)?.pipe === 'function' ? (payload as Readable) : undefined;
}

/** A request on Fastify, and its reply. */
export class FastifyExchange implements PageExchange {
  readonly preconditions: Preconditions;

  constructor(
    private readonly incoming: FastifyRequestLike,
    private readonly reply: FastifyReplyLike,
  ) {
    this.preconditions = new Preconditions(incoming.raw);
  }

  get request(): RequestFacts {
    const { raw, method, protocol, host, url, originalUrl, headers, user = raw.user } = this.incoming;
    return {
      method,
      originalMethod: undefined,
      protocol,
      host: host ?? '',
      url: originalUrl,
      routedUrl: url,
      headers,
      hasUser: user !== undefined && user !== null,
    };
  }

  get raw(): IncomingMessage {
    return this.incoming.raw;
  }

  headers(): Headers {
    return this.reply.getHeaders();
  }

  setHeader(name: string, value: string): void {
    this.reply.header(name, value);
  }

  watch(watcher: AnswerWatcher): void {
    const { reply } = this;
    let isSeen = false;
    reply.pagePayload = (payload) => {
      isSeen = true;
      this.preconditions.giveBack();
      const body = bytesOf(payload, 'utf8');
      if (!body) {
        const change = watcher.onStream(reply.statusCode, reply.getHeaders());
        this.apply(change.headers);
        return change.copy ? copied(payload, reply.raw, change.copy) : payload;
      }
      const {
        status,
        headers,
        dropsBody,
        body: other,
      } = watcher.onAnswer({ status: reply.statusCode, headers: reply.getHeaders(), body });
      if (status !== undefined) reply.code(status);
      this.apply(headers);
      return dropsBody ? undefined : (other ?? payload);
    };
    this.watchHead({
      beforeHead: (headers) => {
        if (isSeen) return watcher.beforeHead(headers);
        this.preconditions.giveBack();
        return watcher.onStream(reply.raw.statusCode, headers).headers;
      },
      afterHead: (headers) => watcher.afterHead(headers),
    });
  }

  replaceNext(stored: () => StoredReply, _sends: unknown, onHead: (headers: Headers) => HeaderChanges): void {
    const { reply } = this;
    const { send } = reply;
    reply.send = (payload) => {
      reply.send = send;
      // An exception filter answers for an interceptor that failed.
      if (reply.statusCode >= FIRST_ERROR) return send.call(reply, payload);
      const { status, headers, body } = stored();
      reply.code(status);
      this.apply(headers);
      this.watchHead({ beforeHead: onHead, afterHead: () => undefined });
      return send.call(reply, body === undefined || body.length === 0 ? undefined : body);
    };
  }

  private apply(changes: HeaderChanges): void {
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined) this.reply.removeHeader(name);
      else this.reply.header(name, value);
    }
  }

  /** Fastify gives all headers to `writeHead`; what middlewares of the raw response set is there as well. */
  private watchHead(watcher: Pick<AnswerWatcher, 'beforeHead' | 'afterHead'>): void {
    const { raw } = this.reply;
    const { writeHead } = raw as unknown as { writeHead: (...args: unknown[]) => unknown };
    let isOut = false;
    raw.writeHead = ((...args: unknown[]) => {
      if (isOut) return writeHead.apply(raw, args);
      isOut = true;
      const at = typeof args[1] === 'string' ? 2 : 1;
      const given = Object.fromEntries(headersOfWriteHead(args[at]));
      const head: Record<string, HeaderChanges[string]> = { ...raw.getHeaders(), ...given };
      for (const [name, value] of Object.entries(watcher.beforeHead(head))) {
        raw.removeHeader(name);
        if (value === undefined) delete given[name];
        else given[name] = value as string;
      }
      const result = writeHead.call(raw, ...args.slice(0, at), given);
      // A middleware of the raw response may have set its cookie just now.
      watcher.afterHead({ ...head, ...raw.getHeaders() });
      return result;
    }) as ServerResponse['writeHead'];
  }
}
