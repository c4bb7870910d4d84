import type { TcpAddress } from './node-address.js';

/** What sentinels and primary were heard to say of one deployment just now. Plain facts; `monitored-topology` makes sense of them. */
export interface TopologySurvey {
  readonly sentinels: readonly SentinelSurvey[];
  /** Null: the primary could not, or may not, be asked. */
  readonly primary: PrimarySurvey | null;
  /** Of a cluster, which has neither sentinels nor one primary. */
  readonly cluster?: ClusterSurvey;
}

/** A cluster as one of its nodes sees it, and as we do. */
export interface ClusterSurvey {
  readonly members: readonly ClusterMember[];
  /** Addresses of the primaries that answered us just now. */
  readonly answering: ReadonlySet<string>;
}

/** One sentinel, as we see it. */
export interface SentinelSurvey {
  readonly address: string;
  readonly reachable: boolean;
  readonly names: string | null;
  readonly tellsEvents: boolean;
  /** Null: it could not be asked. */
  readonly view: SentinelView | null;
}

/** How one sentinel sees the master. What its ACL forbids is null, or empty. */
export interface SentinelView {
  readonly flags: readonly string[];
  readonly configEpoch: number | null;
  readonly quorum: number | null;
  readonly otherSentinels: number | null;
  /** `ok`, or why not. */
  readonly ckquorum: string | null;
  readonly replicas: readonly ReplicaView[];
}

/** A replica as a sentinel sees it. */
export interface ReplicaView {
  readonly address: string;
  readonly flags: readonly string[];
  readonly linkUp: boolean | null;
}

/** How the primary sees itself and its replicas: INFO replication. */
export interface PrimarySurvey {
  readonly offset: number;
  readonly replicas: readonly {
    readonly address: string;
    readonly online: boolean;
    readonly offset: number;
    readonly acknowledgedMsAgo: number;
  }[];
}

/** One node of the cluster, as another sees it. */
export interface ClusterMember {
  readonly id: string;
  readonly address: TcpAddress;
  readonly role: 'primary' | 'replica';
  /** Id of its primary, for a replica. */
  readonly primaryId: string | null;
  /** `fail`, `fail?`, `handshake`, ...: how it is, not what it is. */
  readonly flags: readonly string[];
  readonly linked: boolean;
}
