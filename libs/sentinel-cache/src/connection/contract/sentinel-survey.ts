/** One sentinel of a deployment: our connection to it, and how it sees its master. */
export interface SentinelSurvey {
  readonly address: string;
  /** Whether our connection to it stands and it answered. */
  readonly reachable: boolean;
  /** The primary that it names; null when it names none or can't be asked. */
  readonly names: string | null;
  /** Whether all of its events are subscribed to; an ACL may forbid it. */
  readonly tellsEvents: boolean;
  /** How it sees the master; null when it was not asked or did not answer. */
  readonly view: SentinelView | null;
}

/** How one sentinel sees the master. What its ACL forbids is null, or empty. */
export interface SentinelView {
  /** How the master is: `s_down`, `o_down`, `disconnected`, ...; without the words for its role. */
  readonly flags: readonly string[];
  /** Grows with each failover. */
  readonly configEpoch: number | null;
  /** Number of sentinels that have to agree that the master is down. */
  readonly quorum: number | null;
  /** Number of sentinels that it knows besides itself. */
  readonly otherSentinels: number | null;
  /** `SENTINEL CKQUORUM`: `ok`, or why no failover could be made. */
  readonly ckquorum: string | null;
  readonly replicas: readonly ReplicaView[];
}

/** A replica as a sentinel sees it. */
export interface ReplicaView {
  readonly address: string;
  /** How it is, as in `SentinelView.flags`. */
  readonly flags: readonly string[];
  /** Whether its link to the master is up; null where the sentinel does not say. */
  readonly linkUp: boolean | null;
}
