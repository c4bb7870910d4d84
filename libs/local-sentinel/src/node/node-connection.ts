import { Redis } from 'ioredis';
import { within } from '../process/deadline.js';
import { LocalSentinelError } from '../errors/local-sentinel-error.js';

/** One word of a command. */
export type CommandArgument = string | number | Buffer;

/** Whom to dial, and the password, if any. */
export interface Dial {
  readonly host: string;
  readonly port: number;
  readonly password: string | undefined;
}

/**
 * Makes a connection that never comes back by itself: no retry, no queue, nothing sent that the caller did
 * not ask for. Not connected yet.
 */
export function oneShotClient(dial: Dial): Redis {
  const client = new Redis({
    host: dial.host,
    port: dial.port,
    protocol: 2,
    lazyConnect: true,
    retryStrategy: null,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    disableClientInfo: true,
    disconnectTimeout: 1, // ioredis leaves this timer standing when the stream is closed already; 2 s would keep Node alive
  });
  client.on('error', () => undefined); // the command or connect() that failed says so
  return client;
}

/** Name of our own connections in CLIENT LIST. */
const CLIENT_NAME = 'local-sentinel';

/**
 * Connects, authenticates and gives its name. The password is sent as a command of ours and taken out of what
 * a refusal carries.
 */
export async function openClient(client: Redis, dial: Dial): Promise<void> {
  await client.connect();
  client.stream.unref();
  try {
    if (dial.password !== undefined) await client.call('AUTH', dial.password);
  } catch (error) {
    if ((error as Error).name !== 'ReplyError') throw error;
    const said = String((error as Error).message);
    throw new LocalSentinelError('LOCAL_SENTINEL_AUTH_REFUSED', `${dial.host}:${dial.port}: AUTH was refused: ${said}`);
  }
  await client.call('CLIENT', 'SETNAME', CLIENT_NAME);
}

/** Ends the connection now, without waiting for the other side. */
export function destroyClient(client: Redis): void {
  client.disconnect();
  client.stream?.destroy();
}

/**
 * The connection of one node handle: opened when first needed, thrown away when anything goes wrong with it,
 * never retried in the middle of a command.
 */
export class NodeConnection {
  readonly #dial: Dial;
  #open: Promise<Redis> | undefined;
  #client: Redis | undefined;

  constructor(dial: Dial) {
    this.#dial = dial;
  }

  /**
   * Sends a command, and resolves to the raw reply; rejects with the error reply, with the connection's
   * error, or at the deadline (the connection is then given up).
   */
  async send(args: readonly CommandArgument[], deadlineMs: number): Promise<unknown> {
    const [name, ...rest] = args;
    if (name === undefined)
      throw new LocalSentinelError('LOCAL_SENTINEL_INVALID_OPTION', 'command: expected at least the name of a command, got none');
    const where = `${this.#dial.host}:${this.#dial.port}`;
    try {
      return await within(this.#run(String(name), rest), deadlineMs, `${String(name).toUpperCase()} on ${where}`);
    } catch (error) {
      if ((error as Error).name !== 'ReplyError') this.drop();
      throw error;
    }
  }

  /** Forgets the connection; the next command opens another. */
  drop(): void {
    if (this.#client) destroyClient(this.#client);
    this.#client = undefined;
    this.#open = undefined;
  }

  async #run(name: string, rest: readonly CommandArgument[]): Promise<unknown> {
    if (this.#client?.status === 'end' || this.#client?.status === 'close') this.drop();
    this.#open ??= this.#connect();
    const client = await this.#open;
    return client.call(name, ...rest);
  }

  async #connect(): Promise<Redis> {
    const client = oneShotClient(this.#dial);
    this.#client = client;
    await openClient(client, this.#dial);
    return client;
  }
}
