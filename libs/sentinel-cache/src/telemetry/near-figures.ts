/** What the near tier of one cache has done so far, and what it holds at the moment. */
export interface NearFigures {
  /** Reads that it answered. */
  readonly hits: number;
  /** Entries that it took from Redis. */
  readonly fills: number;
  /** Entries that it dropped because Redis said that they changed. */
  readonly invalidations: number;
  /** How often it dropped everything: a link was armed or lost, or the database was emptied. */
  readonly flushes: number;
  /** Entries that it holds. */
  readonly entries: number;
  /** What they take in memory, in bytes as they are counted. */
  readonly bytes: number;
}
