import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, Readable, Transform } from 'node:stream';
import type { ReadableStream as WebStream } from 'node:stream/web';

import type { HeaderValue } from '../../headers/cache-control.js';
import type { StreamCopy } from '../entry/stream-copy.js';
import type { Headers } from '../policy/response-lifetime.js';
import type { HeaderChanges } from '../policy/freshness-headers.js';
import type { RequestFacts } from '../policy/route-rules.js';
import {
  bytesOf,
  errorInPlace,
  Preconditions,
  tellVaryOf,
  type ResponseWatcher,
  type PageExchange,
  type StoredReply,
} from './exchange.js';
import type { FastifyReplyLike, FastifyRequestLike } from './fastify-hooks.js';
import { StoredHead, tellHeadOf, type HeadWatcher } from './head-watch.js';

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
    const { raw, method, protocol, host, url, originalUrl, headers } = this.incoming;
    // A plugin may have put null there, and a middleware its user on the raw request.
    const user = this.incoming.user ?? raw.user;
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

  status(): number {
    return this.reply.statusCode;
  }

  headers(): Headers {
    return this.reply.getHeaders();
  }

  header(name: string): HeaderValue {
    return this.reply.getHeader(name);
  }

  setHeader(name: string, value: string): void {
    this.reply.header(name, value);
  }

  onceSent(work: () => void): void {
    this.reply.raw.once('finish', work);
  }

  watch(watcher: ResponseWatcher): void {
    const { reply } = this;
    let isSeen = false;
    tellVaryOf(reply, 'header', (value) => (isSeen ? undefined : watcher.onVary(value)));
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
      } = watcher.onWholeResponse({ status: reply.statusCode, headers: reply.getHeaders(), body });
      if (status !== undefined) reply.code(status);
      this.apply(headers);
      // Fastify takes undefined for no change.
      return dropsBody ? null : (other ?? payload);
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

  replaceNext(stored: () => StoredReply): void {
    const { reply } = this;
    const { send } = reply;
    const isError = errorInPlace(reply.raw);
    reply.send = (payload) => {
      reply.send = send;
      if (isError()) return send.call(reply, payload);
      const { status, headers, body } = stored();
      reply.code(status);
      this.apply(headers);
      this.watchHead(new StoredHead(headers));
      return send.call(reply, body === undefined || body.length === 0 ? undefined : body);
    };
  }

  private apply(changes: HeaderChanges): void {
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined) this.reply.removeHeader(name);
      else this.reply.header(name, value);
    }
  }

  private watchHead(watcher: HeadWatcher): void {
    const { raw } = this.reply;
    raw.pageHead = watcher;
    // The reply of a route that was there before our hooks.
    if (!Object.hasOwn(raw, 'writeHead')) tellHeadOf(raw);
  }
}
