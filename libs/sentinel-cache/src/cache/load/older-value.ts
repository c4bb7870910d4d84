import { NO_VALUE } from '../entry/entry-space.js';
import { read, NO_ANSWER, valueOf, type GetOrSet } from '../entry/get-or-set.js';
import type { FlightResult } from '../entry/single-flight.js';
import { judgeFreshness, type Freshness } from './freshness.js';
import type { LivingFound, LoadCall } from './loads.js';

/** The value in an entry that was read, and what it is worth. */
export interface OlderValue<T> {
  readonly value: T;
  readonly freshness: Freshness;
}

/** Reads an entry, and what is left of its life in the same round trip where freshness depends on it. */
export async function readLiving<T>(call: LoadCall<T>): Promise<LivingFound> {
  const { key, plan, loads } = call;
  const needsLife = plan.graceMs > 0 || plan.beta > 0;
  const work = needsLife ? (): Promise<LivingFound> => readWithLife(call) : (): Promise<LivingFound> => readBytes(call);
  const readOnce = (): Promise<FlightResult<LivingFound>> => loads.reads.run(`${needsLife ? 'life' : 'bytes'} ${key}`, work);
  let result = await readOnce();
  // It may have been written over before this call. What is read since has not. An outage is not waited for
  // twice.
  if (result.how === 'shared' && result.cameLater && result.outcome !== NO_ANSWER) result = await readOnce();
  return 'outcome' in result ? result.outcome : work();
}

/** Judges what was read; undefined when there is no value for this caller. */
export function judge<T>(call: LoadCall<T>, found: LivingFound): OlderValue<T> | undefined {
  if (found === null || found === NO_ANSWER) return undefined;
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
  return policy.answerWith<LivingFound>('getOrSet', NO_ANSWER, () => backend.getWithLife(key, calls));
}

async function readBytes<T>(call: LoadCall<T>): Promise<LivingFound> {
  const found = await read(call);
  return Buffer.isBuffer(found) ? { bytes: found, life: 'unknown' } : found;
}
