import type { BreakerState, ClientState } from './client-event.js';

/** A replica that lags more is left alone, and nobody calls it usable. */
export const MAX_LAG_MS = 5000;

/** Who Redis is at the moment. */
export interface TopologySnapshot {
  readonly topology: 'standalone' | 'sentinel' | 'cluster' | 'sharded';
  readonly masterName: string | null;
  readonly state: ClientState;
  /** `open`: calls that fail fast are rejected at once. `half-open`: open, and a new connection is being tried. */
  readonly breaker: BreakerState;
  readonly primary: string | null;
  readonly replicas: readonly { readonly address: string; readonly connected: boolean; readonly lagMs: number | null }[];
  readonly sentinels: readonly { readonly address: string; readonly connected: boolean; readonly names: string | null }[];
  /** Of a cluster: its primaries. `primary` is one of them then. */
  readonly primaries?: readonly ClusterPrimary[];
  /** Of a ShardClient: its servers, in the order of LOCATION. `state` and `breaker` are the worst of theirs then. */
  readonly shards?: readonly TopologySnapshot[];
}

/** A node of a cluster that has slots. */
export interface ClusterPrimary {
  readonly address: string;
  /** Whether our connection to it stands. */
  readonly connected: boolean;
  /** How many of the 16384 slots it has. */
  readonly slots: number;
}
