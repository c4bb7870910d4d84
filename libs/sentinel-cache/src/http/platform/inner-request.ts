import { IncomingMessage, ServerResponse, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/**
 * Headers of a request that its repetition does not have: they speak of one connection, one body or one
 * copy.
 */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'upgrade',
  'expect',
  'te',
  'trailer',
  'transfer-encoding',
  'content-length',
  'range',
  'if-range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'cache-control',
  'pragma',
]);
/** Headers of which Node keeps the first one. */
const ONCE: ReadonlySet<string> = new Set([
  'authorization',
  'content-type',
  'from',
  'host',
  'max-forwards',
  'referer',
  'user-agent',
]);

/** The server that a request came from; undefined for one that came another way (serverless, tests). */
export function serverOf({ socket }: IncomingMessage): Server | undefined {
  const { server } = socket as Socket & { server?: Server };
  return typeof server?.emit === 'function' ? server : undefined;
}

/**
 * Makes a GET of a request, for its server to answer as it would answer a client: through every middleware,
 * guard, pipe and filter, on a response of its own, past the network. It has the headers of the request but
 * for those that speak of one connection, body or copy, and those of `without`, in lower case.
 */
export class InnerRequest {
  readonly request: IncomingMessage;
  private readonly response: ServerResponse;
  private readonly socket: InnerSocket;

  constructor(original: IncomingMessage, url: string, without: readonly string[]) {
    this.socket = new InnerSocket(original.socket);
    const socket = this.socket as unknown as Socket;
    const { rawHeaders } = original;
    const kept: string[] = [];
    for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
      const name = rawHeaders[i]!.toLowerCase();
      if (!LEFT_OUT.has(name) && !without.includes(name)) kept.push(rawHeaders[i]!, rawHeaders[i + 1]!);
    }
    const { httpVersion, httpVersionMajor, httpVersionMinor } = original;
    this.request = Object.assign(new IncomingMessage(socket), { httpVersion, httpVersionMajor, httpVersionMinor });
    Object.assign(this.request, { method: 'GET', url, rawHeaders: kept, headers: headersOf(kept), complete: true });
    this.request.push(null);
    this.response = new ServerResponse(this.request);
    this.response.assignSocket(socket);
  }

  /** Sends it. Resolves when it is answered, or was not within so many milliseconds. Never rejects. */
  send(server: Server, deadlineMs: number): Promise<void> {
    const { response, socket } = this;
    return new Promise((resolve) => {
      const timer = setTimeout(() => socket.destroy(), deadlineMs).unref();
      response.once('finish', () => socket.destroy());
      response.once('close', () => (clearTimeout(timer), resolve()));
      server.emit('request', this.request, response);
    });
  }
}

/** As Node reads them: a name that comes again is joined, or left out where it may come once. */
function headersOf(raw: readonly string[]): Record<string, string | string[]> {
  const found: Record<string, string | string[]> = {};
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    const before = found[name];
    if (before === undefined) found[name] = raw[i + 1]!;
    else if (!ONCE.has(name)) found[name] = `${String(before)}${name === 'cookie' ? '; ' : ', '}${raw[i + 1]!}`;
  }
  return found;
}

/** Who is at the other end stays known; what is written goes nowhere. */
class InnerSocket extends Duplex {
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly remoteFamily: string | undefined;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  readonly encrypted: unknown;
  readonly authorized: unknown;

  constructor(private readonly outer: Socket) {
    super();
    const { remoteAddress, remotePort, remoteFamily, localAddress, localPort } = outer;
    const { encrypted, authorized } = outer as Socket & { encrypted?: unknown; authorized?: unknown };
    Object.assign(this, { remoteAddress, remotePort, remoteFamily, localAddress, localPort, encrypted, authorized });
  }

  getPeerCertificate(...args: unknown[]): unknown {
    return (this.outer as Partial<Record<'getPeerCertificate', (...args: unknown[]) => unknown>>).getPeerCertificate?.(...args);
  }

  setTimeout(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {
    // Nothing comes from there.
  }

  override _write(_chunk: unknown, _encoding: unknown, done: () => void): void {
    done();
  }
}
