import type { UnavailableReason } from '../errors/cache-unavailable.error.js';

/**
 * The nodes of Redis behind one alias, as asked just now: what `monitor.topology()` gives. Holds no secrets.
 * Addresses are `host:port`.
 */
export interface MonitoredTopology {
  /** The alias in CACHES. */
  readonly alias: string;
  readonly kind: 'standalone' | 'sentinel' | 'cluster' | 'sharded';
  /** The name that the sentinels know the deployment by; null without Sentinel. */
  readonly masterName: string | null;
  /** When it was asked, in milliseconds since the epoch. */
  readonly atMs: number;
  /** The state of our connection. */
  readonly state: MonitoredState;
  readonly primary: MonitoredPrimary;
  readonly replicas: readonly MonitoredReplica[];
  /** Empty without Sentinel. */
  readonly sentinels: readonly MonitoredSentinel[];
  /** Null without Sentinel. */
  readonly quorum: MonitoredQuorum | null;
  /** Only of a cluster: the nodes that have its slots. `primary` is one of them then. */
  readonly primaries?: readonly MonitoredClusterPrimary[];
  /** Only of a ShardClient: its servers, in the order of LOCATION. `state` is the worst of theirs then. */
  readonly shards?: readonly MonitoredTopology[];
}

/** A node of a Redis Cluster that has slots. */
export interface MonitoredClusterPrimary {
  readonly address: string;
  /** Whether it answered us just now. */
  readonly answers: boolean;
  /** How many of the 16384 slots it has. */
  readonly slots: number;
  /** Addresses of its replicas. */
  readonly replicas: readonly string[];
  /** Addresses of the replicas that could take over, as the nodes see it. */
  readonly usableReplicas: readonly string[];
}

/** The state of our connection. */
export interface MonitoredState {
  readonly status: 'connecting' | 'up' | 'down' | 'closed';
  /** Why it is down; null while it is not. */
  readonly reason: UnavailableReason | null;
  /** The same for people, with the remedy. */
  readonly message: string | null;
  /** Null where there is no circuit breaker. */
  readonly breaker: 'closed' | 'open' | 'half-open' | null;
}

/** The primary of a deployment. */
export interface MonitoredPrimary {
  /**
   * The node that our connection leads to; without a connection, the one that most sentinels name. Null when
   * nobody knows.
   */
  readonly address: string | null;
  /** Whether we are connected to it. */
  readonly connected: boolean;
  /** Grows with each failover; null without Sentinel, or where its ACL does not let us ask. */
  readonly configEpoch: number | null;
  /**
   * As the sentinels see it: `s_down`, `o_down`, `disconnected`, `failover_in_progress`, ... Any sentinel's
   * flag counts.
   */
  readonly flags: readonly string[];
}

/** A replica of a primary. */
export interface MonitoredReplica {
  readonly address: string;
  /** Whether its link to the primary is up, by the sentinels' last look; null while nobody knows. */
  readonly linkUp: boolean | null;
  /** Bytes of the primary's stream that it has not acknowledged; null while nobody knows. */
  readonly lagBytes: number | null;
  /**
   * Milliseconds that it is behind; null while nobody knows. Measured where reads go to replicas; else the
   * primary's whole seconds since the last acknowledgement.
   */
  readonly lagMs: number | null;
  /** Up, linked, and less than 5 s behind: good for reads. */
  readonly usable: boolean;
  /** Whether we hold a connection to it for reads. */
  readonly connected: boolean;
  /** As the sentinels see it, as for the primary. */
  readonly flags: readonly string[];
}

/** A sentinel of the settings, or one that they list. */
export interface MonitoredSentinel {
  readonly address: string;
  /** Whether we are connected to it and it answered. */
  readonly reachable: boolean;
  /** The address that it names as the primary; null when it names none or could not be asked. */
  readonly names: string | null;
  /** Whether we are subscribed to all of its events; an ACL may forbid those besides `primary-changed`. */
  readonly tellsEvents: boolean;
}

/** What the sentinels need for a failover. */
export interface MonitoredQuorum {
  /** How many sentinels have to agree that the primary is down; null when that could not be asked. */
  readonly quorum: number | null;
  /** How many sentinels know each other; null when that could not be asked. */
  readonly sentinels: number | null;
  /**
   * The worst answer to `SENTINEL CKQUORUM`: `ok`, or why there could be no failover; null when it could not
   * be asked.
   */
  readonly ckquorum: string | null;
}
