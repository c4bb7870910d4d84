import type { SentinelCaches } from '../cache/sentinel-caches.js';

/** What gauges show of one alias at this moment. */
export interface KnownState {
  readonly alias: string;
  /** Null for a standalone server. */
  readonly masterName: string | null;
  /** Whether there is a connection to the primary. */
  readonly up: boolean;
  /** Null where there is no circuit breaker. */
  readonly breaker: 'closed' | 'open' | 'half-open' | null;
  /** Number of sentinels that we are connected to. */
  readonly sentinelsConnected: number;
  /** Number of sentinels. */
  readonly sentinels: number;
  /**
   * The replicas that answer reads, and how many milliseconds they are behind; empty where only the primary
   * answers.
   */
  readonly replicas: readonly { readonly address: string; readonly lagMs: number | null }[];
}

/** Returns the state of the aliases on Redis; locmem and dummy have none. Sends nothing. */
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
      // Replicas of a cluster answer no reads of ours.
      replicas: primaries ? [] : replicas,
    };
  });
}
