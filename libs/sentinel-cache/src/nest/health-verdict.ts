import { SLOTS } from '../connection/cluster/key-slot.js';
import type { UnavailableReason } from '../errors/cache-unavailable.error.js';

/**
 * How a cache is.
 *
 * - `up`: everything is there.
 * - `degraded`: it works, but something that protects it is gone, or it works as an optional cache does: by answering misses.
 * - `down`: calls fail.
 */
export type HealthState = 'up' | 'degraded' | 'down';

/** Why it is not `up`: a code for programs, a sentence for people. Without addresses and without Redis' own words. */
export interface HealthReason {
  readonly code:
    | 'primary-unreachable'
    | 'breaker-open'
    | 'sentinel-lost'
    | 'quorum-lost'
    | 'no-usable-replica'
    | 'replica-lag'
    | 'slots-unreachable'
    | 'topology-unknown';
  readonly message: string;
}

/** What is known of one cache at the moment of the check. */
export interface HealthFacts {
  /** IGNORE_EXCEPTIONS: its callers live with an outage. */
  readonly optional: boolean;
  /** Why the primary did not answer a question just now; null when it did. */
  readonly unreachable: UnavailableReason | null;
  readonly breaker: 'closed' | 'open' | 'half-open' | null;
  /** Undefined: it could not be found out in time. Null: there is none to ask (one standalone server). */
  readonly topology: TopologyFacts | undefined | null;
  readonly maxReplicaLagMs: number;
}

/** What protects the primary. */
export interface TopologyFacts {
  readonly sentinels: readonly { readonly reachable: boolean }[];
  /** What `SENTINEL CKQUORUM` says; null when it was not asked or is not allowed. */
  readonly ckquorum: string | null;
  readonly replicas: readonly { readonly usable: boolean; readonly linkUp: boolean | null; readonly lagMs: number | null }[];
  /** Of a cluster: who has its slots. */
  readonly primaries?: readonly ClusterPrimaryFacts[] | undefined;
}

/** One primary of a cluster. */
export interface ClusterPrimaryFacts {
  readonly answers: boolean | null;
  readonly slots: number;
  readonly replicas: readonly unknown[];
  readonly usableReplicas: readonly unknown[];
}

/** The state and every reason for it, the worst first. */
export interface HealthVerdict {
  readonly state: HealthState;
  readonly reasons: readonly HealthReason[];
}

/** Decides by the facts alone: asks nobody, never fails. */
export function judgeHealth(facts: HealthFacts): HealthVerdict {
  const outage = judgePrimary(facts);
  const protection = facts.topology === undefined ? [UNKNOWN] : facts.topology ? judgeProtection(facts.topology, facts) : [];
  const reasons = [...outage, ...protection];
  // A closed cache is no outage that an optional cache hides: the program is ending.
  const failing = outage.length > 0 && (!facts.optional || facts.unreachable === 'closed');
  return { state: failing ? 'down' : reasons.length > 0 ? 'degraded' : 'up', reasons };
}

/** Several servers as one: keys lie on each of them, so it is as the worst of them is. The reasons say whose they are, by place alone. */
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
  message: 'Replicas and sentinels could not be looked at in time.',
});

function judgePrimary({ unreachable, breaker, optional }: HealthFacts): HealthReason[] {
  const told = optional ? ' Reads answer misses, and writes are dropped (IGNORE_EXCEPTIONS).' : '';
  if (unreachable === 'breaker-open' || (breaker === 'open' && unreachable !== null))
    return [{ code: 'breaker-open', message: `The circuit breaker is open: calls fail at once.${told}` }];
  if (unreachable !== null)
    return [{ code: 'primary-unreachable', message: `The primary does not answer: ${unreachable}.${told}` }];
  return [];
}

/** A part of the keys can't be reached: the cache works for the others, so that it is degraded and not down. */
function judgeCluster(primaries: readonly ClusterPrimaryFacts[]): HealthReason[] {
  const reasons: HealthReason[] = [];
  const served = primaries.reduce((sum, { answers, slots }) => sum + (answers ? slots : 0), 0);
  const silent = primaries.filter(({ answers }) => !answers).length;
  if (served < SLOTS)
    reasons.push({
      code: 'slots-unreachable',
      message: `${SLOTS - served} of ${SLOTS} slots can not be reached; ${silent} of ${primaries.length} primaries do not answer.`,
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
  // One that is cut off says nothing true of its lag; a dead one stays listed until somebody resets the sentinels.
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
