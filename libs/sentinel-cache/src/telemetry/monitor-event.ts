import type { UnavailableReason } from '../errors/cache-unavailable.error.js';

/**
 * A change of a Redis deployment, or of our connection to it. `type` tells them apart. Addresses are
 * `host:port`.
 */
export type MonitorEvent = SentinelToldEvent | OwnEvent;

/** The role of a node in an event. */
export type NodeKind = 'primary' | 'replica' | 'sentinel';

/** What every event has. */
export interface MonitorEventBase {
  /** The name that the sentinels know the deployment by; null for a standalone Redis. */
  readonly masterName: string | null;
  /** When we learned of it, in milliseconds since the epoch. */
  readonly atMs: number;
}

interface Told extends MonitorEventBase {
  /** The address of the sentinel that announced it first. */
  readonly sentinel: string;
}

interface ToldOfNode extends Told {
  /** The node that the event is about. */
  readonly address: string;
}

interface ToldOfReplica extends ToldOfNode {
  /** The primary that the replica follows, or takes over from. */
  readonly primary: string;
}

/** An announcement of the sentinels. The same one by several of them is one event. */
export type SentinelToldEvent =
  /** `+switch-master`: `to` is the new primary. `address` is `to`. */
  | (ToldOfNode & { readonly type: 'primary-changed'; readonly from: string; readonly to: string })
  /** `+sdown`: one sentinel gets no answer from this node. */
  | (ToldOfNode & { readonly type: 'node-unreachable'; readonly node: NodeKind })
  /** `-sdown`: it answers again. */
  | (ToldOfNode & { readonly type: 'node-reachable'; readonly node: NodeKind })
  /** `+odown`: enough sentinels agree that the primary is down. */
  | (ToldOfNode & { readonly type: 'primary-down-agreed'; readonly votes: number | null; readonly quorum: number | null })
  /** `-odown`: they no longer do. */
  | (ToldOfNode & { readonly type: 'primary-down-withdrawn' })
  /** `+try-failover`: a sentinel wants to lead a failover of the primary at `address`. */
  | (ToldOfNode & { readonly type: 'failover-started' })
  /** `+elected-leader`: the others elected it. */
  | (ToldOfNode & { readonly type: 'failover-leader-elected' })
  /** `+selected-slave`: this replica becomes the primary. */
  | (ToldOfReplica & { readonly type: 'replica-selected' })
  /** `+promoted-slave`: it takes writes now; `primary-changed` follows. */
  | (ToldOfReplica & { readonly type: 'replica-promoted' })
  /** `+slave-reconf-done`: this replica follows the new primary. */
  | (ToldOfReplica & { readonly type: 'replica-reconfigured' })
  /**
   * `+failover-end`; `timedOut` (`+failover-end-for-timeout`): some replicas do not follow the new primary
   * yet.
   */
  | (ToldOfNode & { readonly type: 'failover-ended'; readonly timedOut: boolean })
  /** `-failover-abort-*`: `reason` says why. */
  | (ToldOfNode & {
      readonly type: 'failover-aborted';
      /** Why: no sentinel got the votes, no replica may take over, or the chosen one did not become primary in time. */
      readonly reason: 'not-elected' | 'no-good-replica' | 'replica-timeout';
    })
  /** `+slave`: a sentinel found a new replica. */
  | (ToldOfReplica & { readonly type: 'replica-added' })
  /** `+convert-to-slave`: an old primary came back and is turned into a replica. */
  | (ReplicaEventBase & { readonly type: 'node-demoted' })
  /** `+fix-slave-config`: a replica followed the wrong primary and is turned to the right one. */
  | (ToldOfReplica & { readonly type: 'replica-redirected' })
  /** `+role-change`, `-role-change`: the node reports this role now. */
  | (ToldOfNode & { readonly type: 'role-changed'; readonly node: NodeKind; readonly role: 'primary' | 'replica' })
  /** `+reboot`: the node was restarted. */
  | (ToldOfNode & { readonly type: 'node-restarted'; readonly node: NodeKind })
  /** `+sentinel`: a sentinel found another one. */
  | (ToldOfNode & { readonly type: 'sentinel-added' })
  /** `+sentinel-address-switch`: a sentinel is now at `address`. */
  | (ToldOfNode & { readonly type: 'sentinel-address-changed' })
  /** `+monitor`: this sentinel was configured to watch the master. */
  | (ToldOfNode & { readonly type: 'monitoring-started'; readonly quorum: number | null })
  /** `-monitor`: this sentinel stopped watching the master. */
  | (ToldOfNode & { readonly type: 'monitoring-stopped' })
  /** `+reset-master`: this sentinel forgot the replicas and sentinels it knew, and looks for them again. */
  | (ToldOfNode & { readonly type: 'monitoring-reset' })
  /**
   * `+tilt`: this sentinel's clock jumped or its process stood still; it only watches and starts no failover.
   */
  | (ToldOfNode & { readonly type: 'tilt-entered' })
  /** `-tilt`: it works normally again. */
  | (ToldOfNode & { readonly type: 'tilt-left' });

/** A change of our own connection. Two aliases that share a connection share its events. */
export type OwnEvent = MonitorEventBase & {
  /** The aliases of CACHES that this connection serves. */
  readonly aliases: readonly string[];
  /** The line of the log; for people. */
  readonly message: string;
} &
  /** The first connection to a primary. */
  (
    | { readonly type: 'connected'; readonly address: string | null }
    /** Our connection now leads to another primary. */
    | { readonly type: 'moved'; readonly address: string | null; readonly from: string | null }
    /** The connection to the primary is gone; `reason` says why. */
    | { readonly type: 'connection-lost'; readonly address: string | null; readonly reason: UnavailableReason | null }
    /**
     * There is a connection again, after `downMs` milliseconds without one. After a failover it follows
     * `moved`.
     */
    | { readonly type: 'recovered'; readonly address: string | null; readonly downMs: number }
    /** The circuit breaker opened: calls that fail fast do so from now on. */
    | { readonly type: 'breaker-opened'; readonly address: string | null }
    /** The circuit breaker probes the connection. */
    | { readonly type: 'breaker-half-open'; readonly address: string | null }
    /** The circuit breaker closed: calls are sent again. */
    | { readonly type: 'breaker-closed'; readonly address: string | null }
    /** A sentinel no longer answers. */
    | { readonly type: 'sentinel-lost'; readonly address: string | null; readonly sentinel: string | null }
    /** A sentinel answers again. */
    | { readonly type: 'sentinel-back'; readonly address: string | null; readonly sentinel: string | null }
    /** An operator has to mend something: `reason` and `message` say what. */
    | { readonly type: 'diagnosis'; readonly address: string | null; readonly reason: UnavailableReason | null }
    /** Any other warning of the log. */
    | { readonly type: 'warning'; readonly address: string | null }
  );
