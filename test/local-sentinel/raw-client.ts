import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A socket that speaks Redis' inline commands and shows what came back, byte by byte. */
export class RawClient {
  /** Settles when the other side has ended or reset the connection. */
  readonly ended: Promise<void>;
  receivedBytes = 0;
  #received = '';
  #error: Error | undefined;
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (data) => {
      this.receivedBytes += data.length;
      if (data.length < 1000) this.#received += data.toString();
    });
    socket.on('error', (error) => (this.#error = error));
    this.ended = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  static async open({ host, port }: { host: string; port: number }): Promise<RawClient> {
    const socket = connect(port, host);
    const client = new RawClient(socket);
    await once(socket, 'connect');
    return client;
  }

  /** What came and was not asked for by ask(). */
  get received(): string {
    return this.#received;
  }

  /** The next `length` characters after the command; without a length, the next line. Rejects when the connection breaks first. */
  async ask(command: string, length?: number): Promise<string> {
    this.#received = '';
    this.write(command);
    const isThere = () => (length === undefined ? this.#received.endsWith('\r\n') : this.#received.length >= length);
    while (!isThere()) {
      if (this.#socket.destroyed) throw this.#error ?? new Error('the connection ended');
      await Promise.race([once(this.#socket, 'data').catch(() => undefined), this.ended]);
    }
    return this.#received;
  }

  write(command: string): void {
    this.#socket.write(`${command}\r\n`);
  }

  end(): void {
    this.#socket.end();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
