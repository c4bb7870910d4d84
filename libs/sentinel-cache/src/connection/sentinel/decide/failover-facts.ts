import type { TcpAddress } from '../../../settings/shapes/resolved-connection.js';
import type { Diagnosis } from '../../wire/diagnosis.js';

/** What one sentinel says of our master. */
export type SentinelAnswer =
  | {
      readonly kind: 'address';
      readonly address: TcpAddress;
      /**
       * Epoch of its configuration, which grows with each failover; null where its ACL forbids the question.
       */
      readonly epoch: number | null;
      /** How many other sentinels it knows; null where its ACL forbids the question. */
      readonly otherSentinels: number | null;
    }
  | { readonly kind: 'unknown-master' }
  /** It is being asked, for the first time or again because another one has just answered. */
  | { readonly kind: 'pending'; readonly last?: LastAnswer | undefined }
  /** It can't be asked now. */
  | { readonly kind: 'silent'; readonly diagnosis: Diagnosis; readonly last?: LastAnswer | undefined };

/** The primary that a sentinel named last, and when. */
export interface LastAnswer {
  readonly address: TcpAddress;
  readonly atMs: number;
}

/** One sentinel whose answer counts, and what it has listed so far. */
export interface SentinelReport {
  /** Whether LOCATION names it; the others were discovered. */
  readonly inLocation: boolean;
  readonly answer: SentinelAnswer;
  /** Since when it names the primary that it named last; undefined while it has named none. */
  readonly sinceMs?: number | undefined;
  /** The nodes that it lists as replicas of our master, former primaries included. */
  readonly replicas: readonly TcpAddress[];
}

/** A replica as a sentinel lists it. */
export interface ListedReplica {
  readonly address: TcpAddress;
  /** Whether it answers the sentinel. */
  readonly usable: boolean;
  /** Whether its link to its primary is up, as far as the sentinel knows. */
  readonly linked: boolean;
}

/** A `+switch-master` of our master name. */
export interface Announcement {
  readonly from: TcpAddress;
  readonly to: TcpAddress;
  readonly atMs: number;
  /** Whether most sentinels have named that primary since. */
  readonly isConfirmed: boolean;
}

/**
 * A replica that a failover has selected and that says itself that it is a primary now, before the
 * announcement (eagerFailover).
 */
export interface Promotion {
  readonly address: TcpAddress;
  readonly atMs: number;
}

/** The connection in use, or the last one that was proven. */
export interface Adopted {
  readonly address: TcpAddress;
  readonly atMs: number;
  /** Whether it stands now. */
  readonly connected: boolean;
  /** When the connection moved from another node to this one; null when it never did. */
  readonly swappedAtMs: number | null;
}

/** All facts that a decision needs. Times are on the clock of `performance.now()`. */
export interface FailoverFacts {
  readonly masterName: string;
  readonly reports: readonly SentinelReport[];
  /** Announcements that were not disproved, oldest first. */
  readonly announcements: readonly Announcement[];
  /** Whether the sentinels of LOCATION that are being asked may still be waited for. */
  readonly mayWait: boolean;
  /** Nodes that have been saying for at least a second that they are no primary. */
  readonly demoted: readonly TcpAddress[];
  /** Undefined when there is none, or it was withdrawn. */
  readonly promotion: Promotion | undefined;
  readonly adopted: Adopted | undefined;
  readonly minOtherSentinels: number;
  readonly nowMs: number;
}
