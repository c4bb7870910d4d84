import type { LivingEntry } from '../../backends/port/backend.js';
import { NO_VALUE } from '../entry/entry-space.js';
import type { Flights, Found, GetOrSet } from '../entry/get-or-set.js';
import { createFlights, read, UNREADABLE, valueOf } from '../entry/get-or-set.js';
import { SingleFlight } from '../entry/single-flight.js';
import { judgeFreshness, type Freshness } from './freshness.js';
import type { LoadPlan } from './load-plan.js';
import { LoadTimes } from './load-times.js';
import type { LoadRun } from './load-run.js';

/** What one cache of this process knows of the values it makes. */
export interface Loads {
  readonly flights: Flights;
  /** Reads under way: callers of one moment share one. */
  readonly reads: SingleFlight<LivingFound>;
  readonly times: LoadTimes;
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

/** The value in an entry that was read, and what it is worth. */
export interface OlderValue<T> {
  readonly value: T;
  readonly freshness: Freshness;
}

const READ_LIMIT_MS = 30_000;
const MOST_READING = 100_000;

/** Creates what a cache knows. */
export function createLoads(): Loads {
  const flights = createFlights();
  const reads = new SingleFlight<LivingFound>({
    waitLimitMs: READ_LIMIT_MS,
    mostWaiting: MOST_READING,
    onShared: () => undefined,
  });
  return { flights, reads, times: new LoadTimes(), runs: new Map() };
}

/** Reads an entry, and what is left of its life in the same round trip where freshness depends on it. */
export async function readLiving<T>(call: LoadCall<T>): Promise<LivingFound> {
  const { key, plan, loads } = call;
  const needsLife = plan.graceMs > 0 || plan.beta > 0;
  const work = needsLife ? (): Promise<LivingFound> => readWithLife(call) : (): Promise<LivingFound> => readBytes(call);
  const result = await loads.reads.run(`${needsLife ? 'life' : 'bytes'} ${key}`, work);
  return 'outcome' in result ? result.outcome : work();
}

/** Judges what was read; undefined when there is no value for this caller. */
export function judge<T>(call: LoadCall<T>, found: LivingFound): OlderValue<T> | undefined {
  if (found === null || found === UNREADABLE) return undefined;
  const { space, key, flights, plan, loads } = call;
  const stored = space.readable(found.bytes, key);
  if (stored === NO_VALUE) return undefined;
  if (space.herd) {
    const entry = space.herd.unpack(stored);
    const verdict = space.herd.judge(entry);
    if (verdict === 'over') return undefined;
    return { value: entry.value as T, freshness: verdict === 'refresh' && !flights.has(key) ? 'stale' : 'fresh' };
  }
  const value = stored as T;
  if (typeof found.life !== 'number') return { value, freshness: 'fresh' };
  const { graceMs, beta } = plan;
  const tookMs = loads.times.of(key);
  const freshness = judgeFreshness({ lifeMs: found.life, graceMs, beta, tookMs, random: Math.random });
  return { value, freshness: freshness === 'early' && flights.has(key) ? 'fresh' : freshness };
}

/** Returns a copy of the value in an entry for the function that replaces it. */
export function copyOf<T>({ space, key }: GetOrSet<T>, bytes: Buffer | undefined): T | null | undefined {
  const value = bytes && valueOf<T>(space, bytes, key);
  return value === NO_VALUE ? undefined : value;
}

async function readWithLife<T>({ backend, policy, calls, key }: LoadCall<T>): Promise<LivingFound> {
  return policy.answerWith<LivingFound>('getOrSet', UNREADABLE, () => backend.getWithLife(key, calls));
}

async function readBytes<T>(call: LoadCall<T>): Promise<LivingFound> {
  const found = await read(call);
  return Buffer.isBuffer(found) ? { bytes: found, life: 'unknown' } : found;
}
