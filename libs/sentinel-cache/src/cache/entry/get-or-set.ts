import type { Backend, StoredBytes } from '../../backends/port/backend.js';
import type { CallOptions } from '../../backends/port/call-options.js';
import { tokenOf } from '../../backends/port/entry-token.js';
import { CacheUnavailableError, type UnavailableReason } from '../../errors/cache-unavailable.error.js';
import type { OwnWork } from '../../keys/own-work.js';
import type { Lifetime } from '../../time/lifetime.js';
import type { FactoryContext, ValueFactory, ValueOrFactory } from './cache-options.js';
import { ignoringOutage } from './ignored-errors.js';
import type { OutagePolicy } from './outage-policy.js';
import { NO_VALUE, type EntrySpace, type PackedEntry } from './entry-space.js';
import { CallTags } from '../tags/call-tags.js';
import { SingleFlight, type FlightPatience, type FlightWork, type SharedResult } from './single-flight.js';

/**
 * How long a caller waits for the value that another makes. Then one of those who wait makes its own; the
 * others reject after as long again.
 */
export const WAIT_LIMIT_MS = 30_000;
/** Bounds the memory of waiting calls; no process answers more of them in time. */
const MOST_WAITING = 100_000;

/** The values that one cache of this process is making at the moment. */
export type Flights = SingleFlight<Made<unknown>>;

/** Creates the flights of a cache. */
export function createFlights(): Flights {
  // Serialised before the maker can change the value: the others get copies.
  return new SingleFlight({ waitLimitMs: WAIT_LIMIT_MS, mostWaiting: MOST_WAITING, onShared: ({ bytes }) => void bytes() });
}

/** One call of `getOrSet`. */
export interface GetOrSet<T> {
  readonly space: EntrySpace;
  readonly backend: Backend;
  readonly policy: OutagePolicy;
  readonly calls: CallOptions;
  readonly flights: Flights;
  readonly ownWork: OwnWork;
  /** The stored key. */
  readonly key: string;
  /** Returns how long a made value lives in the backend. */
  readonly lifetimeOf: (made: T) => Lifetime;
  /** What that will be, as far as is known before. */
  readonly expectedLifetime: Lifetime;
  readonly value: ValueOrFactory<T, unknown>;
}

/** A value of a flight, for the caller that made or found it, and for those who share it. */
export interface Made<T> {
  readonly value: T;
  /**
   * Returns what a reader of the cache would find; undefined when there is nothing to find. Serialises once,
   * and only when called.
   */
  readonly bytes: () => StoredBytes | undefined;
  /**
   * Whether it is still of current facts when it is shared: no delete was noticed and no tag of it
   * invalidated while it was made. Asks once, and only when called. Omitted: it is.
   */
  readonly isCurrent?: () => Promise<boolean>;
  /** Whether it was only read: it may have been written over before a caller that came later. */
  readonly isRead?: true;
}

/** How to make a value and where to put it. */
export interface Making {
  readonly context: FactoryContext<unknown>;
  /** Whether what was found has reached its end by now, so that nothing is left to replace. Omitted: no. */
  readonly hasExpired?: () => boolean;
  /** Receives the value before it is stored. */
  readonly onMade?: (made: Made<unknown>) => void;
  /** Stores the entry in place of what was found, or of nothing. Omitted: unless somebody was faster. */
  readonly store?: (entry: PackedEntry, replaced: Buffer | null, calls: CallOptions) => Promise<boolean>;
}

/** Stands for an outage that IGNORE_EXCEPTIONS ignored: no miss, so nothing is stored. */
export const NO_ANSWER: unique symbol = Symbol('no answer');
/** What a read found: bytes, nothing, or nobody who answers. */
export type Found = Buffer | null | typeof NO_ANSWER;

/**
 * Reads a value; on a miss makes and stores it, unless another writer was faster: then that value is
 * returned. Of many callers at once, one reads and makes; each of the others gets a copy, as a reader of the
 * cache would. Where entries have a soft end, the others do not wait: they get the old value.
 */
export async function getOrSet<T>(call: GetOrSet<T>, patience?: FlightPatience): Promise<T> {
  const { space, key, flights } = call;
  if (!space.herd) return share(call, () => readOrMake(call), patience);
  const found = await read(call);
  const stored = Buffer.isBuffer(found) ? space.readable(found, key) : NO_VALUE;
  if (stored !== NO_VALUE) {
    const entry = space.herd.unpack(stored);
    const verdict = space.herd.judge(entry);
    if (verdict === 'fresh' || verdict === 'stale' || (verdict === 'refresh' && flights.has(key))) return entry.value as T;
  }
  return share(call, () => make(call, found), patience);
}

/**
 * Does the work unless this process does it already; work that asks for its own key does its own. Resolves to
 * its value, a copy where others share it. Rejects as the work does, and with CacheUnavailableError
 * (`queue-full`, `deadline`).
 */
export async function share<T>(call: GetOrSet<T>, work: FlightWork<Made<T>>, patience?: FlightPatience): Promise<T> {
  const { space, flights, ownWork, key } = call;
  if (ownWork.isFor(key)) return (await work(() => undefined)).value;
  let result = await flights.run(key, work, patience);
  // Work that began since the call is of no older facts.
  if (result.how === 'shared' && !(await isOfCall(result))) result = await flights.run(key, work, patience);
  if (result.how === 'too-many-wait')
    throw waitedInVain(space.alias, 'queue-full', `${MOST_WAITING} calls already wait for values that others make.`);
  if (result.how === 'overdue')
    throw waitedInVain(space.alias, 'deadline', 'gave up waiting: the functions that make this value have not ended.');
  const made = result.outcome as Made<T>;
  return result.how === 'ran' ? made.value : copyOfMade(call, made);
}

/** Whether a shared value is of facts as new as the call that shares it. */
async function isOfCall({ outcome, cameLater }: SharedResult<Made<unknown>>): Promise<boolean> {
  return outcome.isRead ? !cameLater : ((await outcome.isCurrent?.()) ?? true);
}

/** Returns what a reader of the cache would get of a made value. Throws CodecError. */
export function copyOfMade<T>({ space, key }: Pick<GetOrSet<T>, 'space' | 'key'>, made: Made<T>): T {
  const bytes = made.bytes();
  return bytes === undefined ? made.value : (valueOf<T>(space, Buffer.from(bytes as string), key) as T);
}

/** Makes the error of a caller that gave up waiting for a value. */
export function waitedInVain(alias: string, reason: UnavailableReason, why: string, cause?: unknown): CacheUnavailableError {
  return new CacheUnavailableError(reason, false, `Cache '${alias}', getOrSet: ${why}`, { alias, cause });
}

/** Returns the value in an entry, whatever its soft end. */
export function valueOf<T>(space: EntrySpace, bytes: Buffer, key: string): T | typeof NO_VALUE {
  const stored = space.readable(bytes, key);
  return (space.herd && stored !== NO_VALUE ? space.herd.unpack(stored).value : stored) as T | typeof NO_VALUE;
}

async function readOrMake<T>(call: GetOrSet<T>): Promise<Made<T>> {
  const { space, key } = call;
  const found = await read(call);
  const value = Buffer.isBuffer(found) ? valueOf<T>(space, found, key) : NO_VALUE;
  return value === NO_VALUE ? make(call, found) : asRead(value, found as Buffer);
}

/** Returns a value that was found, for those who share it. */
export function asRead<T>(value: T, bytes: Buffer): Made<T> {
  return { value, bytes: () => bytes, isRead: true };
}

/** Reads an entry; a replica's miss is checked with the primary. */
export async function read<T>({ backend, policy, calls, key }: GetOrSet<T>): Promise<Found> {
  return policy.answerWith<Found>('getOrSet', NO_ANSWER, async () => {
    const found = await backend.get(key, calls);
    return found ?? (backend.readsMayLag ? backend.get(key, { ...calls, fresh: true }) : null);
  });
}

/**
 * Makes the value and stores it in place of what was found. Rejects with what the function throws, and with
 * CodecError.
 */
export async function make<T>(
  call: GetOrSet<T>,
  found: Found,
  how: Making = { context: new UnboundContext() },
): Promise<Made<T>> {
  const { space, key, value, ownWork } = call;
  // Before the value is made: what is invalidated while it is made must not be stored as if it were current.
  const calls = found === NO_ANSWER ? undefined : await stamped(call);
  const run = value as ValueFactory<T, unknown>;
  const made = typeof value === 'function' ? await ownWork.run(key, () => run(how.context)) : value;
  if (made === undefined) return { value: made, bytes: () => undefined };
  const lifetime = call.lifetimeOf(made);
  let packed: PackedEntry<Lifetime> | undefined;
  const pack = (): PackedEntry<Lifetime> => (packed ??= space.pack(made, key, lifetime));
  const ours: Made<T> = { value: made, bytes: () => pack().bytes };
  // A value that can't be serialised rejects, whether it is stored or not.
  if (lifetime === 'already-expired') pack();
  if (found === NO_ANSWER || !calls || lifetime === 'already-expired') return ours;
  const sharing = calls.tags ? { ...ours, isCurrent: askOnce(call, calls) } : ours;
  return put(call, { made: sharing, pack: () => pack() as PackedEntry, found, calls }, how);
}

/** A value that was made, and what it is to replace. */
interface Putting<T> {
  readonly made: Made<T>;
  readonly pack: () => PackedEntry;
  readonly found: Buffer | null;
  readonly calls: CallOptions;
}

/** Stores a made value. Resolves to it, or to that of a faster writer. */
async function put<T>(call: GetOrSet<T>, { made, pack, found, calls }: Putting<T>, how: Making): Promise<Made<T>> {
  const { space, backend, key } = call;
  const takesMoreThan = (bytes: number): boolean => space.codec.takesMoreThan(made.value, bytes);
  const stored = await ignoringOutage(space.alias, async () => {
    const replaced = how.hasExpired?.() ? null : found;
    const planned = { operation: replaced ? 'compareAndSet' : 'add', keys: [key], takesMoreThan } as const;
    const refused = backend.refused?.<boolean>(planned, calls);
    if (refused) return refused;
    const entry = pack();
    how.onMade?.(made);
    if (how.store) return how.store(entry, replaced, calls);
    const { bytes, lifetime } = entry;
    if (!replaced) return backend.set(key, bytes, lifetime, 'nx', calls);
    return backend.compareAndSet(key, tokenOf(replaced), bytes, lifetime, calls);
  });
  if (stored !== false) return made;
  const theirs = await ignoringOutage(space.alias, () => backend.get(key, { ...calls, fresh: true }));
  // There was a delete meanwhile.
  if (theirs === null) return { ...made, isCurrent: async () => false };
  // What was to be replaced is nobody's newer value.
  const faster = !theirs || found?.equals(theirs) ? NO_VALUE : valueOf<T>(space, theirs, key);
  // Read at the end: those who share it have called before, and need not run the function for it.
  return faster === NO_VALUE ? made : { value: faster, bytes: () => theirs as Buffer };
}

/** Whether no tag of a value was invalidated since it was made; where nobody answers, it was not. */
function askOnce<T>({ space, backend }: GetOrSet<T>, calls: CallOptions): () => Promise<boolean> {
  const tags = new CallTags(space.alias, backend.tags);
  let asked: Promise<boolean | undefined> | undefined;
  return async () => (await (asked ??= ignoringOutage(space.alias, () => tags.isCurrent(calls)))) !== false;
}

/** Returns the options of a write of the value; undefined when its tags can't be read in an outage. */
async function stamped<T>({ space, backend, calls, expectedLifetime }: GetOrSet<T>): Promise<CallOptions | undefined> {
  if (!calls.tags || !backend.tags) return calls;
  const tags = new CallTags(space.alias, backend.tags);
  const stamp = await ignoringOutage(space.alias, () => tags.stamp(calls.tags, expectedLifetime, calls));
  return stamp && { ...calls, tags: stamp };
}

/** Of a call without limits: its signal, made when it is asked for, never aborts. */
class UnboundContext implements FactoryContext<unknown> {
  readonly stale = undefined;

  get signal(): AbortSignal {
    return new AbortController().signal;
  }
}
