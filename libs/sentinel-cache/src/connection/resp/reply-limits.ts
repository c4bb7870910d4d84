/** How much a server may send. Beyond it the connection is given up. */
export interface ReplyLimits {
  /** Longest line, which is a status, an error or a length. */
  readonly lineBytes: number;
  /** Longest string. */
  readonly stringBytes: number;
  /** Longest reply with everything in it. */
  readonly replyBytes: number;
  /** Most items in one reply, those of nested arrays included. */
  readonly items: number;
  /** How deep arrays may be nested. */
  readonly depth: number;
  /** Most push messages (RESP3) in one second; 0 where none may come. */
  readonly pushesPerSecond: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * Of data nodes. A string is as long as Redis allows (`proto-max-bulk-len`); 2097152 items are a hash of a
 * million fields.
 */
export const DATA_LIMITS: ReplyLimits = {
  lineBytes: 64 * KIB,
  stringBytes: 512 * MIB,
  replyBytes: 512 * MIB + MIB,
  items: 2 * MIB,
  depth: 1024,
  pushesPerSecond: 0,
};

/** Of sentinels. `SENTINEL REPLICAS` takes some 40 items and 1 KB for each replica. */
export const SENTINEL_LIMITS: ReplyLimits = {
  lineBytes: 8 * KIB,
  stringBytes: 64 * KIB,
  replyBytes: 2 * MIB,
  items: 32 * KIB,
  depth: 8,
  pushesPerSecond: 2000,
};

/** Of a data node that is listened to: confirmations, and messages of a channel and a few bytes. */
export const SUBSCRIPTION_LIMITS: ReplyLimits = {
  lineBytes: 64 * KIB,
  stringBytes: MIB,
  replyBytes: 2 * MIB,
  items: 4 * KIB,
  depth: 8,
  pushesPerSecond: 100_000,
};

/**
 * Of links that tell of changed keys. One message names every key that one script or one turn of the server
 * changed; a server that writes without pause sends tens of thousands of messages a second.
 */
export const TRACKING_LIMITS: ReplyLimits = {
  lineBytes: 8 * KIB,
  stringBytes: 512 * MIB,
  replyBytes: 64 * MIB,
  items: MIB,
  depth: 4,
  pushesPerSecond: 1_000_000,
};
