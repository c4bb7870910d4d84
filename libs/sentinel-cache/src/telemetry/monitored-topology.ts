import type { UnavailableReason } from '../errors/cache-unavailable.error.js';

/** A replica that lags more, in milliseconds, gets no reads and is not `usable`. */
export const MAX_LAG_MS = 5000;

/**
 * The Redis of one alias: `monitor.topology()` asks for it, `caches.topology()` tells what is known without
 * asking. Plain data without secrets. Addresses are `host:port`.
 */
export interface MonitoredTopology {
  /** The alias in CACHES. */
  readonly alias: string;
  /** The kind of deployment; `sharded`: several servers of a ShardClient. */
  readonly kind: 'standalone' | 'sentinel' | 'cluster' | 'sharded';
  /** The name of the master in Sentinel; null without Sentinel. */
  readonly masterName: string | null;
  /** When it was put together, in milliseconds since the epoch. */
  readonly atMs: number;
  /** The state of our connection. */
  readonly state: MonitoredState;
  /** The primary, as far as it is known. */
  readonly primary: MonitoredPrimary;
  /** The replicas of the primary. */
  readonly replicas: readonly MonitoredReplica[];
  /** The sentinels; empty without Sentinel. */
  readonly sentinels: readonly MonitoredSentinel[];
  /** Null without Sentinel, and when the sentinels were not asked. */
  readonly quorum: MonitoredQuorum | null;
  /** Of a cluster: the nodes that have slots. `primary` is one of them then. */
  readonly primaries?: readonly MonitoredClusterPrimary[];
  /** Of a ShardClient: its servers, in the order of LOCATION. `state` is the worst of theirs then. */
  readonly shards?: readonly MonitoredTopology[];
}

/** A node of a Redis Cluster that has slots. */
export interface MonitoredClusterPrimary {
  /** `host:port`. */
  readonly address: string;
  /** Whether our connection to it stands. */
  readonly connected: boolean;
  /** Whether it answered just now; null when it was not asked. */
  readonly answers: boolean | null;
  /** Number of slots that it has, of 16384. */
  readonly slots: number;
  /** Addresses of its replicas, as the nodes see it. */
  readonly replicas: readonly string[];
  /** Addresses of those replicas that could take over. */
  readonly usableReplicas: readonly string[];
}

/** The state of our connection. */
export interface MonitoredState {
  /** `connecting` until the first connection stands, or could not be made. */
  readonly status: 'connecting' | 'up' | 'down' | 'closed';
  /** Why it is down; null while it is not. */
  readonly reason: UnavailableReason | null;
  /** The reason as a sentence for people; null while it is not down. */
  readonly message: string | null;
  /**
   * The circuit breaker. `open`: calls that fail fast are rejected at once. `half-open`: open, and a new
   * connection is being tried. Null where there is none.
   */
  readonly breaker: 'closed' | 'open' | 'half-open' | null;
}

/** The primary. */
export interface MonitoredPrimary {
  /**
   * The primary that we are connected to; without a connection the one that most sentinels name. Null when
   * none is known.
   */
  readonly address: string | null;
  /** Whether our connection to it stands. */
  readonly connected: boolean;
  /**
   * Grows with each failover. Null without Sentinel, when the sentinels were not asked, or where their ACL
   * forbids it.
   */
  readonly configEpoch: number | null;
  /**
   * What the sentinels see: `s_down`, `o_down`, `disconnected`, `failover_in_progress`, ... Each sentinel's
   * flag counts. Null: not asked.
   */
  readonly flags: readonly string[] | null;
}

/** A replica. */
export interface MonitoredReplica {
  /** `host:port`. */
  readonly address: string;
  /** Whether its link to the primary is up, by the sentinels' last look; null while unknown. */
  readonly linkUp: boolean | null;
  /** Bytes of the primary's stream that it has not acknowledged; null while unknown. */
  readonly lagBytes: number | null;
  /**
   * Milliseconds that it is behind; null while unknown. Measured where reads go to replicas; elsewhere the
   * time since its last acknowledgement, in whole seconds.
   */
  readonly lagMs: number | null;
  /** Up, linked, and at most 5 s behind: good for reads. */
  readonly usable: boolean;
  /** Whether we hold a connection to it for reads. */
  readonly connected: boolean;
  /** As `MonitoredPrimary.flags`; of a cluster, what its nodes see (`fail`, `handshake`, ...). */
  readonly flags: readonly string[] | null;
}

/** A sentinel. */
export interface MonitoredSentinel {
  /** `host:port`. */
  readonly address: string;
  /** Whether our connection to it stands and it answered. */
  readonly reachable: boolean;
  /** The primary that it names; null when it names none or could not be asked. */
  readonly names: string | null;
  /** False: not all its events could be subscribed to (an ACL may forbid it). `primary-changed` always is. */
  readonly tellsEvents: boolean;
}

/** Whether the sentinels could make a failover. */
export interface MonitoredQuorum {
  /** Number of sentinels that have to agree that the primary is down; null where none may be asked. */
  readonly quorum: number | null;
  /** Number of sentinels that know each other, the one asked included; null where none may be asked. */
  readonly sentinels: number | null;
  /**
   * `SENTINEL CKQUORUM`: `ok`, or why no failover could be made. The worst answer counts; null when none
   * could be asked.
   */
  readonly ckquorum: string | null;
}
