import type { Socket } from 'node:net';
import { resetSocket } from './reset-socket.js';
import type { Flow } from './traffic.js';

/**
 * Bytes that one direction of one connection keeps at most (and one chunk more) before it stops reading: the
 * sender then feels it, as with a full TCP window.
 */
const KEPT_BYTES = 256 * 1024;

interface Parcel {
  readonly chunk: Buffer;
  readonly dueMs: number;
}

/**
 * One direction of a proxied connection: what `from` sends reaches `to` in order, when the flow allows it; so
 * does its end.
 */
export class Pipe {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #parcels: Parcel[] = [];
  #keptBytes = 0;
  #flow: Flow;
  #blocked = false;
  #ending: 'end' | 'reset' | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, flow: Flow) {
    this.#from = from;
    this.#to = to;
    this.#flow = flow;
    from.on('data', (chunk: Buffer) => this.#keep(chunk));
    from.on('end', () => this.finish('end'));
    to.on('drain', () => {
      this.#blocked = false;
      this.#pump();
    });
  }

  /** True while nothing may be handed on. */
  get held(): boolean {
    return this.#flow.held;
  }

  /** Counts at once, for what is kept already too: a shorter delay is due from now on. */
  set(flow: Flow): void {
    const sooner = flow.delayMs < this.#flow.delayMs;
    this.#flow = flow;
    if (sooner) {
      const dueMs = performance.now() + flow.delayMs;
      for (const [index, parcel] of this.#parcels.entries())
        this.#parcels[index] = { chunk: parcel.chunk, dueMs: Math.min(parcel.dueMs, dueMs) };
    }
    this.#pump();
  }

  /**
   * Ends or resets `to` after what is kept. The first word counts, except that a reset outdoes an end.
   */
  finish(how: 'end' | 'reset'): void {
    if (this.#ending !== 'reset') this.#ending = how;
    this.#pump();
  }

  /** Forgets everything; the sockets are the caller's. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#parcels.length = 0;
    this.#keptBytes = 0;
    this.#flow = { held: true, delayMs: 0 };
  }

  #keep(chunk: Buffer): void {
    this.#parcels.push({ chunk, dueMs: performance.now() + this.#flow.delayMs });
    this.#keptBytes += chunk.length;
    this.#pump();
  }

  #pump(): void {
    clearTimeout(this.#timer);
    if (!this.#flow.held) this.#handOn();
    if (this.#keptBytes > KEPT_BYTES) this.#from.pause();
    else if (this.#from.isPaused()) this.#from.resume();
  }

  #handOn(): void {
    while (!this.#blocked) {
      const [parcel] = this.#parcels;
      if (!parcel) return this.#end();
      const waitMs = parcel.dueMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#pump(), waitMs);
        this.#timer.unref();
        return;
      }
      this.#parcels.shift();
      this.#keptBytes -= parcel.chunk.length;
      if (this.#to.writable) this.#blocked = !this.#to.write(parcel.chunk);
    }
  }

  #end(): void {
    if (this.#ending === 'reset') resetSocket(this.#to);
    else if (this.#ending === 'end' && this.#to.writable) this.#to.end();
  }
}
