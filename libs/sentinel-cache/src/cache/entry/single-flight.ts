import { StallTolerantTimer } from '../../time/stall-tolerant-timer.js';

/** How a call ended: it ran the work, shared the outcome of another caller's, or gave up waiting. */
export type FlightResult<T> =
  | { readonly how: 'ran'; readonly outcome: T }
  | SharedResult<T>
  | { readonly how: 'too-many-wait' }
  | { readonly how: 'overdue' };

/** The outcome of another caller's work. */
export interface SharedResult<T> {
  readonly how: 'shared';
  readonly outcome: T;
  /**
   * Whether the call came in a later turn of the event loop than that in which the work began: what the work
   * has read may have been written over before the call.
   */
  readonly cameLater: boolean;
}

/** The bounds of the waiting, and who hears of what is shared. */
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
  /** Whether this call waits as long as others let it; it ends by itself. Default: `waitLimitMs` at most. */
  readonly isPatient?: boolean;
  /** Whether the caller still waits: one that does not begins no work of its own. Default: it does. */
  readonly isWanted?: () => boolean;
  /** Called before this call waits for work that another one began. */
  readonly onJoin?: () => void;
}

/** Work of one key. `letGo` ends the waiting of all others: the next of them works itself. */
export type FlightWork<T> = (letGo: () => void) => Promise<T>;

interface Flight<T> {
  /** On the clock of `performance.now()`. */
  readonly beganAtMs: number;
  readonly limitMs: number;
  waiters: number;
  isLetGo: boolean;
  /** Whether the turn of the event loop in which it began is over. */
  isEarlier: boolean;
  /** What waiting callers get, by how long they wait since it began; created for the first of them. */
  awaited?: Map<number, Wait<T>>;
  outcome?: Promise<T>;
}

interface Wait<T> {
  readonly outcome: Promise<T | typeof OVERDUE>;
  readonly giveUp: () => void;
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

  constructor(private readonly options: SingleFlightOptions<T>) {}

  /** Whether work on a key is under way. */
  has(key: string): boolean {
    return this.underWay(key, Infinity) !== undefined;
  }

  /** Runs the work unless it is under way. Rejects as the work does. */
  async run(key: string, work: FlightWork<T>, patience: FlightPatience = {}): Promise<FlightResult<T>> {
    const { waitLimitMs, mostWaiting } = this.options;
    const patientMs = patience.isPatient ? Infinity : waitLimitMs;
    let [awaited, left]: [number, Flight<T> | undefined] = [0, undefined];
    for (;;) {
      const flight = this.underWay(key, patientMs);
      if (!flight || flight === left) return { how: 'ran', outcome: await this.begin(key, work, patience.limitMs) };
      if (awaited === FLIGHTS_AWAITED) return { how: 'overdue' };
      if (this.waiting >= mostWaiting) return { how: 'too-many-wait' };
      patience.onJoin?.();
      const ms = Math.min(flight.limitMs, patientMs);
      const cameLater = flight.isEarlier;
      const outcome = await this.join(flight, ms);
      if (outcome !== OVERDUE) return { how: 'shared', outcome, cameLater };
      if (patience.isWanted?.() === false) return { how: 'overdue' };
      left = flight;
      // What others have limited says nothing of how long the work takes.
      if (ms >= waitLimitMs && !flight.isLetGo) awaited += 1;
    }
  }

  /** The work that a caller who waits `patientMs` would wait for. */
  private underWay(key: string, patientMs: number): Flight<T> | undefined {
    const flight = this.flights.get(key);
    if (!flight || flight.isLetGo) return undefined;
    const ms = Math.min(flight.limitMs, patientMs);
    // Where somebody waits, the timer tells: a stall of this process does not use up the time.
    return flight.awaited?.has(ms) || remainingMs(flight, ms) > 0 ? flight : undefined;
  }

  private begin(key: string, work: FlightWork<T>, limitMs = this.options.waitLimitMs): Promise<T> {
    const flight: Flight<T> = { beganAtMs: performance.now(), limitMs, waiters: 0, isLetGo: false, isEarlier: false };
    setImmediate(() => (flight.isEarlier = true));
    this.flights.set(key, flight);
    return (flight.outcome = this.fly(key, flight, work));
  }

  private async fly(key: string, flight: Flight<T>, work: FlightWork<T>): Promise<T> {
    try {
      const outcome = await work(() => letGo(flight));
      if (flight.waiters > 0) this.options.onShared(outcome);
      return outcome;
    } finally {
      if (this.flights.get(key) === flight) this.flights.delete(key);
    }
  }

  private async join(flight: Flight<T>, ms: number): Promise<T | typeof OVERDUE> {
    flight.waiters += 1;
    this.waiting += 1;
    try {
      flight.awaited ??= new Map();
      let awaited = flight.awaited.get(ms);
      if (!awaited) flight.awaited.set(ms, (awaited = inTime(flight, ms)));
      return await awaited.outcome;
    } finally {
      flight.waiters -= 1;
      this.waiting -= 1;
    }
  }
}

function remainingMs({ beganAtMs }: Flight<unknown>, ms: number): number {
  return beganAtMs + ms - performance.now();
}

function letGo(flight: Flight<unknown>): void {
  flight.isLetGo = true;
  for (const { giveUp } of flight.awaited?.values() ?? []) giveUp();
}

/** Leaves nothing of callers that gave up with work that never ends. */
function inTime<T>(flight: Flight<T>, ms: number): Wait<T> {
  let giveUp!: () => void;
  const outcome = new Promise<T | typeof OVERDUE>((resolve, reject) => {
    // A program may exit while a caller waits.
    const timer = new StallTolerantTimer(remainingMs(flight, ms), () => giveUp(), { unref: true });
    giveUp = (): void => {
      timer.stop();
      flight.awaited?.delete(ms);
      resolve(OVERDUE);
    };
    timer.start();
    // Work that calls for its own key before it first waits has no outcome yet.
    const ended = flight.outcome ?? Promise.resolve().then(() => flight.outcome!);
    ended.then(resolve, reject).finally(() => timer.stop());
  });
  return { outcome, giveUp };
}
