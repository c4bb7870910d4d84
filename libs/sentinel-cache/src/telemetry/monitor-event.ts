import type { UnavailableReason } from '../errors/cache-unavailable.error.js';

/**
 * Something changed at a Redis deployment, or in our connection to it. Tell them apart by `type`. Addresses
 * are `host:port`.
 */
export type MonitorEvent = SentinelToldEvent | OwnEvent;

/** What a redis node or sentinel is in an event. */
export type NodeKind = 'primary' | 'replica' | 'sentinel';

/** What every event has. */
export interface MonitorEventBase {
  /** The name of the master that it is about; null for a standalone Redis. */
  readonly masterName: string | null;
  /** When we learned it, in milliseconds since the epoch. */
  readonly atMs: number;
}

/** What every event of a sentinel about one node has. */
export interface NodeEventBase extends MonitorEventBase {
  /** The sentinel that said it first. */
  readonly sentinel: string;
  /** The node that it is about. */
  readonly address: string;
}

/** What every event of a sentinel about a replica has. */
export interface ReplicaEventBase extends NodeEventBase {
  /** The primary that it follows, or is to take over from. */
  readonly primary: string;
}

/** What the sentinels said. The same fact by several of them is one event. */
export type SentinelToldEvent =
  /** `+switch-master`: from here on `to` is the primary. `address` is `to`. */
  | (NodeEventBase & {
      readonly type: 'primary-changed';
      /** The primary before. */
      readonly from: string;
      /** The primary from here on. */
      readonly to: string;
    })
  /** `+sdown`: one sentinel gets no answer from this node. */
  | (NodeEventBase & {
      readonly type: 'node-unreachable';
      /** What the node is. */
      readonly node: NodeKind;
    })
  /** `-sdown` */
  | (NodeEventBase & {
      readonly type: 'node-reachable';
      /** What the node is. */
      readonly node: NodeKind;
    })
  /** `+odown`: enough sentinels agree that the primary is down. */
  | (NodeEventBase & {
      readonly type: 'primary-down-agreed';
      /** How many sentinels agree; null when the sentinel did not say. */
      readonly votes: number | null;
      /** How many have to agree; null when the sentinel did not say. */
      readonly quorum: number | null;
    })
  /** `-odown` */
  | (NodeEventBase & { readonly type: 'primary-down-withdrawn' })
  /** `+try-failover`: a sentinel wants to lead a failover of the primary at `address`. */
  | (NodeEventBase & { readonly type: 'failover-started' })
  /** `+elected-leader`: it may. */
  | (NodeEventBase & { readonly type: 'failover-leader-elected' })
  /** `+selected-slave`: the replica that is to become the primary. */
  | (ReplicaEventBase & { readonly type: 'replica-selected' })
  /** `+promoted-slave`: it takes writes now; the announcement follows. */
  | (ReplicaEventBase & { readonly type: 'replica-promoted' })
  /** `+slave-reconf-done`: this replica follows the new primary. */
  | (ReplicaEventBase & { readonly type: 'replica-reconfigured' })
  /**
   * `+failover-end`; `timedOut` (`+failover-end-for-timeout`): some replicas do not follow the new primary
   * yet.
   */
  | (NodeEventBase & {
      readonly type: 'failover-ended';
      /** Whether some replicas do not follow the new primary yet. */
      readonly timedOut: boolean;
    })
  /** `-failover-abort-*` */
  | (NodeEventBase & {
      readonly type: 'failover-aborted';
      /**
       * Why: no sentinel got the votes, no replica may take over, or the chosen one did not become primary in
       * time.
       */
      readonly reason: 'not-elected' | 'no-good-replica' | 'replica-timeout';
    })
  /** `+slave` */
  | (ReplicaEventBase & { readonly type: 'replica-added' })
  /** `+convert-to-slave`: an old primary came back and is turned into a replica. */
  | (ReplicaEventBase & { readonly type: 'node-demoted' })
  /** `+fix-slave-config`: a replica followed the wrong primary and is turned to the right one. */
  | (ReplicaEventBase & { readonly type: 'replica-redirected' })
  /** `+role-change`, `-role-change`: the node says of itself that it is this now. */
  | (NodeEventBase & {
      readonly type: 'role-changed';
      /** What the sentinel took it for. */
      readonly node: NodeKind;
      /** What it is now. */
      readonly role: 'primary' | 'replica';
    })
  /** `+reboot`: the node was started anew. */
  | (NodeEventBase & {
      readonly type: 'node-restarted';
      /** What the node is. */
      readonly node: NodeKind;
    })
  /** `+sentinel` */
  | (NodeEventBase & { readonly type: 'sentinel-added' })
  /** `+sentinel-address-switch`: a sentinel is now at `address`. */
  | (NodeEventBase & { readonly type: 'sentinel-address-changed' })
  /** `+monitor`: somebody told this sentinel to watch the master. */
  | (NodeEventBase & {
      readonly type: 'monitoring-started';
      /** How many sentinels have to agree that the primary is down; null when the sentinel did not say. */
      readonly quorum: number | null;
    })
  /** `-monitor`: this sentinel watches the master no more. */
  | (NodeEventBase & { readonly type: 'monitoring-stopped' })
  /** `+reset-master`: this sentinel forgot the replicas and sentinels it knew, and looks for them anew. */
  | (NodeEventBase & { readonly type: 'monitoring-reset' })
  /**
   * `+tilt`: this sentinel's clock jumped or its process stood still; it only watches and starts no failover.
   */
  | (NodeEventBase & { readonly type: 'tilt-entered' })
  /** `-tilt` */
  | (NodeEventBase & { readonly type: 'tilt-left' });

/** What happened to our own connection. Two aliases that share a connection share its events. */
export type OwnEvent = MonitorEventBase & {
  /** The aliases of CACHES that this connection serves. */
  readonly aliases: readonly string[];
  /** The line that the log gets; for people. */
  readonly message: string;
  /**
   * The node that it is about: a sentinel for `sentinel-lost` and `sentinel-back`, else the primary; null
   * when nobody knows.
   */
  readonly address: string | null;
} & (
    | { readonly type: 'connected' }
    /** Our connection is at another primary now. */
    | {
        readonly type: 'moved';
        /** The primary before; null when there was none. */
        readonly from: string | null;
      }
    /** There is no connection any more. */
    | {
        readonly type: 'connection-lost';
        /** Why; null when nobody knows. */
        readonly reason: UnavailableReason | null;
      }
    /** There is a connection again. After a failover it follows `moved`. */
    | {
        readonly type: 'recovered';
        /** How long there was none, in milliseconds. */
        readonly downMs: number;
      }
    | { readonly type: 'breaker-opened' }
    | { readonly type: 'breaker-half-open' }
    | { readonly type: 'breaker-closed' }
    | {
        /** Whether the sentinel stopped answering, or answers again. */
        readonly type: 'sentinel-lost' | 'sentinel-back';
        /** The sentinel, `host:port`. */
        readonly sentinel: string | null;
      }
    /** Somebody has to mend something: `reason` and `message` say what. */
    | {
        readonly type: 'diagnosis';
        /** What is wrong; null when `message` alone says it. */
        readonly reason: UnavailableReason | null;
      }
    /** Anything else that the log gets as a warning. */
    | { readonly type: 'warning' }
  );
