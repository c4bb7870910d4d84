import { AsyncLocalStorage } from 'node:async_hooks';

import { StallTolerantTimer } from '../../time/stall-tolerant-timer.js';

/** How a call ended: it ran the work, shared the outcome of another caller's, or gave up waiting. */
export type FlightResult<T> =
  { readonly how: 'ran' | 'shared'; readonly outcome: T } | { readonly how: 'too-many-wait' } | { readonly how: 'overdue' };

export interface SingleFlightOptions<T> {
  /** How long callers wait for work that another one began, in milliseconds since it began. */
  readonly waitLimitMs: number;
  /** Maximum number of callers that wait at a time, for all keys together. */
  readonly mostWaiting: number;
  /**
   * Receives an outcome that several callers get, before the first of them does. When it throws, the error is
   * the outcome.
   */
  readonly onShared: (outcome: T) => void;
}

/** How one call waits. */
export interface FlightPatience {
  /**
   * When this call begins the work: how long others wait for it, in milliseconds. Default:
   * `SingleFlightOptions.waitLimitMs`.
   */
  readonly limitMs?: number | undefined;
  /** Whether the caller still waits: one that does not begins no work of its own. Default: it does. */
  readonly isWanted?: () => boolean;
}

interface Flight<T> {
  /** On the clock of `performance.now()`. */
  readonly endsAtMs: number;
  waiters: number;
  isOverdue: boolean;
  /** What waiting callers get; created for the first of them. */
  awaited?: Promise<T | typeof OVERDUE>;
  outcome?: Promise<T>;
}

const OVERDUE = Symbol('overdue');

/** The number of runs that a caller waits for: when two hang, a third would hang, too. */
const FLIGHTS_AWAITED = 2;

/**
 * Runs work once per key at a time: callers that come meanwhile share its outcome.
 *
 * When the work has not ended after `waitLimitMs`, one of the waiting callers runs its own and the others
 * wait for that; after another `waitLimitMs` they get `overdue`. So no caller waits indefinitely.
 */
export class SingleFlight<T> {
  private readonly flights = new Map<string, Flight<T>>();
  private waiting = 0;
  /** The keys whose work the calling code is part of. */
  private readonly within = new AsyncLocalStorage<ReadonlySet<string>>();

  constructor(private readonly options: SingleFlightOptions<T>) {}

  /** Whether work on a key is under way. */
  has(key: string): boolean {
    return this.underWay(key) !== undefined;
  }

  /** Whether the calling code is part of the work on a key. */
  isWithin(key: string): boolean {
    return this.within.getStore()?.has(key) === true;
  }

  /**
   * Runs the work unless it is under way. Work that calls for its own key runs at once: it would wait for
   * itself. Rejects as the work does.
   */
  async run(key: string, work: () => Promise<T>, patience: FlightPatience = {}): Promise<FlightResult<T>> {
    if (this.isWithin(key)) return { how: 'ran', outcome: await work() };
    for (let awaited = 0; ; awaited += 1) {
      const flight = this.underWay(key);
      if (!flight) return { how: 'ran', outcome: await this.begin(key, work, patience.limitMs) };
      if (awaited === FLIGHTS_AWAITED) return { how: 'overdue' };
      if (this.waiting >= this.options.mostWaiting) return { how: 'too-many-wait' };
      const outcome = await this.join(flight);
      if (outcome !== OVERDUE) return { how: 'shared', outcome };
      if (patience.isWanted?.() === false) return { how: 'overdue' };
    }
  }

  private underWay(key: string): Flight<T> | undefined {
    const flight = this.flights.get(key);
    if (!flight || flight.isOverdue) return undefined;
    // Where somebody waits, the timer tells: a stall of this process does not use up the time.
    return flight.awaited || this.remainingMs(flight) > 0 ? flight : undefined;
  }

  private remainingMs({ endsAtMs }: Flight<T>): number {
    return endsAtMs - performance.now();
  }

  private begin(key: string, work: () => Promise<T>, limitMs = this.options.waitLimitMs): Promise<T> {
    const flight: Flight<T> = { endsAtMs: performance.now() + limitMs, waiters: 0, isOverdue: false };
    this.flights.set(key, flight);
    const keys = new Set([...(this.within.getStore() ?? []), key]);
    flight.outcome = this.within.run(keys, async () => {
      try {
        const outcome = await work();
        if (flight.waiters > 0) this.options.onShared(outcome);
        return outcome;
      } finally {
        if (this.flights.get(key) === flight) this.flights.delete(key);
      }
    });
    return flight.outcome;
  }

  private async join(flight: Flight<T>): Promise<T | typeof OVERDUE> {
    flight.waiters += 1;
    this.waiting += 1;
    try {
      return await (flight.awaited ??= this.inTime(flight));
    } finally {
      flight.waiters -= 1;
      this.waiting -= 1;
    }
  }

  /** Leaves nothing of callers that gave up with work that never ends. */
  private inTime(flight: Flight<T>): Promise<T | typeof OVERDUE> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        flight.isOverdue = true;
        resolve(OVERDUE);
      };
      // A program may exit while a caller waits.
      const timer = new StallTolerantTimer(this.remainingMs(flight), end, { unref: true });
      timer.start();
      flight.outcome!.then(resolve, reject).finally(() => timer.stop());
    });
  }
}
