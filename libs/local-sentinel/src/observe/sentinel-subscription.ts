import type { Redis } from 'ioredis';
import { within } from '../process/deadline.js';
import type { LocalNode } from '../node/local-node.js';
import { destroyClient, oneShotClient, openClient } from '../node/node-connection.js';

const RETRY_MS = 50;
const OPEN_DEADLINE_MS = 2000;

/** `PSUBSCRIBE *` on one sentinel, set up again whenever the connection ends, until {@link stop}. */
export class SentinelSubscription {
  readonly node: LocalNode;
  readonly #password: string | undefined;
  readonly #onMessage: (channel: string, message: string) => void;
  #client: Redis | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stands = false;
  #stopped = false;
  #problem = 'not subscribed yet';

  constructor(node: LocalNode, password: string | undefined, onMessage: (channel: string, message: string) => void) {
    this.node = node;
    this.#password = password;
    this.#onMessage = onMessage;
    this.#open();
  }

  /** True while the sentinel has confirmed the subscription and the connection holds. */
  get stands(): boolean {
    return this.#stands;
  }

  /** Why it does not stand. */
  get problem(): string {
    return this.#problem;
  }

  /** Ends the connection; no further attempt. */
  stop(): void {
    this.#stopped = true;
    this.#stands = false;
    clearTimeout(this.#timer);
    if (this.#client) destroyClient(this.#client);
  }

  #open(): void {
    const client = oneShotClient({ host: this.node.host, port: this.node.ownPort, password: this.#password });
    this.#client = client;
    client.on('pmessage', (_pattern: string, channel: string, message: string) => this.#onMessage(channel, message));
    within(this.#subscribe(client), OPEN_DEADLINE_MS, 'PSUBSCRIBE').catch((error: Error) => {
      this.#problem = error.message;
      this.#again(client);
    });
  }

  async #subscribe(client: Redis): Promise<void> {
    await openClient(client, { host: this.node.host, port: this.node.ownPort, password: this.#password });
    client.once('close', () => this.#again(client));
    await client.psubscribe('*');
    this.#stands = client === this.#client && !this.#stopped;
  }

  #again(client: Redis): void {
    if (client !== this.#client) return;
    this.#stands = false;
    destroyClient(client);
    this.#client = undefined;
    if (this.#stopped) return;
    this.#timer = setTimeout(() => this.#open(), RETRY_MS);
    this.#timer.unref();
  }
}
