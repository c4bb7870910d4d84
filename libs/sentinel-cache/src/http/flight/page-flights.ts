import type { FoundPage } from '../entry/found-page.js';
import type { SeenTags } from '../entry/page.js';

/**
 * How a flight ended for those who wait:
 *
 * - `page`: there is a page, which a lookup would give; `isMade`: the handler has just made it.
 * - `stale`: the handler failed, and this page may be sent instead.
 * - `error`: the handler threw.
 * - `unstored`: the response may not be stored. Everybody runs, side by side; `seen`: the generations before.
 * - `abandoned`: the first of them went away without a response. Another one runs.
 */
export type FlightOutcome =
  | { readonly kind: 'page'; readonly found: FoundPage; readonly isMade: boolean }
  | { readonly kind: 'stale'; readonly found: FoundPage }
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'unstored'; readonly seen?: SeenTags | undefined }
  | { readonly kind: 'abandoned' };

/** What a request does for a page: it leads a flight, it waits for the leader, or it runs alone. */
export type FlightRole =
  | { readonly role: 'leader'; readonly flight: Flight }
  | { readonly role: 'waiter'; readonly flight: Flight; readonly isUnderWay: boolean; readonly outcome: Promise<FlightOutcome> }
  | { readonly role: 'alone' };

/** A handler that takes longer is run by another one that waits. */
const LONGEST_WAIT_MS = 30_000;
/** How many requests wait at a time, for all pages together. */
const MOST_WAITING = 20_000;
/** How long nobody waits on a page whose response could not be stored. */
const MISS_MS = 10_000;
/** How many such pages are remembered. */
const MOST_MISSES = 10_000;

const ALONE: FlightRole = Object.freeze({ role: 'alone' });
const ABANDONED: FlightOutcome = Object.freeze({ kind: 'abandoned' });

/** One lookup, and one run of the handler, for all requests that ask for one page at a time. */
export class PageFlights {
  private readonly flights = new Map<string, Flight>();
  private readonly misses = new Map<string, number>();
  private waiting = 0;

  /** Joins the flight of a page, or begins it. */
  join(key: string, tags: readonly string[]): FlightRole {
    if (this.isMissing(key)) return ALONE;
    const flight = this.flights.get(key);
    if (!flight || flight.isOverdue()) return { role: 'leader', flight: this.begin(key, tags) };
    if (this.waiting >= MOST_WAITING) return ALONE;
    return { role: 'waiter', flight, isUnderWay: !flight.isSettled, outcome: this.wait(flight) };
  }

  /**
   * Opens a flight that is settled already: a page that was made without one is for those who ask before it
   * is stored.
   */
  openSettled(key: string, tags: readonly string[], outcome: FlightOutcome): Flight {
    this.misses.delete(key);
    const flight = this.begin(key, tags);
    flight.settle(outcome);
    return flight;
  }

  /** Nobody waits on this page for a while: its responses may not be stored. */
  private isMissing(key: string): boolean {
    const until = this.misses.get(key);
    if (until === undefined) return false;
    if (until > performance.now()) return true;
    this.misses.delete(key);
    return false;
  }

  /** Returns the flight of a page if there is one. */
  find(key: string): Flight | undefined {
    return this.flights.get(key);
  }

  /**
   * Lets nobody join any more who asks for a page with one of these tags. Those who wait already go on
   * waiting.
   */
  forget(tags: ReadonlySet<string>): void {
    for (const [key, flight] of this.flights) if (flight.tags.some((tag) => tags.has(tag))) this.flights.delete(key);
  }

  private begin(key: string, tags: readonly string[]): Flight {
    const flight = new Flight(
      key,
      tags,
      (outcome) => {
        if (outcome.kind === 'unstored') this.miss(key);
      },
      () => {
        if (this.flights.get(key) === flight) this.flights.delete(key);
      },
    );
    this.flights.set(key, flight);
    return flight;
  }

  private miss(key: string): void {
    this.misses.delete(key);
    if (this.misses.size >= MOST_MISSES) this.misses.delete(this.misses.keys().next().value!);
    this.misses.set(key, performance.now() + MISS_MS);
  }

  private async wait(flight: Flight): Promise<FlightOutcome> {
    this.waiting += 1;
    try {
      return await flight.outcome();
    } finally {
      this.waiting -= 1;
    }
  }
}

/** One page that is being looked up or made. */
export class Flight {
  private readonly startedAtMs = performance.now();
  private settled: FlightOutcome | undefined;
  private shared: Promise<FlightOutcome> | undefined;
  private tell: ((outcome: FlightOutcome) => void) | undefined;
  private timer: NodeJS.Timeout | undefined;
  private check: (() => Promise<boolean>) | undefined;
  private asked: Promise<boolean> | undefined;
  private next: Promise<boolean> | undefined;

  constructor(
    readonly key: string,
    readonly tags: readonly string[],
    private readonly onSettled: (outcome: FlightOutcome) => void,
    private readonly onEnd: () => void,
  ) {}

  get settledWith(): FlightOutcome | undefined {
    return this.settled;
  }

  get isSettled(): boolean {
    return this.settled !== undefined;
  }

  /** The handler begins. `check` tells whether nothing has been dropped since then; it never rejects. */
  began(check: () => Promise<boolean>): void {
    this.check = check;
  }

  /**
   * Resolves to whether its page may be handed to somebody who asks now: nothing was dropped since the
   * handler began. All who ask while a question is under way share the next one.
   */
  isCurrent(): Promise<boolean> {
    const { check } = this;
    if (!check) return Promise.resolve(true);
    return (this.next ??= this.askNext(check));
  }

  private async askNext(check: () => Promise<boolean>): Promise<boolean> {
    await this.asked;
    this.asked = this.next;
    this.next = undefined;
    return check();
  }

  isOverdue(): boolean {
    return !this.settled && performance.now() - this.startedAtMs >= LONGEST_WAIT_MS;
  }

  /** Resolves when the flight is settled, or overdue. Never rejects. */
  outcome(): Promise<FlightOutcome> {
    if (this.settled) return Promise.resolve(this.settled);
    return (this.shared ??= new Promise((resolve) => {
      this.tell = resolve;
      const leftMs = Math.max(1, this.startedAtMs + LONGEST_WAIT_MS - performance.now());
      this.timer = setTimeout(() => resolve(ABANDONED), leftMs).unref();
    }));
  }

  /** Tells those who wait; the first outcome counts. The flight stays open until `end`. */
  settle(outcome: FlightOutcome): void {
    if (this.settled) return;
    this.settled = outcome;
    clearTimeout(this.timer);
    this.onSettled(outcome);
    this.tell?.(outcome);
  }

  /**
   * Ends the flight after so many milliseconds unless it is settled by then: those who wait run side by side.
   */
  endWithin(ms: number): void {
    if (this.settled) return;
    clearTimeout(this.timer);
    // Those who come later wait as long as those who are here.
    this.shared ??= new Promise((resolve) => (this.tell = resolve));
    this.timer = setTimeout(() => {
      this.settle({ kind: 'unstored' });
      this.end();
    }, ms).unref();
  }

  /** Lets nobody join any more; those who wait go on waiting. */
  leave(): void {
    this.onEnd();
  }

  /** Ends the flight: the next request begins another one. Those who still wait are let go. */
  end(): void {
    this.settle(ABANDONED);
    this.onEnd();
  }
}
