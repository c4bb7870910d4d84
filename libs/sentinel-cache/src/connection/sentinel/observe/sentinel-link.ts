import { Backoff } from '../../wire/backoff.js';
import { silentAtTls } from '../../wire/classify-error.js';
import type { HostResolver } from '../../wire/host-resolver.js';
import { helloArguments } from '../../wire/greeting.js';
import { addressText } from '../../contract/node-address.js';
import { SENTINEL_LIMITS } from '../../resp/reply-limits.js';
import { ReplyError } from '../../resp/reply.js';
import { RespConnection } from '../../wire/resp-connection.js';
import { SWITCH_CHANNEL } from './sentinel-event.js';
import { diagnoseSentinel, isAuthRefusal, notASentinel, speaksSentinel } from './sentinel-probe.js';
import { SentinelSubscription } from './sentinel-subscription.js';
import { SentinelQueries } from './sentinel-queries.js';
import { SentinelRecord } from './sentinel-record.js';
import { readSwitch, type ListedSentinel } from './sentinel-reply.js';
import type { SentinelSurvey } from '../../contract/sentinel-survey.js';
import { within } from '../../../time/stall-tolerant-timer.js';
import { translatorOf, type TranslateAddress } from '../../wire/translate-address.js';
import { transient, DiagnosisError, type Diagnosis } from '../../wire/diagnosis.js';
import type { SentinelNewsItem } from '../../contract/client-event.js';
import type { SentinelTopologyConfig, TcpAddress } from '../../../settings/shapes/resolved-connection.js';

const STABLE_MS = 1000;

/** What a link reports to its watcher. */
export interface SentinelLinkListener {
  onAnswer(link: SentinelLink): void;
  onSwitch(link: SentinelLink, from: TcpAddress, to: TcpAddress): void;
  /** It announced something about our master, a new primary included. */
  onFact(link: SentinelLink, fact: SentinelNewsItem): void;
}

/** What the links of one watcher share. */
export interface SentinelLinkSetup {
  readonly config: SentinelTopologyConfig;
  readonly hosts: HostResolver;
  /** The longest pause between two attempts to reach a sentinel of the settings. */
  readonly longestPauseMs: () => number;
}

/**
 * One sentinel: a socket for its announcements and for our questions (RESP3 lets both share it), reopened
 * indefinitely.
 *
 * - It is asked at each new connection, since announcements may have been missed.
 * - A question without a reply within `sentinelDeadlineMs` closes the socket: the sentinel hangs.
 */
export class SentinelLink extends SentinelRecord {
  readonly #config: SentinelTopologyConfig;
  readonly label: string;
  private openedAtMs = 0;
  private connection: RespConnection | undefined;
  private connected = false;
  private opening: Promise<void> | undefined;
  private readonly subscription: SentinelSubscription;
  private asking: Promise<void> | undefined;
  private queries: SentinelQueries | undefined;
  private readonly hosts: HostResolver;
  private readonly translate: TranslateAddress;
  /** Its id by its own word; null while unknown, or where its ACL forbids the question. */
  id: string | null = null;
  /** The address at the other end of its socket; null while there is none. */
  remote: TcpAddress | null = null;
  /** Whether it answered on this connection with its id, or that its ACL forbids the question. */
  private proven = false;
  private closed = false;
  private retryTimer: NodeJS.Timeout | undefined;
  private readonly backoff: Backoff;

  constructor(
    readonly address: TcpAddress,
    setup: SentinelLinkSetup,
    private readonly listener: SentinelLinkListener,
    /** How another sentinel listed it; undefined for those of the settings. */
    readonly listedAs?: ListedSentinel,
  ) {
    super();
    this.#config = setup.config;
    this.hosts = setup.hosts;
    this.label = `sentinel ${addressText(address)}`;
    this.translate = translatorOf(this.#config.natMap);
    const { masterName } = this.#config;
    this.subscription = new SentinelSubscription(
      { masterName, sentinel: addressText(address), translate: this.translate },
      (fact) => {
        if (!this.closed) this.listener.onFact(this, fact);
      },
    );
    this.backoff = listedAs ? new Backoff(500, 10_000) : new Backoff(100, () => setup.longestPauseMs());
  }

  /** Opens the socket, subscribes and asks. Returns at once; a failure is in `answer` and retried. */
  start(): void {
    if (this.closed || this.connected || this.opening) return;
    clearTimeout(this.retryTimer);
    this.opening = this.open()
      .catch((error: unknown) => this.fail(this.diagnose(error)))
      .finally(() => {
        this.opening = undefined;
      });
  }

  /** Asks for the primary. Resolves when `answer` is fresh. Never rejects. */
  ask(): Promise<void> {
    if (!this.connected) return Promise.resolve();
    this.asking ??= this.askNow()
      .catch((error: unknown) => this.fail(this.diagnose(error)))
      .finally(() => {
        this.asking = undefined;
      });
    return this.asking;
  }

  /** Tries at once. It counts as one that may still answer. */
  retry(): void {
    this.expect();
    this.start();
  }

  /**
   * Asks for replicas and, on request, sentinels. Resolves to false when it can't be asked. Never rejects.
   */
  async list(alsoSentinels: boolean): Promise<boolean> {
    const listing = await this.listed((queries) => queries.list(this.listing, alsoSentinels));
    this.listing = listing ?? this.listing;
    return listing !== undefined;
  }

  /** Asks how it sees the master; waits for its first connection. Never rejects. */
  async survey(): Promise<SentinelSurvey> {
    if (this.answer.kind === 'pending' && this.opening) await this.within(this.opening).catch(() => undefined);
    const view = (await this.listed((queries) => queries.view())) ?? null;
    return { ...this.known(), view };
  }

  known(): SentinelSurvey {
    const names = this.connected && this.answer.kind === 'address' ? addressText(this.answer.address) : null;
    const tellsEvents = this.connected && this.subscription.isComplete;
    return { address: addressText(this.address), reachable: this.connected, names, tellsEvents, view: null };
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.retryTimer);
    this.drop();
  }

  private async open(): Promise<void> {
    const { sentinelTls, sentinelCredentials } = this.#config;
    const { address, hosts } = this;
    const connection = new RespConnection({ address, hosts, tls: sentinelTls, protocol: 3, limits: SENTINEL_LIMITS });
    this.connection = connection;
    let reached = false;
    this.subscription.attach(connection, (message) => this.onSwitch(message));
    try {
      await this.within(connection.connect());
      reached = true;
      await this.within(connection.ask('HELLO', helloArguments(3, sentinelCredentials)));
      await this.within(connection.subscribe([SWITCH_CHANNEL]));
    } catch (error) {
      const silent = sentinelTls && !reached && connection.isReached;
      if (error instanceof DiagnosisError) throw silent ? new DiagnosisError(silentAtTls(this.label)) : error;
      if (isAuthRefusal(error) && !(await this.within(speaksSentinel(this.address, sentinelTls, this.hosts))))
        throw new DiagnosisError(notASentinel(this.label));
      const cause = error instanceof ReplyError ? error : (connection.socketError ?? error);
      throw new DiagnosisError(diagnoseSentinel(cause, { label: this.label, tls: sentinelTls !== false, reached }));
    }
    if (this.closed || connection !== this.connection) return connection.destroy();
    connection.onClose(() => {
      if (this.connection === connection) this.fail(transient('no-sentinel', `${this.label} ${connection.lossText}.`));
    });
    this.queries = new SentinelQueries(connection, this.#config.masterName, this.translate);
    this.id = null;
    this.proven = false;
    this.remote = connection.remote;
    this.connected = true;
    this.openedAtMs = performance.now();
    void this.subscription.subscribeToRest(connection);
    await this.ask();
  }

  private async askNow(): Promise<void> {
    const { heard } = this;
    const queries = this.queries!;
    const identified = this.id === null ? queries.id().then((id) => this.identify(queries, id)) : undefined;
    const [answer] = await this.within(Promise.all([queries.master(), this.listedAs && identified]));
    // An announcement that came meanwhile may be newer.
    if (heard === this.heard) this.hear(answer);
    this.listener.onAnswer(this);
  }

  private identify(queries: SentinelQueries, id: string | null): void {
    if (queries !== this.queries) return;
    this.id = id;
    this.proven = true;
  }

  private async listed<T>(question: (queries: SentinelQueries) => Promise<T>): Promise<T | undefined> {
    if (!this.connected || !this.queries) return undefined;
    try {
      return await this.within(question(this.queries));
    } catch (error) {
      if (error instanceof DiagnosisError) this.fail(error.diagnosis);
      return undefined;
    }
  }

  private within<T>(work: Promise<T>): Promise<T> {
    const { sentinelDeadlineMs } = this.#config;
    const late = `${this.label} did not answer within ${sentinelDeadlineMs} ms.`;
    return within(sentinelDeadlineMs, work, () => new DiagnosisError(transient('no-sentinel', late)));
  }

  private onSwitch(message: string): void {
    const moved = readSwitch(message, this.#config.masterName);
    // A discovered sentinel has to prove first that it belongs to our deployment.
    if (!moved || this.closed || (this.listedAs && !this.proven)) return;
    try {
      const [from, to] = [this.translate(moved.from), this.translate(moved.to)];
      this.hear({ kind: 'address', address: to, epoch: null, otherSentinels: null });
      this.listener.onSwitch(this, from, to);
    } catch (error) {
      this.fail(this.diagnose(error));
    }
  }

  private diagnose(error: unknown): Diagnosis {
    return diagnoseSentinel(error, { label: this.label, tls: this.#config.sentinelTls !== false, reached: false });
  }

  private fail(diagnosis: Diagnosis): void {
    // A connection that fell right after it was opened is not retried at once.
    if (this.connected && performance.now() - this.openedAtMs > STABLE_MS) this.backoff.reset();
    this.drop();
    if (this.closed) return;
    this.fallSilent(diagnosis);
    this.listener.onAnswer(this);
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.start(), this.backoff.nextMs());
  }

  private drop(): void {
    this.connected = false;
    this.remote = null;
    this.queries = undefined;
    const { connection } = this;
    this.connection = undefined;
    connection?.destroy();
  }
}
