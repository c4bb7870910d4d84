import type { UnavailableReason } from '../errors/cache-unavailable.error.js';

/** Something changed at a Redis deployment, or in our connection to it. Tell them apart by `type`. Addresses are `host:port`. */
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

interface Told extends MonitorEventBase {
  /** The sentinel that said it first. */
  readonly sentinel: string;
}

interface ToldOfNode extends Told {
  /** The node that it is about. */
  readonly address: string;
}

interface ToldOfReplica extends ToldOfNode {
  /** The primary that it follows, or is to take over from. */
  readonly primary: string;
}

/** What the sentinels said. The same fact by several of them is one event. */
export type SentinelToldEvent =
  /** `+switch-master`: from here on `to` is the primary. `address` is `to`. */
  | (ToldOfNode & { readonly type: 'primary-changed'; readonly from: string; readonly to: string })
  /** `+sdown`: one sentinel gets no answer from this node. */
  | (ToldOfNode & { readonly type: 'node-unreachable'; readonly node: NodeKind })
  /** `-sdown` */
  | (ToldOfNode & { readonly type: 'node-reachable'; readonly node: NodeKind })
  /** `+odown`: enough sentinels agree that the primary is down. */
  | (ToldOfNode & { readonly type: 'primary-down-agreed'; readonly votes: number | null; readonly quorum: number | null })
  /** `-odown` */
  | (ToldOfNode & { readonly type: 'primary-down-withdrawn' })
  /** `+try-failover`: a sentinel wants to lead a failover of the primary at `address`. */
  | (ToldOfNode & { readonly type: 'failover-started' })
  /** `+elected-leader`: it may. */
  | (ToldOfNode & { readonly type: 'failover-leader-elected' })
  /** `+selected-slave`: the replica that is to become the primary. */
  | (ToldOfReplica & { readonly type: 'replica-selected' })
  /** `+promoted-slave`: it takes writes now; the announcement follows. */
  | (ToldOfReplica & { readonly type: 'replica-promoted' })
  /** `+slave-reconf-done`: this replica follows the new primary. */
  | (ToldOfReplica & { readonly type: 'replica-reconfigured' })
  /** `+failover-end`; `timedOut` (`+failover-end-for-timeout`): some replicas do not follow the new primary yet. */
  | (ToldOfNode & { readonly type: 'failover-ended'; readonly timedOut: boolean })
  /** `-failover-abort-*` */
  | (ToldOfNode & {
      readonly type: 'failover-aborted';
      readonly reason: 'not-elected' | 'no-good-replica' | 'replica-timeout';
    })
  /** `+slave` */
  | (ToldOfReplica & { readonly type: 'replica-added' })
  /** `+convert-to-slave`: an old primary came back and is turned into a replica. */
  | (ToldOfReplica & { readonly type: 'node-demoted' })
  /** `+fix-slave-config`: a replica followed the wrong primary and is turned to the right one. */
  | (ToldOfReplica & { readonly type: 'replica-redirected' })
  /** `+role-change`, `-role-change`: the node says of itself that it is this now. */
  | (ToldOfNode & { readonly type: 'role-changed'; readonly node: NodeKind; readonly role: 'primary' | 'replica' })
  /** `+reboot`: the node was started anew. */
  | (ToldOfNode & { readonly type: 'node-restarted'; readonly node: NodeKind })
  /** `+sentinel` */
  | (ToldOfNode & { readonly type: 'sentinel-added' })
  /** `+sentinel-address-switch`: a sentinel is now at `address`. */
  | (ToldOfNode & { readonly type: 'sentinel-address-changed' })
  /** `+monitor`: somebody told this sentinel to watch the master. */
  | (ToldOfNode & { readonly type: 'monitoring-started'; readonly quorum: number | null })
  /** `-monitor`: this sentinel watches the master no more. */
  | (ToldOfNode & { readonly type: 'monitoring-stopped' })
  /** `+reset-master`: this sentinel forgot the replicas and sentinels it knew, and looks for them anew. */
  | (ToldOfNode & { readonly type: 'monitoring-reset' })
  /** `+tilt`: this sentinel's clock jumped or its process stood still; it only watches and starts no failover. */
  | (ToldOfNode & { readonly type: 'tilt-entered' })
  /** `-tilt` */
  | (ToldOfNode & { readonly type: 'tilt-left' });

/** What happened to our own connection. Two aliases that share a connection share its events. */
export type OwnEvent = MonitorEventBase & {
  /** The aliases of CACHES that this connection serves. */
  readonly aliases: readonly string[];
  /** The line that the log gets; for people. */
  readonly message: string;
} & (
    | { readonly type: 'connected'; readonly address: string | null }
    /** Our connection is at another primary now. */
    | { readonly type: 'moved'; readonly address: string | null; readonly from: string | null }
    | { readonly type: 'connection-lost'; readonly address: string | null; readonly reason: UnavailableReason | null }
    /** There is a connection again, after `downMs` without one. After a failover it follows `moved`. */
    | { readonly type: 'recovered'; readonly address: string | null; readonly downMs: number }
    | { readonly type: 'breaker-opened'; readonly address: string | null }
    | { readonly type: 'breaker-half-open'; readonly address: string | null }
    | { readonly type: 'breaker-closed'; readonly address: string | null }
    | { readonly type: 'sentinel-lost'; readonly address: string | null; readonly sentinel: string | null }
    | { readonly type: 'sentinel-back'; readonly address: string | null; readonly sentinel: string | null }
    /** Somebody has to mend something: `reason` and `message` say what. */
    | { readonly type: 'diagnosis'; readonly address: string | null; readonly reason: UnavailableReason | null }
    /** Anything else that the log gets as a warning. */
    | { readonly type: 'warning'; readonly address: string | null }
  );
