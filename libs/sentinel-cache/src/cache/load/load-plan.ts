import { printableKey } from '../../errors/printable.js';
import { toLifetime, type Lifetime } from '../../time/lifetime.js';
import { LONGEST_TIMER_MS } from '../../time/time-limit.js';
import type { GetOrSetOptions, TimeoutOrFunction } from '../entry/cache-options.js';
import type { EntrySpace } from '../entry/entry-space.js';
import type { GetOrSet } from '../entry/get-or-set.js';

/** The options of a `getOrSet`, checked and resolved. Milliseconds. */
export interface LoadPlan {
  readonly graceMs: number;
  /** XFetch's beta; 0: no early refresh. */
  readonly beta: number;
  /** Undefined: no lease. */
  readonly leaseMs: number | undefined;
  /** Undefined: an older value is the answer only when there will be no newer one. */
  readonly softMs: number | undefined;
  /** Undefined: without limit. */
  readonly hardMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** What an option of `getOrSet` has to be, and is not. */
export interface OptionProblem {
  readonly option: string;
  readonly expected: string;
  readonly got: string;
  readonly remedy?: string;
}

/** The cache for which options are checked. */
interface LoadPlace {
  /** Whether its entries have soft ends of their own. */
  readonly isHerd: boolean;
  /** Makes the error for a wrong option. */
  readonly wrong: (problem: OptionProblem) => Error;
}

/** Where only the value tells. A longer one is seen to when it is stored. */
const EXPECTED_MS = 300_000;
const LONGEST_MS = Number.MAX_SAFE_INTEGER;
const DEFAULT_LEASE_MS = 10_000;
const [SHORTEST_LEASE_MS, LONGEST_LEASE_MS] = [100, 3_600_000];

/** Options of `getOrSet`; a mapped type, so that none is forgotten. */
const NAMES: Readonly<Record<keyof GetOrSetOptions, true>> = {
  version: true,
  tags: true,
  grace: true,
  earlyExpiry: true,
  lock: true,
  softTimeout: true,
  hardTimeout: true,
  jitter: true,
  signal: true,
};

/** Throws InvalidArgumentError for what is no object of options, and for a name that no option has. */
export function checkNames(options: unknown, space: EntrySpace): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw space.invalid(`getOrSet, options: expected an object, got ${kindOf(options)}. Write { lock: true }, or leave it out.`);
  for (const name of Object.keys(options))
    if (!Object.hasOwn(NAMES, name))
      throw space.invalid(
        `getOrSet, ${printableKey(name)}: expected one of ${Object.keys(NAMES).join(', ')}, got an unknown name. Remove it.`,
      );
}

/**
 * Checks the options and resolves them; undefined when none of them changes who makes a value, and when.
 * Throws InvalidArgumentError.
 */
export function planLoad(options: GetOrSetOptions, space: EntrySpace): LoadPlan | undefined {
  return planAt(options, placeOf(space));
}

/**
 * Returns what is wrong with options that are known before any call: the first that is wrong, undefined when
 * none is. `isHerd`: whether they are for a cache of HerdClient.
 */
export function problemOfLoad(options: GetOrSetOptions, { isHerd }: Pick<LoadPlace, 'isHerd'>): OptionProblem | undefined {
  let found: OptionProblem | undefined;
  const wrong = (problem: OptionProblem): Error => {
    found = problem;
    return new Error(problem.expected);
  };
  try {
    planAt(options, { isHerd, wrong });
    jitterOf(options.jitter, { isHerd, wrong });
  } catch (error) {
    if (!found) throw error;
  }
  return found;
}

function placeOf(space: EntrySpace): LoadPlace {
  const wrong = ({ option, expected, got, remedy }: OptionProblem): Error =>
    space.invalid(`getOrSet, ${option}: expected ${expected}, got ${got}.${remedy === undefined ? '' : ` ${remedy}`}`);
  return { isHerd: space.herd !== undefined, wrong };
}

function planAt(options: GetOrSetOptions, place: LoadPlace): LoadPlan | undefined {
  const { grace, earlyExpiry, lock, softTimeout, hardTimeout, signal } = options;
  const read = new Durations(place);
  const graceMs = read.atMost('grace', grace, LONGEST_MS) ?? 0;
  const beta = betaOf(earlyExpiry, read);
  const leaseMs = leaseOf(lock, read);
  const softMs = read.atMost('softTimeout', softTimeout, LONGEST_TIMER_MS);
  const hardMs = read.atMost('hardTimeout', hardTimeout, LONGEST_TIMER_MS);
  if (hardMs === 0) throw read.wrong('hardTimeout', hardTimeout, "a time above 0, such as '5s'");
  if (softMs !== undefined && hardMs !== undefined && softMs > hardMs)
    throw place.wrong({
      option: 'softTimeout',
      expected: 'no more than hardTimeout',
      got: 'a longer time',
      remedy: 'Make it the shorter one.',
    });
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw read.wrong('signal', signal, 'an AbortSignal');
  if (place.isHerd && (graceMs > 0 || beta > 0))
    throw place.wrong({
      option: graceMs > 0 ? 'grace' : 'earlyExpiry',
      expected: 'none where HerdClient keeps old values by soft ends of its own',
      got: 'one',
      remedy: 'Leave it out, or use a cache with DefaultClient.',
    });
  const changes = graceMs > 0 || beta > 0 || leaseMs !== undefined || hardMs !== undefined || signal !== undefined;
  if (!changes) return undefined;
  const hasOlder = graceMs > 0 || beta > 0;
  return { graceMs, beta, leaseMs, softMs: softMs ?? (hasOlder ? 0 : undefined), hardMs, signal };
}

/** How long made values live in the backend. */
export type LifetimePlan<T> = Pick<GetOrSet<T>, 'lifetimeOf' | 'expectedLifetime'>;

/**
 * Plans how long values live in the backend: their timeout, shortened by jitter, and grace. A timeout that is
 * no function is checked now. Throws InvalidArgumentError.
 */
export function planLifetime<T>(
  timeout: TimeoutOrFunction<T>,
  { jitter, graceMs = 0 }: { readonly jitter: GetOrSetOptions['jitter']; readonly graceMs: number | undefined },
  space: EntrySpace,
): LifetimePlan<T> {
  const shorten = jitterOf(jitter, placeOf(space));
  const whole = (lifetime: Lifetime): Lifetime => (typeof lifetime === 'number' ? shorten(lifetime) + graceMs : lifetime);
  if (typeof timeout === 'function')
    return { lifetimeOf: (value) => whole(space.lifetimeOf(timeout(value))), expectedLifetime: EXPECTED_MS };
  const lifetime = whole(space.lifetimeOf(timeout));
  return { lifetimeOf: () => lifetime, expectedLifetime: lifetime };
}

function jitterOf(jitter: GetOrSetOptions['jitter'], place: LoadPlace): (ms: number) => number {
  if (jitter === undefined || jitter === 0) return (ms) => ms;
  const isFraction = typeof jitter === 'number' && jitter > 0 && jitter <= 1;
  const mostMs = typeof jitter === 'string' ? toLifetime(jitter) : undefined;
  if (!isFraction && typeof mostMs !== 'number')
    throw new Durations(place).wrong('jitter', jitter, "a fraction from 0 to 1 of the timeout, or a duration such as '30s'");
  return (ms) => {
    const most = isFraction ? ms * jitter : Math.min(mostMs as number, ms);
    return Math.max(1, ms - Math.floor(Math.random() * most));
  };
}

function betaOf(earlyExpiry: unknown, read: Durations): number {
  if (earlyExpiry === undefined || earlyExpiry === false) return 0;
  if (earlyExpiry === true) return 1;
  if (typeof earlyExpiry === 'number' && earlyExpiry > 0 && earlyExpiry < Infinity) return earlyExpiry;
  throw read.wrong('earlyExpiry', earlyExpiry, 'true, or a number above 0: 1 is what true means');
}

function leaseOf(lock: unknown, read: Durations): number | undefined {
  if (lock === undefined || lock === false) return undefined;
  if (lock === true) return DEFAULT_LEASE_MS;
  const ms = read.msOf(lock);
  if (ms !== undefined && ms >= SHORTEST_LEASE_MS && ms <= LONGEST_LEASE_MS) return ms;
  throw read.wrong('lock', lock, "true, or a time from '100ms' to '1h'");
}

/** Reads durations: seconds, or text with a unit. */
class Durations {
  constructor(private readonly place: LoadPlace) {}

  /** Undefined: it was left out. */
  atMost(name: string, value: unknown, mostMs: number): number | undefined {
    if (value === undefined) return undefined;
    const ms = this.msOf(value);
    if (ms !== undefined && ms <= mostMs) return ms;
    throw this.wrong(name, value, `seconds from 0, or text such as '5s'${mostMs < LONGEST_MS ? `, at most ${mostMs} ms` : ''}`);
  }

  /** Undefined: it is no duration. */
  msOf(value: unknown): number | undefined {
    const lifetime = value === null ? undefined : toLifetime(value);
    // Text that is no duration has no lifetime.
    const isNegative = typeof value === 'number' ? value < 0 : typeof value === 'string' && value.trim().startsWith('-');
    const ms = lifetime === 'already-expired' ? 0 : lifetime;
    return typeof ms === 'number' && !isNegative ? ms : undefined;
  }

  wrong(option: string, value: unknown, expected: string): Error {
    return this.place.wrong({ option, expected, got: kindOf(value) });
  }
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'number' || typeof value === 'boolean' || value === null ? String(value) : typeof value;
}
