import { SLOTS } from '../keys/key-slot.js';
import type { UnavailableReason } from '../errors/cache-unavailable.error.js';

/**
 * The health of a cache.
 *
 * - `up`: everything works.
 * - `degraded`: the cache works, but something that protects it is gone, or it works only by answering misses
 *   (IGNORE_EXCEPTIONS).
 * - `down`: calls fail.
 */
export type HealthState = 'up' | 'degraded' | 'down';

/** Why a cache is not `up`. Names no address and quotes nothing of Redis. */
export interface HealthReason {
  /** For programs. */
  readonly code:
    | 'primary-unreachable'
    | 'breaker-open'
    | 'sentinel-lost'
    | 'quorum-lost'
    | 'no-usable-replica'
    | 'replica-lag'
    | 'slots-unreachable'
    | 'topology-unknown';
  /** For people. */
  readonly message: string;
}

/** The facts of one cache at the moment of the check. */
export interface HealthFacts {
  /** Whether the cache ignores outages (IGNORE_EXCEPTIONS). */
  readonly optional: boolean;
  /** Why the primary did not answer just now; null when it did. */
  readonly unreachable: UnavailableReason | null;
  /** Null where there is no circuit breaker. */
  readonly breaker: 'closed' | 'open' | 'half-open' | null;
  /** Undefined: it could not be found out in time. Null: there is none (one standalone server). */
  readonly topology: TopologyFacts | undefined | null;
  /** Milliseconds that a replica may be behind. */
  readonly maxReplicaLagMs: number;
}

/** What protects the primary. */
export interface TopologyFacts {
  /** The sentinels of the settings and those they list. */
  readonly sentinels: readonly { readonly reachable: boolean }[];
  /** The answer to `SENTINEL CKQUORUM`; null when it was not asked or is not allowed. */
  readonly ckquorum: string | null;
  /** `lagMs`: milliseconds behind the primary; null while nobody knows. */
  readonly replicas: readonly { readonly usable: boolean; readonly linkUp: boolean | null; readonly lagMs: number | null }[];
  /** Only of a cluster: the nodes that have its slots. */
  readonly primaries?: readonly ClusterPrimaryFacts[] | undefined;
}

/** One primary of a cluster. */
export interface ClusterPrimaryFacts {
  /** Whether it answered just now; null when it was not asked. */
  readonly answers: boolean | null;
  /** How many slots it has. */
  readonly slots: number;
  readonly replicas: readonly unknown[];
  /** Those that could take over. */
  readonly usableReplicas: readonly unknown[];
}

/** The health of a cache, and why. */
export interface HealthVerdict {
  readonly state: HealthState;
  /** The worst first; empty when the state is `up`. */
  readonly reasons: readonly HealthReason[];
}

/** Decides the state from the facts alone. Asks nobody, and never throws. */
export function judgeHealth(facts: HealthFacts): HealthVerdict {
  const outage = judgePrimary(facts);
  const protection = facts.topology === undefined ? [UNKNOWN] : facts.topology ? judgeProtection(facts.topology, facts) : [];
  const reasons = [...outage, ...protection];
  // A closed cache is not an outage for an optional cache to hide: the program is ending.
  const failing = outage.length > 0 && (!facts.optional || facts.unreachable === 'closed');
  return { state: failing ? 'down' : reasons.length > 0 ? 'degraded' : 'up', reasons };
}

/**
 * Joins the verdicts of several servers: keys lie on each of them, so the worst one counts. Reasons name
 * servers by their place.
 */
export function joinVerdicts(verdicts: readonly HealthVerdict[]): HealthVerdict {
  if (verdicts.length === 1) return verdicts[0]!;
  const reasons = verdicts.flatMap((verdict, i) =>
    verdict.reasons.map(({ code, message }) => ({ code, message: `Shard ${i + 1} of ${verdicts.length}: ${message}` })),
  );
  const states = verdicts.map(({ state }) => state);
  return { state: states.includes('down') ? 'down' : states.includes('degraded') ? 'degraded' : 'up', reasons };
}

const UNKNOWN: HealthReason = Object.freeze({
  code: 'topology-unknown',
  message: 'Replicas and sentinels could not be checked in time.',
});

function judgePrimary({ unreachable, breaker, optional }: HealthFacts): HealthReason[] {
  const consequence = optional ? ' Reads answer misses, and writes are dropped (IGNORE_EXCEPTIONS).' : '';
  if (unreachable === 'breaker-open' || (breaker === 'open' && unreachable !== null))
    return [{ code: 'breaker-open', message: `The circuit breaker is open: calls fail at once.${consequence}` }];
  if (unreachable !== null)
    return [{ code: 'primary-unreachable', message: `The primary does not answer: ${unreachable}.${consequence}` }];
  return [];
}

/** While only some of the slots are unreachable the cache works for the others: it is degraded, not down. */
function judgeCluster(primaries: readonly ClusterPrimaryFacts[]): HealthReason[] {
  const reasons: HealthReason[] = [];
  const served = primaries.reduce((sum, { answers, slots }) => sum + (answers ? slots : 0), 0);
  const silent = primaries.filter(({ answers }) => !answers).length;
  if (served < SLOTS)
    reasons.push({
      code: 'slots-unreachable',
      message: `${SLOTS - served} of ${SLOTS} slots can't be reached; ${silent} of ${primaries.length} primaries do not answer.`,
    });
  const bare = primaries.filter(({ replicas, usableReplicas }) => replicas.length > 0 && usableReplicas.length === 0).length;
  if (bare > 0)
    reasons.push({
      code: 'no-usable-replica',
      message: `${bare} of ${primaries.length} primaries have no replica that could take over.`,
    });
  return reasons;
}

function judgeProtection(topology: TopologyFacts, { maxReplicaLagMs }: HealthFacts): HealthReason[] {
  if (topology.primaries?.length) return judgeCluster(topology.primaries);
  const { sentinels, ckquorum, replicas } = topology;
  const reasons: HealthReason[] = [];
  const lost = sentinels.filter(({ reachable }) => !reachable).length;
  if (ckquorum !== null && ckquorum !== 'ok')
    reasons.push({ code: 'quorum-lost', message: 'The sentinels are too few to agree on a failover (SENTINEL CKQUORUM).' });
  if (lost > 0)
    reasons.push({
      code: 'sentinel-lost',
      message: `${lost} of ${sentinels.length} sentinels ${lost > 1 ? 'do' : 'does'} not answer.`,
    });
  if (replicas.length > 0 && !replicas.some(({ usable }) => usable))
    reasons.push({ code: 'no-usable-replica', message: `None of ${replicas.length} replicas could take over.` });
  // The lag of a replica that is cut off means nothing; a dead one stays listed until somebody resets the
  // sentinels.
  const late = replicas.filter(({ linkUp, lagMs }) => linkUp !== false && lagMs !== null && lagMs > maxReplicaLagMs);
  if (late.length > 0) {
    const worst = Math.max(...late.map(({ lagMs }) => lagMs ?? 0));
    reasons.push({
      code: 'replica-lag',
      message: `${late.length} of ${replicas.length} replicas are more than ${maxReplicaLagMs} ms behind, the last by ${Math.round(worst)} ms.`,
    });
  }
  return reasons;
}
