/** How much one server may send. What goes beyond is no reply: the connection is given up. */
export interface ReplyLimits {
  /** The longest line: a status, an error, a length. */
  readonly lineBytes: number;
  /** The longest string. */
  readonly stringBytes: number;
  /** The longest reply, everything in it included. */
  readonly replyBytes: number;
  /** The most items of one reply, those of nested arrays included. */
  readonly items: number;
  /** How deep arrays may be nested. */
  readonly depth: number;
  /** The most messages (RESP3's pushes) in one second; 0 where none may come. */
  readonly pushesPerSecond: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** A string is as long as Redis lets one be (`proto-max-bulk-len`); 2 097 152 items are a hash of a million fields. */
export const DATA_LIMITS: ReplyLimits = {
  lineBytes: 64 * KIB,
  stringBytes: 512 * MIB,
  replyBytes: 512 * MIB + MIB,
  items: 2 * MIB,
  depth: 1024,
  pushesPerSecond: 0,
};

/** `SENTINEL REPLICAS` takes some 40 items and 1 KB a replica. */
export const SENTINEL_LIMITS: ReplyLimits = {
  lineBytes: 8 * KIB,
  stringBytes: 64 * KIB,
  replyBytes: 2 * MIB,
  items: 32 * KIB,
  depth: 8,
  pushesPerSecond: 2000,
};
