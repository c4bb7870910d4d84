import { waitUntil, within } from '../process/deadline.js';
import type { LocalNode } from '../node/local-node.js';
import { SentinelSubscription } from './sentinel-subscription.js';

/** One message of one sentinel. */
export interface SentinelEvent {
  /** `performance.now()` of this process when it arrived. */
  readonly at: number;
  /** `Date.now()` when it arrived. */
  readonly wallMs: number;
  /** `127.0.0.1:port` of the sentinel that said it. */
  readonly sentinel: string;
  /** E.g. `+switch-master`, `+sdown`. */
  readonly channel: string;
  readonly message: string;
}

/** A `+switch-master`, read. */
export interface SwitchEvent extends SentinelEvent {
  readonly masterName: string;
  /** Address of the old primary, `host:port`. */
  readonly from: string;
  /** Address of the new primary, `host:port`. */
  readonly to: string;
}

/** Which switch, and how long to wait for it. */
export interface SwitchWait {
  /** Milliseconds on the clock of `performance.now()`. Default: the beginning of the recording. */
  readonly after?: number;
  /** Milliseconds. Default 15000. */
  readonly timeoutMs?: number;
}

const WAIT_MS = 15_000;
const READY_MS = 5000;

interface Waiter {
  readonly matches: (event: SentinelEvent) => boolean;
  readonly resolve: (event: SentinelEvent) => void;
}

/**
 * Everything that the sentinels said since {@link EventRecording.start}, in order of arrival. A sentinel that
 * comes back is listened to again.
 */
export class EventRecording {
  /** What was said so far; grows. */
  readonly events: SentinelEvent[] = [];
  #subscriptions: SentinelSubscription[] = [];
  readonly #waiters = new Set<Waiter>();

  private constructor() {}

  /** @internal Subscribes to `sentinels`; resolves when `awaited` of them have confirmed. */
  static async start(
    sentinels: readonly LocalNode[],
    awaited: readonly LocalNode[],
    password: string | undefined,
  ): Promise<EventRecording> {
    const recording = new EventRecording();
    recording.#subscriptions = sentinels.map(
      (node) => new SentinelSubscription(node, password, (channel, message) => recording.#add(node, channel, message)),
    );
    const expected = recording.#subscriptions.filter((subscription) => awaited.includes(subscription.node));
    const missing = async () =>
      expected.filter((subscription) => !subscription.stands).map(({ node, problem }) => `${node.name}: ${problem}`);
    try {
      await waitUntil(missing, { what: 'subscription to the sentinels', deadlineMs: READY_MS, intervalMs: 5 });
    } catch (error) {
      recording.stop();
      throw error;
    }
    return recording;
  }

  /**
   * The earliest event on `channel` (that `predicate` accepts), already recorded or still to come. Rejects
   * with `DeadlineExceededError` after `timeoutMs` (15 s).
   *
   * @example
   * ```ts
   * await recording.waitFor('+switch-master', (event) => event.message.startsWith('mymaster '), 5000);
   * ```
   */
  async waitFor(
    channel: string,
    predicate: (event: SentinelEvent) => boolean = () => true,
    timeoutMs: number = WAIT_MS,
  ): Promise<SentinelEvent> {
    const matches = (event: SentinelEvent) => event.channel === channel && predicate(event);
    const recorded = this.events.find(matches);
    if (recorded) return recorded;
    let waiter: Waiter | undefined;
    const coming = new Promise<SentinelEvent>((resolve) => {
      waiter = { matches, resolve };
      this.#waiters.add(waiter);
    });
    try {
      return await within(coming, timeoutMs, `sentinel event ${channel}`);
    } finally {
      if (waiter) this.#waiters.delete(waiter);
    }
  }

  /**
   * Resolves to the earliest `+switch-master` of that master by any sentinel, already recorded or still to
   * come; with `after`, the earliest one later than that instant (`performance.now()`). Rejects as
   * {@link waitFor} does.
   */
  async firstSwitch(masterName: string, { after = 0, timeoutMs = WAIT_MS }: SwitchWait = {}): Promise<SwitchEvent> {
    const isIt = ({ message, at }: SentinelEvent) => at > after && message.startsWith(`${masterName} `);
    const event = await this.waitFor('+switch-master', isIt, timeoutMs);
    const [, fromHost, fromPort, toHost, toPort] = event.message.split(' ');
    return { ...event, masterName, from: `${fromHost}:${fromPort}`, to: `${toHost}:${toPort}` };
  }

  /** Ends the subscriptions; {@link events} stays readable. May be called again. */
  stop(): void {
    for (const subscription of this.#subscriptions) subscription.stop();
  }

  #add(node: LocalNode, channel: string, message: string): void {
    const event: SentinelEvent = { at: performance.now(), wallMs: Date.now(), sentinel: node.address, channel, message };
    this.events.push(event);
    for (const waiter of this.#waiters) if (waiter.matches(event)) waiter.resolve(event);
  }
}
