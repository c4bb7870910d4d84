import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';

import { SentinelCaches } from '../cache/sentinel-caches.js';
import { CacheUnavailableError } from '../errors/cache-unavailable.error.js';
import { InvalidArgumentError } from '../errors/invalid-argument.error.js';
import { printableKey } from '../errors/printable.js';
import { SentinelCacheError } from '../errors/sentinel-cache.error.js';
import { describeKind, describeValue } from '../settings/read/describe-value.js';
import { MAX_LAG_MS } from '../telemetry/monitored-topology.js';
import { LONGEST_TIMER_MS, withTimeLimit } from '../time/time-limit.js';
import { joinVerdicts, judgeHealth, type HealthFacts, type HealthReason, type HealthState } from './health-verdict.js';

/**
 * Longer than the usual deadline of a call (500 ms), whose diagnosis says more; shorter than the second that
 * probes usually wait.
 */
const DEADLINE_MS = 750;
/** How long a survey of sentinels and replicas serves further checks. The primary is asked each time. */
const LOOK_HOLDS_MS = 1000;

/** Options of one check. */
export interface CacheHealthOptions {
  /** The alias in CACHES. Default: `default`. */
  readonly alias?: string;
  /**
   * Milliseconds that a replica may be behind before the cache is `degraded`. Default: 5000, from where reads
   * avoid a replica, too.
   */
  readonly maxReplicaLagMs?: number;
  /** Bounds the whole check, in milliseconds. Default: 750. */
  readonly deadlineMs?: number;
}

/** What terminus shows below the key, besides `status`. Names no address and quotes nothing of Redis. */
export interface CacheHealthDetails extends Record<string, unknown> {
  /** `up`, `degraded` or `down`. */
  readonly state: HealthState;
  /** Why the state is not `up`, the worst first; empty when it is. */
  readonly reasons: readonly HealthReason[];
  /** Milliseconds that the primary took to answer; null when it did not. */
  readonly roundTripMs: number | null;
}

/**
 * A cache as a health indicator of `@nestjs/terminus` (11 and 12).
 *
 * - `up`, or `down` when calls fail: HTTP 503. An unknown alias is `down` too.
 * - Degraded: HTTP 200, since a restart of this process would mend nothing. Terminus 12 has a status
 *   `degraded`; terminus 11 shows `up`. Both have `state: 'degraded'` and the reasons below.
 *
 * It sends one PING and looks at sentinels and replicas, within the deadline, and never rejects for what they
 * answer.
 *
 * @example
 * ```ts
 * this.health.check([() => this.cache.check('cache', { alias: 'default' })]);
 * ```
 */
@Injectable()
export class SentinelCacheHealthIndicator {
  /**
   * The last survey by alias: at most one a second, so that a public page can't be used against the
   * sentinels.
   */
  private readonly looks = new Map<string, { readonly atMs: number; readonly survey: Promise<readonly Survey[]> }>();

  constructor(
    private readonly caches: SentinelCaches,
    private readonly indicators: HealthIndicatorService,
  ) {}

  /**
   * Checks a cache; the result stands under `key`. Resolves within `deadlineMs`, 750 by default. An outage
   * and an unknown alias are results; rejects with InvalidArgumentError alone, for options that can't be
   * used.
   */
  async check<const Key extends string>(key: Key, options: CacheHealthOptions = {}): Promise<HealthIndicatorResult<Key>> {
    const { alias, maxReplicaLagMs, deadlineMs } = readHealthOptions(options);
    const session = this.indicators.check(key);
    if (!this.caches.aliases().includes(alias)) return session.down(`CACHES has no alias '${alias}'.`);
    const servers = await this.gather(alias, deadlineMs);
    const { state, reasons } = joinVerdicts(servers.map((facts) => judgeHealth({ ...facts, maxReplicaLagMs })));
    const roundTripMs = slowest(servers.map((server) => server.roundTripMs));
    const details: CacheHealthDetails = { state, reasons, roundTripMs };
    if (state === 'down') return session.down(details);
    return state === 'degraded' && 'degraded' in session ? session.degraded(details) : session.up(details);
  }

  /** Gathers the facts of each server below an alias; locmem and dummy count as one that always answers. */
  private async gather(alias: string, deadlineMs: number): Promise<readonly ServerFacts[]> {
    const optional = this.caches.get(alias).ignoresOutages;
    const pings = this.caches.pings(alias);
    if (pings.length === 0) return [{ optional, unreachable: null, breaker: null, topology: null, roundTripMs: 0 }];
    const [answers, surveys] = await Promise.all([
      Promise.all(pings.map((ping) => withTimeLimit(deadlineMs, timed(ping), () => LATE))),
      withTimeLimit(deadlineMs, this.survey(alias), () => []),
    ]);
    return answers.map((answer, i) => ({ optional, ...answer, ...(surveys[i] ?? NOTHING) }));
  }

  private survey(alias: string): Promise<readonly Survey[]> {
    const atMs = performance.now();
    const last = this.looks.get(alias);
    if (last && atMs - last.atMs < LOOK_HOLDS_MS) return last.survey;
    const survey = this.look(alias);
    this.looks.set(alias, { atMs, survey });
    return survey;
  }

  /** Surveys each server, in order. Never rejects. */
  private async look(alias: string): Promise<readonly Survey[]> {
    try {
      const monitored = await this.caches.monitor.topology(alias);
      if (!monitored) return [];
      return (monitored.shards ?? [monitored]).map(({ sentinels, replicas, quorum, state, primaries }) => ({
        breaker: state.breaker,
        topology: { sentinels, replicas, ckquorum: quorum?.ckquorum ?? null, primaries },
      }));
    } catch {
      // Whatever failed: the check reports that nothing could be found out.
      return [];
    }
  }
}

/** What each option has to be; a mapped type, so that none is forgotten. */
const CHECKS: Readonly<
  Record<keyof CacheHealthOptions, readonly [isRight: (value: unknown) => boolean, expected: string, remedy: string]>
> = {
  alias: [(value) => typeof value === 'string', 'an alias of CACHES', "Write alias: 'default'."],
  maxReplicaLagMs: [
    (value) => typeof value === 'number' && value >= 0,
    'a number of milliseconds, 0 or more',
    'Write maxReplicaLagMs: 5000.',
  ],
  deadlineMs: [
    (value) => typeof value === 'number' && value > 0 && value <= LONGEST_TIMER_MS,
    `a number of milliseconds above 0, at most ${LONGEST_TIMER_MS}`,
    'Write deadlineMs: 750.',
  ],
};

/** Fills in the defaults. Throws an InvalidArgumentError that names all options that are wrong. */
function readHealthOptions(options: CacheHealthOptions): Required<CacheHealthOptions> {
  const problems = problemsOf(options);
  if (problems.length > 0) throw new InvalidArgumentError(`SentinelCacheHealthIndicator.check, ${problems.join(' ')}`);
  const { alias = 'default', maxReplicaLagMs = MAX_LAG_MS, deadlineMs = DEADLINE_MS } = options;
  return { alias, maxReplicaLagMs, deadlineMs };
}

function problemsOf(options: unknown): string[] {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    return [`options: expected an object, got ${describeKind(options)}. Write { alias: 'default' }, or leave it out.`];
  return Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (!Object.hasOwn(CHECKS, name))
      return [`${printableKey(name)}: expected one of ${Object.keys(CHECKS).join(', ')}, got an unknown name. Remove it.`];
    const [isRight, expected, remedy] = CHECKS[name as keyof CacheHealthOptions];
    return isRight(value) ? [] : [`${name}: expected ${expected}, got ${describeValue(value)}. ${remedy}`];
  });
}

type ServerFacts = Omit<HealthFacts, 'maxReplicaLagMs'> & PingAnswer;
type PingAnswer = Pick<HealthFacts, 'unreachable'> & { readonly roundTripMs: number | null };

/** Measures whether a primary answers: a refusal (an ACL that forbids PING) is an answer too. */
async function timed(ping: Promise<unknown>): Promise<PingAnswer> {
  const startedMs = performance.now();
  try {
    await ping;
  } catch (error) {
    if (error instanceof CacheUnavailableError) return { unreachable: error.reason, roundTripMs: null };
    if (!(error instanceof SentinelCacheError)) return { unreachable: 'connection-lost', roundTripMs: null };
  }
  return { unreachable: null, roundTripMs: Math.round((performance.now() - startedMs) * 100) / 100 };
}

/** The slowest answer; null when one of them did not come. */
function slowest(roundTrips: readonly (number | null)[]): number | null {
  const known = roundTrips.filter((ms) => ms !== null);
  return known.length < roundTrips.length ? null : Math.max(...known);
}

type Survey = Pick<HealthFacts, 'breaker' | 'topology'>;

const LATE: PingAnswer = Object.freeze({ unreachable: 'deadline', roundTripMs: null });
const NOTHING: Survey = Object.freeze({ breaker: null, topology: undefined });
