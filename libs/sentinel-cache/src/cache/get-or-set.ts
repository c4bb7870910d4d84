import type { Backend, StoredBytes } from '../backends/backend.js';
import type { Lifetime } from '../time/lifetime.js';
import type { ValueOrFactory } from './cache-options.js';
import { keepWhatWasMade } from './error-policy.js';
import type { EntrySpace } from './entry-space.js';
import type { SingleFlight } from './single-flight.js';

interface GetOrSet<T> {
  readonly space: EntrySpace;
  readonly backend: Backend;
  readonly flights: SingleFlight<unknown>;
  /** The stored key. */
  readonly key: string;
  readonly lifetime: Lifetime;
  readonly value: ValueOrFactory<T>;
}

/**
 * Reads; on a miss one caller makes the value and stores it, if nobody else did meanwhile (A-20: a faster writer's value wins).
 * The others get what a reader of the cache would get, each a copy of their own.
 */
export async function getOrSet<T>(call: GetOrSet<T>): Promise<T | null> {
  const { space, backend, flights, key } = call;
  const found = await backend.get(key);
  if (found !== null) return space.decode<T>(found, key);
  const { leads, outcome } = flights.join(key, () => make(call));
  const made = (await outcome) as Made<T>;
  return leads || made.bytes === undefined ? made.value : space.decode<T>(Buffer.from(made.bytes as string), key);
}

interface Made<T> {
  readonly value: T | null;
  /** What a reader of the cache would find; undefined when nothing is to be found. */
  readonly bytes: StoredBytes | undefined;
}

async function make<T>({ space, backend, key, lifetime, value }: GetOrSet<T>): Promise<Made<T>> {
  if (backend.readsMayLag) {
    const found = await backend.get(key, true);
    if (found !== null) return { value: space.decode<T>(found, key), bytes: found };
  }
  const made = typeof value === 'function' ? await (value as () => T | Promise<T>)() : value;
  if (made === undefined) return { value: made, bytes: undefined };
  const bytes = space.encode(made, key);
  if (lifetime === 'already-expired') return { value: made, bytes };
  const added = await keepWhatWasMade(space.alias, 'getOrSet', () => backend.set(key, bytes, lifetime, 'nx'));
  if (added !== false) return { value: made, bytes };
  const theirs = await keepWhatWasMade(space.alias, 'getOrSet', () => backend.get(key, true));
  return theirs ? { value: space.decode<T>(theirs, key), bytes: theirs } : { value: made, bytes };
}
