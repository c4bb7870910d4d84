import type { LivingEntry } from '../../backends/port/backend.js';
import { OwnWork } from '../../keys/own-work.js';
import { createFlights, type Flights, type Found, type GetOrSet } from '../entry/get-or-set.js';
import { SingleFlight } from '../entry/single-flight.js';
import { AbortListeners } from './abort-listeners.js';
import type { LoadPlan } from './load-plan.js';
import type { LoadRun } from './load-run.js';
import { LoadTimes } from './load-times.js';

/** How long a caller waits for the read of another, and how many may wait. */
const READ_LIMIT_MS = 30_000;
const MOST_READING = 100_000;

/** What one cache of this process knows of the values it makes. */
export interface Loads {
  readonly flights: Flights;
  readonly ownWork: OwnWork;
  /** Reads under way: callers of one moment share one. */
  readonly reads: SingleFlight<LivingFound>;
  readonly times: LoadTimes;
  /** The signals of callers that wait. */
  readonly aborts: AbortListeners;
  /** The runs whose outcome callers wait for, by stored key. */
  readonly runs: Map<string, LoadRun>;
}

/** One call of `getOrSet` with options. */
export interface LoadCall<T> extends GetOrSet<T> {
  readonly plan: LoadPlan;
  readonly loads: Loads;
}

/** As `Found`, with what is left of its life where that matters. */
export type LivingFound = { readonly bytes: Buffer; readonly life: LivingEntry['life'] | 'unknown' } | Exclude<Found, Buffer>;

/** Creates what a cache knows. */
export function createLoads(): Loads {
  const flights = createFlights();
  const reads = new SingleFlight<LivingFound>({
    waitLimitMs: READ_LIMIT_MS,
    mostWaiting: MOST_READING,
    onShared: () => undefined,
  });
  return { flights, ownWork: new OwnWork(), reads, times: new LoadTimes(), aborts: new AbortListeners(), runs: new Map() };
}
