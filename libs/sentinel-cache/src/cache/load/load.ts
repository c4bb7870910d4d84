import type { LivingEntry } from '../../backends/port/backend.js';
import { tokenOf } from '../../backends/port/entry-token.js';
import { noteLeases } from '../../copies/leases-used.js';
import { SYSTEM_CLOCK } from '../../time/clock.js';
import type { GetOrSetOptions, TimeoutOrFunction, ValueOrFactory } from '../entry/cache-options.js';
import { NO_VALUE } from '../entry/entry-space.js';
import { asRead, getOrSet, make, share, NO_ANSWER, valueOf, WAIT_LIMIT_MS } from '../entry/get-or-set.js';
import type { GetOrSet, Made, Making } from '../entry/get-or-set.js';
import { LoadCaller } from './load-caller.js';
import { planLifetime, planLoad, type LifetimePlan } from './load-plan.js';
import { RunContext, type LoadRun } from './load-run.js';
import type { LivingFound, LoadCall, Loads } from './loads.js';
import { copyOf, judge, readLiving, type OlderValue } from './older-value.js';
import { unlessAborted, waitFor } from './wait-for.js';
import { takeTurn, type Turn } from './take-turn.js';

/** What a cache and its user give for one `getOrSet`. */
export interface LoadRequest<T> {
  readonly value: ValueOrFactory<T, never>;
  readonly timeout: TimeoutOrFunction<T>;
  readonly options: GetOrSetOptions;
}

/** Reads a value, or makes and stores it, as the options say. Rejects as `SentinelCache.getOrSet`. */
export async function loadValue<T>(
  parts: Omit<GetOrSet<T>, 'flights' | 'ownWork' | 'value' | keyof LifetimePlan<T>> & { readonly loads: Loads },
  { value, timeout, options }: LoadRequest<T>,
): Promise<T> {
  const { space, loads } = parts;
  const plan = planLoad(options, space);
  // Before it is known whether there is a value: a process that only ever finds them deletes them, too.
  if (plan?.leaseMs !== undefined) noteLeases();
  const life = planLifetime(timeout, { jitter: options.jitter, graceMs: plan?.graceMs }, space);
  const { flights, ownWork } = loads;
  // Not by spreading: that would be most of what a hit costs.
  const call: GetOrSet<T> = {
    space,
    backend: parts.backend,
    policy: parts.policy,
    calls: parts.calls,
    key: parts.key,
    flights,
    ownWork,
    lifetimeOf: life.lifetimeOf,
    expectedLifetime: life.expectedLifetime,
    value: value as ValueOrFactory<T, unknown>,
  };
  if (plan) return load({ ...call, plan, loads });
  // Who gives no signal and no hardTimeout needs the value, whatever becomes of those who did.
  return getOrSet(call, { onJoin: () => loads.runs.get(call.key)?.keep() });
}

/**
 * `getOrSet` with options: reads a value, and makes one when there is none, when it is stale, or shortly
 * before. Rejects with what the function throws, and as a read does, unless there is an older value.
 */
async function load<T>(call: LoadCall<T>): Promise<T> {
  const { space, key, flights, ownWork, plan, loads } = call;
  const waiting = { alias: space.alias, plan, aborts: loads.aborts };
  const found = await unlessAborted(() => readLiving(call), waiting);
  const older = judge(call, found);
  if (older?.freshness === 'fresh') return older.value;
  // Another caller of this process makes it already.
  if (older && plan.softMs === 0 && flights.has(key)) return older.value;
  const isNested = ownWork.isFor(key);
  const caller = new LoadCaller(call, (current) => run(call, { found, older, isNested }, current));
  return waitFor(share(call, caller.begin, caller), { ...waiting, older, caller });
}

/** What a run begins with. */
interface Start<T> {
  readonly found: LivingFound;
  readonly older: OlderValue<T> | undefined;
  /** Called by the function that makes this very value: a lease would be waited for that its caller holds. */
  readonly isNested: boolean;
}

async function run<T>(call: LoadCall<T>, start: Start<T>, current: LoadRun): Promise<Made<T>> {
  const { key, plan, loads } = call;
  const { found, isNested } = start;
  const { runs } = loads;
  if (!isNested) runs.set(key, current);
  try {
    if (plan.leaseMs === undefined || found === NO_ANSWER || isNested) return await makeTimed(call, found, current);
    const turn = await takeTurn(call, goalOf(call, start), current.signal);
    return await makeInTurn(call, { turn, found }, current);
  } finally {
    current.end();
    if (runs.get(key) === current) runs.delete(key);
  }
}

async function makeInTurn<T>(
  call: LoadCall<T>,
  { turn, found }: { readonly turn: Turn; readonly found: LivingFound },
  current: LoadRun,
): Promise<Made<T>> {
  const { space, key } = call;
  if (turn.kind === 'alone') return makeTimed(call, found, current);
  if (turn.kind === 'found') {
    const { bytes } = turn.entry;
    const value = valueOf<T>(space, bytes, key);
    return value === NO_VALUE ? makeTimed(call, turn.entry, current) : asRead(value, bytes);
  }
  const { lease, entry } = turn;
  // Nobody waits longer for it.
  lease.keep(current.signal, call.plan.hardMs ?? WAIT_LIMIT_MS);
  try {
    return await makeTimed(call, entry, current, ({ bytes, lifetime }, replaced, calls) => {
      return lease.store({ replaces: tokenOf(replaced), bytes, lifetime }, calls);
    });
  } finally {
    lease.end();
  }
}

/** Makes the value, and remembers how long that took. */
async function makeTimed<T>(call: LoadCall<T>, found: LivingFound, current: LoadRun, store?: Making['store']): Promise<Made<T>> {
  const { plan, loads, backend, key, value } = call;
  const clock = backend.clock ?? SYSTEM_CLOCK;
  const startedAtMs = clock.monotonicMs();
  const entry = found === null || found === NO_ANSWER ? undefined : found;
  const context = new RunContext(current.signal, () => copyOf(call, entry?.bytes));
  current.limit(plan.hardMs);
  const timed = async (): Promise<T> => {
    const made = await (value as (context: RunContext) => T | Promise<T>)(context);
    current.settle();
    if (plan.beta > 0) loads.times.note(key, clock.monotonicMs() - startedAtMs);
    return made;
  };
  // An entry that ended by itself meanwhile is no entry that somebody deleted.
  const endsAtMs = typeof entry?.life === 'number' ? startedAtMs + entry.life : Infinity;
  const how = {
    context,
    hasExpired: () => clock.monotonicMs() >= endsAtMs,
    onMade: (made: Made<unknown>) => void (current.made = made),
    ...(store ? { store } : {}),
  };
  return make(
    { ...call, value: typeof value === 'function' ? timed : value },
    found === NO_ANSWER ? found : (entry?.bytes ?? null),
    how,
  );
}

function goalOf<T>({ space, key, plan }: LoadCall<T>, { found, older }: Start<T>): Parameters<typeof takeTurn>[1] {
  const { herd } = space;
  const isAnswer = ({ bytes }: LivingEntry): boolean => {
    if (!herd) return false;
    const stored = space.readable(bytes, key);
    return stored !== NO_VALUE && herd.judge(herd.unpack(stored)) === 'fresh';
  };
  // What was found and is no value is to be replaced, however long it lives.
  const isUnreadable = found !== null && found !== NO_ANSWER && !older;
  if (herd || isUnreadable) return { unlessLivesMs: undefined, isAnswer };
  const isEarly = older?.freshness === 'early' && found !== null && found !== NO_ANSWER && typeof found.life === 'number';
  return { unlessLivesMs: isEarly ? (found.life as number) : plan.graceMs, isAnswer };
}
