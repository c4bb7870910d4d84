import type { TcpAddress } from '../../contract/node-address.js';
import type { Diagnosis } from '../../wire/diagnosis.js';

/** What one sentinel says of our master name. */
export type SentinelAnswer =
  | {
      readonly kind: 'address';
      readonly address: TcpAddress;
      /** The configuration's epoch; null where the sentinel's ACL does not let us ask. */
      readonly epoch: number | null;
      /** How many other sentinels it knows; null where it can't be asked. */
      readonly otherSentinels: number | null;
    }
  | { readonly kind: 'unknown-master' }
  /** It is being asked, for the first time or anew because another one has just answered. */
  | { readonly kind: 'pending'; readonly last?: LastAnswer | undefined }
  /** It can't be asked right now, and why. */
  | { readonly kind: 'silent'; readonly diagnosis: Diagnosis; readonly last?: LastAnswer | undefined };

/** Which primary a sentinel named last, and when. */
export interface LastAnswer {
  readonly address: TcpAddress;
  readonly atMs: number;
}

/** One sentinel whose answer counts, and what it has listed so far. */
export interface SentinelReport {
  /** LOCATION names it; the others were found. */
  readonly inLocation: boolean;
  readonly answer: SentinelAnswer;
  /** The nodes that it lists as replicas of our master, those it had named as the primary before among them. */
  readonly replicas: readonly TcpAddress[];
}

/** A replica as a sentinel lists it. */
export interface ListedReplica {
  readonly address: TcpAddress;
  /** It answers the sentinel. */
  readonly usable: boolean;
  /** Its link to its primary stands, as far as the sentinel knows. */
  readonly linked: boolean;
}

/** A `+switch-master` of our master name. */
export interface Announcement {
  readonly from: TcpAddress;
  readonly to: TcpAddress;
  readonly atMs: number;
}

/** A replica that a failover has chosen and that says itself that it is a primary now, before any announcement (eagerFailover). */
export interface Promotion {
  readonly address: TcpAddress;
  readonly atMs: number;
}

/** Where we are: the address of the connection in use, or of the last one that was proven. */
export interface Adopted {
  readonly address: TcpAddress;
  readonly atMs: number;
  /** Whether the connection stands right now. */
  readonly connected: boolean;
  /** When the connection went from another node to this one; null when it never did. */
  readonly swappedAtMs: number | null;
}

/** Everything a decision needs, gathered; nothing in here is live. */
export interface FailoverFacts {
  readonly masterName: string;
  readonly reports: readonly SentinelReport[];
  /** Those that count still, oldest first. */
  readonly announcements: readonly Announcement[];
  /** Whether sentinels of LOCATION that are being asked may still be waited for. */
  readonly mayWait: boolean;
  /** Nodes that have been saying for a while that they are no primary. */
  readonly demoted: readonly TcpAddress[];
  /** Undefined: none that counts any more, or not asked for. */
  readonly promotion: Promotion | undefined;
  readonly adopted: Adopted | undefined;
  readonly minOtherSentinels: number;
  readonly nowMs: number;
}
