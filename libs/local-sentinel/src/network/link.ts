import { Socket } from 'node:net';
import { LOOPBACK } from '../process/free-ports.js';
import { Pipe } from './pipe.js';
import { resetSocket } from './reset-socket.js';
import { replyFlow, requestFlow, type Traffic } from './traffic.js';

/** One connection through a proxy: the client's socket, one of our own to the node, and a pipe each way. */
export class Link {
  readonly #client: Socket;
  readonly #upstream = new Socket({ allowHalfOpen: true });
  readonly #upstreamPort: number;
  readonly #requests: Pipe;
  readonly #replies: Pipe;
  readonly #onEnd: () => void;
  #traffic: Traffic;
  #dialled = false;
  #connected = false;

  constructor(parts: { client: Socket; upstreamPort: number; traffic: Traffic; onEnd: () => void }) {
    const { client } = parts;
    this.#client = client;
    this.#upstreamPort = parts.upstreamPort;
    this.#traffic = parts.traffic;
    this.#onEnd = parts.onEnd;
    this.#requests = new Pipe(client, this.#upstream, { held: true, delayMs: 0 });
    this.#replies = new Pipe(this.#upstream, client, replyFlow(parts.traffic));
    this.#adopt(client, this.#requests);
    this.#adopt(this.#upstream, this.#replies);
    client.once('end', () => this.#forgetIfUnborn());
    this.#upstream.once('connect', () => {
      this.#connected = true;
      this.#apply();
    });
    this.#apply();
  }

  /** Counts at once. */
  set(traffic: Traffic): void {
    this.#traffic = traffic;
    this.#apply();
  }

  /** Resets both ends now. */
  destroy(): void {
    this.#requests.stop();
    this.#replies.stop();
    resetSocket(this.#client);
    if (this.#connected) resetSocket(this.#upstream);
    else this.#upstream.destroy();
  }

  #apply(): void {
    if (this.#traffic.mode === 'reset') return this.destroy();
    const requests = requestFlow(this.#traffic);
    if (!requests.held && !this.#dialled) {
      this.#dialled = true;
      this.#upstream.connect(this.#upstreamPort, LOOPBACK);
    }
    this.#requests.set(this.#connected ? requests : { held: true, delayMs: requests.delayMs });
    this.#replies.set(replyFlow(this.#traffic));
  }

  /** A client that went away before the node ever heard of it. */
  #forgetIfUnborn(): void {
    if (!this.#dialled) this.destroy();
  }

  #adopt(socket: Socket, outward: Pipe): void {
    socket.setNoDelay(true);
    socket.unref();
    socket.on('error', () => outward.finish('reset'));
    socket.once('close', () => {
      outward.finish('end');
      if (socket === this.#client) this.#forgetIfUnborn();
      if (this.#client.destroyed && (this.#upstream.destroyed || !this.#dialled)) this.#over();
    });
  }

  #over(): void {
    this.#requests.stop();
    this.#replies.stop();
    this.#onEnd();
  }
}
