import type { Backend, StoredBytes } from '../backends/backend.js';
import type { Lifetime } from '../time/lifetime.js';
import type { ValueOrFactory } from './cache-options.js';
import { keepWhatWasMade, orNeutral } from './error-policy.js';
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
 * Of many callers at once one reads and makes; the others get what a reader of the cache would get, each a copy of their own.
 */
export async function getOrSet<T>(call: GetOrSet<T>): Promise<T | null> {
  const { space, flights, key } = call;
  const { leads, outcome } = flights.join(key, () => readOrMake(call));
  const made = (await outcome) as Made<T>;
  return leads || made.bytes === undefined ? made.value : space.decode<T>(Buffer.from(made.bytes as string), key);
}

interface Made<T> {
  readonly value: T | null;
  /** What a reader of the cache would find; undefined when nothing is to be found. */
  readonly bytes: StoredBytes | undefined;
}

/** What reading gives when IGNORE_EXCEPTIONS ignored an outage: no miss, so nothing is stored either. */
const UNREADABLE = Symbol('unreadable');

async function readOrMake<T>(call: GetOrSet<T>): Promise<Made<T>> {
  const { space, backend, key, value } = call;
  const found = await read(backend, space.alias, key);
  if (Buffer.isBuffer(found)) return { value: space.decode<T>(found, key), bytes: found };
  const made = typeof value === 'function' ? await (value as () => T | Promise<T>)() : value;
  if (made === undefined) return { value: made, bytes: undefined };
  const bytes = space.encode(made, key);
  return found === UNREADABLE ? { value: made, bytes } : store(call, made, bytes);
}

/** A replica's miss is believed only when the primary has none either. */
async function read(backend: Backend, alias: string, key: string): Promise<Buffer | null | typeof UNREADABLE> {
  const asked = backend.strict ?? backend;
  const ask = async (): Promise<Buffer | null> => (await asked.get(key)) ?? (asked.readsMayLag ? asked.get(key, true) : null);
  return asked === backend ? ask() : orNeutral<Buffer | null | typeof UNREADABLE>(alias, 'getOrSet', ask, UNREADABLE);
}

async function store<T>({ space, backend, key, lifetime }: GetOrSet<T>, made: T, bytes: StoredBytes): Promise<Made<T>> {
  if (lifetime === 'already-expired') return { value: made, bytes };
  const asked = backend.strict ?? backend;
  const added = await keepWhatWasMade(space.alias, 'getOrSet', () => asked.set(key, bytes, lifetime, 'nx'));
  if (added !== false) return { value: made, bytes };
  const theirs = await keepWhatWasMade(space.alias, 'getOrSet', () => asked.get(key, true));
  return theirs ? { value: space.decode<T>(theirs, key), bytes: theirs } : { value: made, bytes };
}
