import type { UnavailableReason } from '../errors/cache-unavailable.error.js';

/** Who Redis is for one alias, as asked just now: what `monitor.topology()` gives. Plain data without secrets. Addresses are `host:port`. */
export interface MonitoredTopology {
  /** The alias in CACHES. */
  readonly alias: string;
  /** What the LOCATION is: one server, Sentinel, a cluster, or several servers of a ShardClient. */
  readonly kind: 'standalone' | 'sentinel' | 'cluster' | 'sharded';
  /** The name that the sentinels have for the master; null without Sentinel. */
  readonly masterName: string | null;
  /** When it was asked, in milliseconds since the epoch. */
  readonly atMs: number;
  /** Where our connection stands. */
  readonly state: MonitoredState;
  /** The server that takes writes. */
  readonly primary: MonitoredPrimary;
  /** Its replicas; none for one standalone server. */
  readonly replicas: readonly MonitoredReplica[];
  /** The sentinels we know; none without Sentinel. */
  readonly sentinels: readonly MonitoredSentinel[];
  /** Null without Sentinel. */
  readonly quorum: MonitoredQuorum | null;
  /** Of a cluster: who has its slots. `primary` is one of them then. */
  readonly primaries?: readonly MonitoredClusterPrimary[];
  /** Of a ShardClient: its servers, in the order of LOCATION. `state` is the worst of theirs then. */
  readonly shards?: readonly MonitoredTopology[];
}

/** A node of a Redis Cluster that has slots. */
export interface MonitoredClusterPrimary {
  /** `host:port`. */
  readonly address: string;
  /** Whether it answered us just now. */
  readonly answers: boolean;
  /** How many of the 16384 slots it has. */
  readonly slots: number;
  /** The addresses of its replicas. */
  readonly replicas: readonly string[];
  /** The addresses of the replicas that could take over, as the nodes see it. */
  readonly usableReplicas: readonly string[];
}

/** Where our connection stands. */
export interface MonitoredState {
  /** `connecting`: not yet there. `down`: there was a connection, or should be. `closed`: the caches are closed. */
  readonly status: 'connecting' | 'up' | 'down' | 'closed';
  /** Why it is down; null while it is not. */
  readonly reason: UnavailableReason | null;
  /** The same in words; null while it is not down. */
  readonly message: string | null;
  /** Null where there is none. */
  readonly breaker: 'closed' | 'open' | 'half-open' | null;
}

/** The server that takes writes. */
export interface MonitoredPrimary {
  /** Where our connection is; without one, who most sentinels name. Null when nobody knows. */
  readonly address: string | null;
  /** Whether our connection to it stands. */
  readonly connected: boolean;
  /** Grows with each failover; null without Sentinel, or where its ACL does not let us ask. */
  readonly configEpoch: number | null;
  /** As the sentinels see it: `s_down`, `o_down`, `disconnected`, `failover_in_progress`, ... Any sentinel's flag counts. */
  readonly flags: readonly string[];
}

/** A replica of the primary. */
export interface MonitoredReplica {
  /** `host:port`. */
  readonly address: string;
  /** Whether its link to the primary is up, by the sentinels' last look; null while nobody knows. */
  readonly linkUp: boolean | null;
  /** How much of the primary's stream it has not acknowledged; null while nobody knows. */
  readonly lagBytes: number | null;
  /** How long it is behind. Measured where reads go to replicas; else the primary's whole seconds since the last acknowledgement. */
  readonly lagMs: number | null;
  /** Up, linked, and less than 5 s behind: good for reads. */
  readonly usable: boolean;
  /** Whether we hold a connection to it for reads. */
  readonly connected: boolean;
  /** As the sentinels see it: `s_down`, `disconnected`, ... */
  readonly flags: readonly string[];
}

/** One sentinel. */
export interface MonitoredSentinel {
  /** `host:port`. */
  readonly address: string;
  /** Whether our connection to it stands and it answered. */
  readonly reachable: boolean;
  /** Whom it names as the primary; null when it names nobody or could not be asked. */
  readonly names: string | null;
  /** False: it could not be subscribed to all its events (an ACL may forbid it), `primary-changed` aside. */
  readonly tellsEvents: boolean;
}

/** Whether the sentinels could agree on a failover. */
export interface MonitoredQuorum {
  /** How many sentinels have to agree that the primary is down; null where nobody may be asked. */
  readonly quorum: number | null;
  /** How many sentinels know each other, the one asked included. */
  readonly sentinels: number | null;
  /** `SENTINEL CKQUORUM`: `ok`, or why no failover could be made; null when nobody could be asked. The worst answer counts. */
  readonly ckquorum: string | null;
}
