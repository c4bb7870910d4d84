import type { FoundPage } from '../entry/found-page.js';

/**
 * How a flight ended for those who wait:
 *
 * - `page`: there is a page, which a lookup would give; `isMade`: the handler has just made it.
 * - `stale`: the handler failed, and this page may be sent instead.
 * - `error`: the handler threw.
 * - `unstored`: the answer may not be stored. Everybody runs, side by side.
 * - `abandoned`: the first of them went away without an answer. Another one runs.
 */
export type FlightOutcome =
  | { readonly kind: 'page'; readonly found: FoundPage; readonly isMade: boolean }
  | { readonly kind: 'stale'; readonly found: FoundPage }
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'unstored' }
  | { readonly kind: 'abandoned' };

/** What a request does for a page: it leads a flight, it waits for the leader, or it runs alone. */
export type FlightRole =
  | { readonly role: 'leader'; readonly flight: Flight }
  | { readonly role: 'waiter'; readonly isUnderWay: boolean; readonly outcome: Promise<FlightOutcome> }
  | { readonly role: 'alone' };

/** A handler that takes longer is run by another one that waits. */
const LONGEST_WAIT_MS = 30_000;
/** How many requests wait at a time, for all pages together. */
const MOST_WAITING = 20_000;
/** How long nobody waits on a page whose answer could not be stored. */
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
    return { role: 'waiter', isUnderWay: !flight.isSettled, outcome: this.wait(flight) };
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

  /** Nobody waits on this page for a while: its answers may not be stored. */
  private isMissing(key: string): boolean {
    const until = this.misses.get(key);
    if (until === undefined) return false;
    if (until > performance.now()) return true;
    this.misses.delete(key);
    return false;
  }

  /** What a flight that is under way has come to; undefined while it has not, or there is none. */
  settled(key: string): FlightOutcome | undefined {
    return this.flights.get(key)?.settledWith;
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

  /** Ends the flight: the next request begins another one. Those who still wait are let go. */
  end(): void {
    this.settle(ABANDONED);
    this.onEnd();
  }
}
