import { isOutage } from '../../errors/is-outage.js';
import type { ReplayEvent } from '../../telemetry/channels.js';
import { idOf, MissedInvalidations, type MissedInvalidation } from './missed-invalidations.js';

type ReplayOutcome = ReplayEvent['outcome'];

/** Pause between two attempts while Redis is away. */
const AGAIN_MS = 1000;
/** How many are sent at a time: others want to use the connection that has just come back. */
const AT_A_TIME = 100;

/** How invalidations are sent, and who hears what became of them. */
export interface InvalidationReplayOptions {
  /** Sends one; rejects at once while the circuit breaker is open. */
  readonly send: (one: MissedInvalidation) => Promise<unknown>;
  /** Hears how many ended how. */
  readonly onEnded: (outcome: ReplayOutcome, count: number) => void;
  /** Which failures are of an outage that ends: it is sent again. Default: `isOutage`. */
  readonly passes?: (error: unknown) => boolean;
}

/**
 * Keeps invalidations that were not carried out, and sends them again until Redis takes them, every second. A
 * key that this process writes meanwhile is dropped: its entry is newer than the invalidation.
 */
export class InvalidationReplay {
  private readonly missed = new MissedInvalidations();
  /** The ids of those that are sent at the moment. */
  private readonly sent = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(private readonly options: InvalidationReplayOptions) {}

  /** Whether nothing is kept, so that a write has nothing to drop. */
  get isIdle(): boolean {
    return this.missed.size === 0 && this.sent.size === 0;
  }

  /** Whether an invalidation is kept, or sent at the moment. */
  has(one: MissedInvalidation): boolean {
    return !this.isIdle && (this.missed.has(one) || this.sent.has(idOf(one)));
  }

  /** Keeps invalidations that were not carried out. */
  keep(missed: readonly MissedInvalidation[]): void {
    if (this.isClosed) return this.ended('closed', missed.length);
    let lost = 0;
    for (const one of missed) lost += this.missed.add(one);
    this.ended('overflow', lost);
    this.plan();
  }

  /**
   * Makes a write of these keys: what was to be deleted under them is dropped when it is carried out, and
   * not sent while it is under way. Rejects as the write.
   */
  async writing<T>(keys: readonly string[], write: () => Promise<T>, isWritten: (result: T) => boolean): Promise<T> {
    const all = keys.map((name): MissedInvalidation => ({ kind: 'key', name }));
    const held = all.filter((one) => this.missed.remove(one));
    const overtaken = all.filter((one) => this.sent.delete(idOf(one)));
    let done = false;
    try {
      const result = await write();
      done = isWritten(result);
      return result;
    } finally {
      if (done) this.ended('superseded', held.length);
      else this.keep([...held, ...overtaken]);
    }
  }

  /** Ends the timer; what is still kept is lost. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.ended('closed', this.missed.take(Infinity).length);
  }

  private plan(): void {
    if (this.timer || this.isClosed || this.missed.size === 0) return;
    this.timer = setTimeout(() => void this.replay(), AGAIN_MS).unref();
  }

  /** Never rejects. */
  private async replay(): Promise<void> {
    let mayGoOn = true;
    while (mayGoOn && !this.isClosed && this.missed.size > 0) {
      const results = await Promise.all(this.missed.take(AT_A_TIME).map((one) => this.sendAgain(one)));
      mayGoOn = !results.includes('away');
    }
    this.timer = undefined;
    this.plan();
  }

  private async sendAgain(one: MissedInvalidation): Promise<'ended' | 'away'> {
    const { send, passes = isOutage } = this.options;
    const id = idOf(one);
    this.sent.add(id);
    try {
      await send(one);
      this.sent.delete(id);
      this.ended('replayed', 1);
      return 'ended';
    } catch (error) {
      // A key that was written meanwhile is no longer among those that are sent.
      const isWanted = this.sent.delete(id);
      const isAway = passes(error);
      if (!isWanted) this.ended('superseded', 1);
      else if (isAway) this.keep([one]);
      else this.ended(this.isClosed ? 'closed' : 'refused', 1);
      return isAway ? 'away' : 'ended';
    }
  }

  private ended(outcome: ReplayOutcome, count: number): void {
    if (count > 0) this.options.onEnded(outcome, count);
  }
}
