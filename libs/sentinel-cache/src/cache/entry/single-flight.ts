import { AsyncLocalStorage } from 'node:async_hooks';

/** How a caller fared: it did the work, got what another's work came to, or waited in vain. */
export type Flown<T> =
  { readonly how: 'led' | 'followed'; readonly outcome: T } | { readonly how: 'too-many-wait' } | { readonly how: 'overdue' };

export interface SingleFlightOptions<T> {
  /** How old a piece of work may get while others wait for it, in milliseconds. */
  readonly patienceMs: number;
  /** How many may wait at a time, for all keys together. */
  readonly mostWaiting: number;
  /** Told an outcome before anybody gets it, when others than its maker will. What it throws is the outcome instead. */
  readonly onShared: (outcome: T) => void;
}

interface Flight<T> {
  readonly startedAtMs: number;
  followers: number;
  isOverdue: boolean;
  /** What followers get; made for the first of them. */
  awaited?: Promise<T | typeof OVERDUE>;
  outcome?: Promise<T>;
}

const OVERDUE = Symbol('overdue');

/** A second maker may hang like the first; that of a third would, too. */
const FLIGHTS_AWAITED = 2;

/**
 * One run of a piece of work per key at a time: whoever comes meanwhile gets the same outcome.
 *
 * Work that does not end is left alone after `patienceMs`: one of those who waited does its own, and the others wait for that one; after
 * another `patienceMs` they are told, so that nobody waits for ever.
 */
export class SingleFlight<T> {
  private readonly flights = new Map<string, Flight<T>>();
  private waiting = 0;
  /** The keys whose work is being done by the code that asks now. */
  private readonly within = new AsyncLocalStorage<ReadonlySet<string>>();

  constructor(private readonly options: SingleFlightOptions<T>) {}

  /** Whether work on a key is under way. */
  has(key: string): boolean {
    return this.underWay(key) !== undefined;
  }

  /** Does the work unless it is under way. Work that asks for its own key would wait for itself: it does its own. */
  async run(key: string, work: () => Promise<T>): Promise<Flown<T>> {
    if (this.within.getStore()?.has(key)) return { how: 'led', outcome: await work() };
    for (let awaited = 0; ; awaited += 1) {
      const flight = this.underWay(key);
      if (!flight) return { how: 'led', outcome: await this.lead(key, work) };
      if (awaited === FLIGHTS_AWAITED) return { how: 'overdue' };
      if (this.waiting >= this.options.mostWaiting) return { how: 'too-many-wait' };
      const outcome = await this.follow(flight);
      if (outcome !== OVERDUE) return { how: 'followed', outcome };
    }
  }

  private underWay(key: string): Flight<T> | undefined {
    const flight = this.flights.get(key);
    return flight && !flight.isOverdue && this.leftMs(flight) > 0 ? flight : undefined;
  }

  private leftMs({ startedAtMs }: Flight<T>): number {
    return startedAtMs + this.options.patienceMs - performance.now();
  }

  private lead(key: string, work: () => Promise<T>): Promise<T> {
    const flight: Flight<T> = { startedAtMs: performance.now(), followers: 0, isOverdue: false };
    this.flights.set(key, flight);
    const keys = new Set([...(this.within.getStore() ?? []), key]);
    flight.outcome = this.within.run(keys, async () => {
      try {
        const outcome = await work();
        if (flight.followers > 0) this.options.onShared(outcome);
        return outcome;
      } finally {
        if (this.flights.get(key) === flight) this.flights.delete(key);
      }
    });
    return flight.outcome;
  }

  private async follow(flight: Flight<T>): Promise<T | typeof OVERDUE> {
    flight.followers += 1;
    this.waiting += 1;
    try {
      return await (flight.awaited ??= this.inTime(flight));
    } finally {
      flight.followers -= 1;
      this.waiting -= 1;
    }
  }

  /** Nothing of those who gave up waiting stays with work that never ends. */
  private inTime(flight: Flight<T>): Promise<T | typeof OVERDUE> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        flight.isOverdue = true;
        resolve(OVERDUE);
      }, this.leftMs(flight));
      // A program may end while somebody waits.
      timer.unref();
      flight.outcome!.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }
}
