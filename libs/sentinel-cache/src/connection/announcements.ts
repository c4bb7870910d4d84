import { sameAddress } from './node-address.js';
import type { Announcement, TcpAddress } from './sentinel-facts.js';

/** One move of the primary, and which sentinels have announced it so far. */
export interface AnnouncedMove extends Announcement {
  readonly by: readonly string[];
}

/** What one sentinel announces. */
export interface Saying {
  readonly from: TcpAddress;
  readonly to: TcpAddress;
  /** Which sentinel says it. */
  readonly by: string;
  readonly atMs: number;
}

/** Slower sentinels repeat an announcement for up to a second (fault 15); with a margin. */
const REPEATED_WITHIN_MS = 4000;
/** More moves than that within those seconds are no failovers. */
const MOST_MOVES = 32;

/**
 * Adds what one sentinel announces to the moves of late, newest last. Sentinels announce a move one after the other: in a storm of
 * failovers the slow ones still announce the last but one, which must move nobody (fault 13). The same move by a sentinel that has
 * not said so yet is a repetition; by one that has, it is another move.
 */
export function noteAnnouncement(moves: readonly AnnouncedMove[], { from, to, by, atMs }: Saying): readonly AnnouncedMove[] {
  const recent = moves.filter((move) => atMs - move.atMs < REPEATED_WITHIN_MS);
  const repeated = recent.find((move) => sameAddress(move.from, from) && sameAddress(move.to, to) && !move.by.includes(by));
  if (!repeated) return [...recent.slice(1 - MOST_MOVES), { from, to, atMs, by: [by] }];
  return recent.map((move) => (move === repeated ? { ...move, by: [...move.by, by] } : move));
}
