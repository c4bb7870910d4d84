import type { Backend } from '../backends/backend.js';
import type { ValueCodec } from '../codec/value-codec.js';
import type { Lifetime } from '../time/lifetime.js';
import type { ValueOrFactory } from './cache-options.js';
import { keepWhatWasMade } from './error-policy.js';
import type { SingleFlight } from './single-flight.js';

interface GetOrSet<T> {
  readonly backend: Backend;
  readonly codec: ValueCodec;
  readonly flights: SingleFlight<unknown>;
  readonly where: { readonly alias: string; readonly key: string };
  readonly lifetime: Lifetime;
  readonly value: ValueOrFactory<T>;
}

/**
 * Reads; on a miss one caller makes the value and stores it, if nobody else did meanwhile (A-20: a faster writer's value wins).
 * The others get what a reader of the cache would get, each a copy of their own.
 */
export async function getOrSet<T>(call: GetOrSet<T>): Promise<T | null> {
  const { backend, codec, flights, where } = call;
  const found = await backend.get(where.key);
  if (found !== null) return codec.decode(found, where) as T | null;
  const { leads, outcome } = flights.join(where.key, () => make(call));
  const made = (await outcome) as Made<T>;
  return leads || made.bytes === undefined ? made.value : (codec.decode(Buffer.from(made.bytes as string), where) as T | null);
}

interface Made<T> {
  readonly value: T | null;
  /** What a reader of the cache would find; undefined when nothing is to be found. */
  readonly bytes: Buffer | string | undefined;
}

async function make<T>({ backend, codec, where, lifetime, value }: GetOrSet<T>): Promise<Made<T>> {
  if (backend.readsMayLag) {
    const found = await backend.get(where.key, true);
    if (found !== null) return { value: codec.decode(found, where) as T | null, bytes: found };
  }
  const made = typeof value === 'function' ? await (value as () => T | Promise<T>)() : value;
  if (made === undefined) return { value: made, bytes: undefined };
  const bytes = codec.encode(made, where);
  if (lifetime === 'already-expired') return { value: made, bytes };
  const added = await keepWhatWasMade(where.alias, 'getOrSet', () => backend.set(where.key, bytes, lifetime, 'nx'));
  if (added !== false) return { value: made, bytes };
  const theirs = await keepWhatWasMade(where.alias, 'getOrSet', () => backend.get(where.key, true));
  return theirs ? { value: codec.decode(theirs, where) as T | null, bytes: theirs } : { value: made, bytes };
}
