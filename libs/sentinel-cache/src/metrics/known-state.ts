import type { SentinelCaches } from '../cache/sentinel-caches.js';

/** What gauges show of one alias: what is known at this moment. Nobody is asked. */
export interface KnownState {
  readonly alias: string;
  /** Null for a standalone server. */
  readonly masterName: string | null;
  readonly up: boolean;
  /** Null where there is no circuit breaker. */
  readonly breaker: 'closed' | 'open' | 'half-open' | null;
  readonly sentinelsConnected: number;
  readonly sentinels: number;
  /** Replicas that answer reads; empty where the primary alone does. */
  readonly replicas: readonly { readonly address: string; readonly lagMs: number | null }[];
}

/** The aliases that stand on Redis; locmem and dummy have no state. */
export function knownStates(caches: SentinelCaches): KnownState[] {
  return caches.aliases().flatMap((alias) => {
    const topology = caches.topology(alias);
    if (!topology) return [];
    const { masterName, state, sentinels, replicas, primaries } = topology;
    return {
      alias,
      masterName,
      up: state.status === 'up',
      breaker: state.breaker,
      sentinels: sentinels.length,
      sentinelsConnected: sentinels.filter(({ reachable }) => reachable).length,
      // Those of a cluster answer no reads of ours.
      replicas: primaries ? [] : replicas,
    };
  });
}
