import type { Redis } from 'ioredis';

import type { SentinelTopologyConfig } from '../settings/resolved-settings.js';
import { Backoff } from './backoff.js';
import { diagnoseGreeting, diagnoseSocket, redisCodeOf } from './classify-error.js';
import { addressText } from './node-address.js';
import { createOneShot, destroyOneShot } from './one-shot.js';
import type { SentinelAnswer, TcpAddress } from './sentinel-facts.js';
import { isAuthRefusal, speaksSentinel } from './sentinel-probe.js';
import { readMaster, readReplicas, readSwitch, type ListedReplica } from './sentinel-reply.js';
import { definitive, passing, TroubleError, type Trouble } from './trouble.js';

/** A link that stood this long was a good one. */
const STABLE_MS = 1000;

/** What a link tells its watcher. */
export interface SentinelLinkListener {
  onAnswer(link: SentinelLink): void;
  onSwitch(from: TcpAddress, to: TcpAddress): void;
}

/**
 * One sentinel: one socket for its events and for our questions (RESP3 lets both share it), opened again for ever.
 *
 * - It asks at every new connection, since an event may have passed while there was none (fault 56).
 * - A question without a reply within `sentinelDeadlineMs` ends the socket: that sentinel hangs (fault 18).
 */
export class SentinelLink {
  /** Holds credentials: private to the language, so that no log of an object shows them. */
  readonly #config: SentinelTopologyConfig;
  readonly who: string;
  answer: SentinelAnswer = { kind: 'pending' };
  private lastAnswer: { readonly address: TcpAddress; readonly atMs: number } | undefined;
  private openedAtMs = 0;
  #redis: Redis | undefined;
  private connected = false;
  private connecting = false;
  private asking: Promise<void> | undefined;
  private mayAskDetails = true;
  private closed = false;
  private retryTimer: NodeJS.Timeout | undefined;
  private readonly backoff = new Backoff(100, 1000);

  constructor(
    readonly address: TcpAddress,
    config: SentinelTopologyConfig,
    private readonly listener: SentinelLinkListener,
  ) {
    this.#config = config;
    this.who = `sentinel ${addressText(address)}`;
  }

  get isConnected(): boolean {
    return this.connected;
  }

  /** Opens the socket, subscribes and asks. Returns at once; failures end up in `answer` and are tried again. */
  start(): void {
    if (this.closed || this.connected || this.connecting) return;
    clearTimeout(this.retryTimer);
    this.connecting = true;
    this.open()
      .catch((error: unknown) => this.fail(this.diagnose(error)))
      .finally(() => {
        this.connecting = false;
      });
  }

  /** Asks who the primary is; settles when `answer` is fresh. Never rejects. */
  ask(): Promise<void> {
    if (!this.connected) return Promise.resolve();
    this.asking ??= this.askNow()
      .catch((error: unknown) => this.fail(this.diagnose(error)))
      .finally(() => {
        this.asking = undefined;
      });
    return this.asking;
  }

  /** The replicas this sentinel lists; undefined when it can't or may not say. */
  async replicas(): Promise<ListedReplica[] | undefined> {
    if (!this.connected) return undefined;
    try {
      return readReplicas(await this.within(this.call('REPLICAS', this.#config.masterName)));
    } catch (error) {
      if (!(error instanceof TroubleError)) return undefined;
      this.fail(error.trouble);
      return undefined;
    }
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.retryTimer);
    this.drop();
  }

  private async open(): Promise<void> {
    const { sentinelTls, sentinelCredentials } = this.#config;
    const redis = createOneShot({
      address: this.address,
      tls: sentinelTls,
      protocol: 3,
      credentials: sentinelCredentials,
    });
    this.#redis = redis;
    let socketError: unknown;
    redis.on('error', (error: unknown) => (socketError = error));
    redis.on('message', (_channel, message) => this.onMessage(message));
    try {
      await this.within(redis.connect());
      await this.within(redis.subscribe('+switch-master'));
    } catch (error) {
      if (error instanceof TroubleError) throw error;
      const cause = socketError ?? error;
      if (isAuthRefusal(cause) && !(await this.within(speaksSentinel(this.address, sentinelTls))))
        throw new TroubleError(this.noSentinel());
      throw cause;
    }
    if (this.closed || redis !== this.#redis) return destroyOneShot(redis);
    redis.once('end', () => {
      if (this.#redis === redis) this.fail(passing('no-sentinel', `${this.who} closed the connection.`));
    });
    this.connected = true;
    this.openedAtMs = performance.now();
    await this.ask();
  }

  private async askNow(): Promise<void> {
    const { masterName } = this.#config;
    const [address, details] = await this.within(
      Promise.all([this.call('GET-MASTER-ADDR-BY-NAME', masterName), this.mayAskDetails ? this.askDetails(masterName) : null]),
    );
    this.hear(readMaster(address, details));
    this.listener.onAnswer(this);
  }

  /** Epoch and number of sentinels; an ACL that forbids the question costs the details, not the answer (fault 23). */
  private async askDetails(masterName: string): Promise<unknown> {
    try {
      return await this.call('MASTER', masterName);
    } catch (error) {
      if (redisCodeOf((error as Error).message) === 'NOPERM') this.mayAskDetails = false;
      return null;
    }
  }

  private async call(subcommand: string, argument: string): Promise<unknown> {
    return this.#redis!.call('SENTINEL', subcommand, argument);
  }

  private async within<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const trouble = passing('no-sentinel', `${this.who} did not answer within ${this.#config.sentinelDeadlineMs} ms.`);
      // A busy event loop fires timers before it reads sockets: one look at what has arrived.
      timer = setTimeout(() => setImmediate(() => reject(new TroubleError(trouble))), this.#config.sentinelDeadlineMs);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
      work.catch(() => undefined);
    }
  }

  private hear(answer: SentinelAnswer): void {
    this.answer = answer;
    if (answer.kind === 'address') this.lastAnswer = { address: answer.address, atMs: performance.now() };
  }

  private onMessage(message: string): void {
    const moved = readSwitch(message, this.#config.masterName);
    if (!moved || this.closed) return;
    this.hear({ kind: 'address', address: moved.to, epoch: null, otherSentinels: null });
    this.listener.onSwitch(moved.from, moved.to);
  }

  private diagnose(error: unknown): Trouble {
    if (error instanceof TroubleError) return error.trouble;
    const { name, message = '' } = error as Error;
    if (name !== 'ReplyError') return this.diagnoseConnection(error);
    if (/unknown command/i.test(message)) return this.noSentinel();
    return diagnoseGreeting(
      message,
      this.who,
      'Sentinels have a password of their own: OPTIONS.SENTINEL_KWARGS.password.',
      'sentinel-auth',
    );
  }

  private noSentinel(): Trouble {
    return definitive('no-sentinel', `${this.who} is a Redis server and not a sentinel. LOCATION wants the sentinels' ports.`);
  }

  /** A sentinel that can't be reached is no outage of the primary. */
  private diagnoseConnection(error: unknown): Trouble {
    const trouble = diagnoseSocket({ error, who: this.who, tls: this.#config.sentinelTls !== false, reached: false });
    return trouble.reason === 'no-primary' ? { ...trouble, reason: 'no-sentinel' } : trouble;
  }

  private fail(trouble: Trouble): void {
    // A link that fell right after it was opened is not tried at once again.
    if (this.connected && performance.now() - this.openedAtMs > STABLE_MS) this.backoff.reset();
    this.drop();
    if (this.closed) return;
    this.answer = { kind: 'silent', trouble, last: this.lastAnswer };
    this.listener.onAnswer(this);
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.start(), this.backoff.nextMs());
  }

  private drop(): void {
    this.connected = false;
    const redis = this.#redis;
    this.#redis = undefined;
    if (redis) destroyOneShot(redis);
  }
}
