import type { Trouble } from './trouble.js';

/** A TCP address; sentinels know no other. */
export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

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
  /** It has not been heard yet since the start. */
  | { readonly kind: 'pending' }
  /** It can't be asked right now, and why. */
  | {
      readonly kind: 'silent';
      readonly trouble: Trouble;
      /** What it said last, and when: worth a try while it is fresh. */
      readonly last?: { readonly address: TcpAddress; readonly atMs: number } | undefined;
    };

/** A `+switch-master` of our master name. */
export interface Announcement {
  readonly from: TcpAddress;
  readonly to: TcpAddress;
  readonly atMs: number;
}

/** Where we are: the address of the connection in use, or of the last one that was proven. */
export interface Adopted {
  readonly address: TcpAddress;
  readonly atMs: number;
  /** Whether the connection stands right now. */
  readonly connected: boolean;
}

/** Everything a decision needs, gathered; nothing in here is live. */
export interface SentinelFacts {
  readonly masterName: string;
  readonly answers: readonly SentinelAnswer[];
  readonly announcement: Announcement | undefined;
  readonly adopted: Adopted | undefined;
  readonly minOtherSentinels: number;
  readonly nowMs: number;
}
