import { sameAddress, type TcpAddress } from '../../contract/node-address.js';
import type { Announcement } from '../decide/failover-facts.js';

/** One move of the primary, which sentinels have announced it so far, and what came of it. */
export interface AnnouncedMove extends Announcement {
  /** The first of them first. */
  readonly by: readonly string[];
  readonly outcome: 'pending' | 'confirmed' | 'disproved';
}

/** What one sentinel announces. */
export interface SentinelAnnouncement {
  readonly from: TcpAddress;
  readonly to: TcpAddress;
  /** Which sentinel says it: the address that we know it by, since it can call itself what it likes. */
  readonly by: string;
  readonly atMs: number;
}

/** Slower sentinels repeat an announcement for up to a second; with a margin. */
const REPEATED_WITHIN_MS = 4000;
/** A sentinel whose announcement came to nothing is not followed in another for this long. */
const DOUBTED_FOR_MS = 60_000;
/** Sentinel makes a replica of a former primary some ten seconds after a move; until then that takes itself for the primary. */
const LEFT_FOR_MS = 12_000;
/** More moves than that within those seconds are no failovers. */
const MOST_MOVES = 32;

/**
 * Adds what one sentinel announces to the moves of late, newest last. `primary` is who most of LOCATION's sentinels name, if they agree.
 *
 * - Sentinels announce a move one after the other: in a storm of failovers the slow ones still announce the last but one, which must move
 *   nobody. The same move by a sentinel that has not said so yet is a repetition.
 * - A way back to a primary that most have just left, or that most name anyway, is no news: there the majority is asked.
 * - A sentinel announces one move at a time: until most have confirmed it, or a minute has passed, whatever else it announces is not noted.
 *   So one that lies is followed once, however often it repeats itself.
 */
export function addAnnouncement(
  moves: readonly AnnouncedMove[],
  { from, to, by, atMs }: SentinelAnnouncement,
  primary?: TcpAddress,
): readonly AnnouncedMove[] {
  const kept = moves.filter((move) => atMs - move.atMs < (move.outcome === 'confirmed' ? LEFT_FOR_MS : DOUBTED_FOR_MS));
  const repeated = kept.find(
    (move) =>
      atMs - move.atMs < REPEATED_WITHIN_MS && sameAddress(move.from, from) && sameAddress(move.to, to) && !move.by.includes(by),
  );
  if (repeated) return kept.map((move) => (move === repeated ? { ...move, by: [...move.by, by] } : move));
  const isLeft = kept.some((move) => move.outcome === 'confirmed' && sameAddress(move.from, to));
  const isDoubted = kept.some((move) => move.by[0] === by && move.outcome !== 'confirmed');
  if (isLeft || isDoubted || sameAddress(primary, to)) return kept;
  return [...kept.slice(1 - MOST_MOVES), { from, to, atMs, by: [by], outcome: 'pending' }];
}

/** Notes who most of LOCATION's sentinels name: whoever announced it spoke the truth. */
export function confirmMoves(moves: readonly AnnouncedMove[], primary: TcpAddress | undefined): readonly AnnouncedMove[] {
  return moves.map((move) => (sameAddress(move.to, primary) ? { ...move, outcome: 'confirmed' } : move));
}

/** Notes that a node could not prove that it is the primary: whoever announced it is not followed in this any more. */
export function disproveMoves(moves: readonly AnnouncedMove[], address: TcpAddress): readonly AnnouncedMove[] {
  return moves.map((move) =>
    move.outcome === 'pending' && sameAddress(move.to, address) ? { ...move, outcome: 'disproved' } : move,
  );
}
