import type { NodeConnection } from '../wire/node-connection.js';

/**
 * Watches the connection in use, with one timer.
 *
 * - `onIdle`: nothing is in flight, and nothing was heard for `limitMs`.
 * - `onSilent`: something has been in flight for `limitMs`, and no reply has come since. Called again while
 *   that lasts.
 */
export class SilenceWatch {
  private connection: NodeConnection | undefined;
  #timer: NodeJS.Timeout | undefined;
  private busySinceMs = 0;

  constructor(
    private readonly limitMs: number,
    private readonly onIdle: (connection: NodeConnection) => void,
    private readonly onSilent: (connection: NodeConnection, quietMs: number) => void,
  ) {}

  begin(connection: NodeConnection): void {
    this.connection = connection;
    this.busySinceMs = performance.now();
    this.lookIn(this.limitMs);
  }

  end(): void {
    this.connection = undefined;
    clearTimeout(this.#timer);
  }

  /** A command is about to be sent. */
  onSend(connection: NodeConnection, nowMs: number): void {
    if (connection.inFlight === 0) this.busySinceMs = nowMs;
  }

  private lookIn(ms: number): void {
    clearTimeout(this.#timer);
    // A stalled event loop fires its timers before it reads its sockets: one look at what has arrived.
    this.#timer = setTimeout(() => setImmediate(() => this.look()), Math.min(this.limitMs, Math.max(1, ms)));
  }

  private look(): void {
    const { connection } = this;
    if (!connection) return;
    const isIdle = connection.inFlight === 0;
    const sinceMs = isIdle ? connection.lastProgressAtMs : Math.max(connection.lastProgressAtMs, this.busySinceMs);
    const quietMs = performance.now() - sinceMs;
    const isQuiet = quietMs >= this.limitMs;
    this.lookIn(isQuiet ? this.limitMs : this.limitMs - quietMs);
    if (isQuiet) (isIdle ? this.onIdle : this.onSilent)(connection, quietMs);
  }
}
