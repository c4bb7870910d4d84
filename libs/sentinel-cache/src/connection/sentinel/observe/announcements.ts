import { sameAddress } from '../../contract/node-address.js';
import type { TcpAddress } from '../../../settings/shapes/resolved-connection.js';
import type { Announcement } from '../decide/failover-facts.js';

/** One move of the primary, and the sentinels that have announced it so far. */
export interface AnnouncedMove extends Omit<Announcement, 'isConfirmed'> {
  /** Addresses of the sentinels, in the order of their announcements. */
  readonly by: readonly string[];
  /** Whether most sentinels have confirmed it, or the node could not prove itself. */
  readonly outcome: 'pending' | 'confirmed' | 'disproved';
}

/** What one sentinel announces. */
export interface SentinelAnnouncement {
  readonly from: TcpAddress;
  readonly to: TcpAddress;
  /** The address under which we know the sentinel, since it can call itself anything. */
  readonly by: string;
  readonly atMs: number;
}

/** A primary that most of LOCATION's sentinels named until they named another one. */
export interface FormerPrimary {
  readonly address: TcpAddress;
  /** When they named the other one. */
  readonly atMs: number;
}

/** Slower sentinels repeat an announcement for up to a second; with a margin. */
const REPEATED_WITHIN_MS = 4000;
/** After a false announcement, no other one of that sentinel is followed for this long. */
const DOUBTED_FOR_MS = 60_000;
/**
 * Sentinel turns a former primary into a replica some ten seconds after a move. Until then it takes itself
 * for the primary.
 */
const LEFT_FOR_MS = 12_000;
/** More moves, or primaries, within that time are not failovers. */
const MOST_MOVES = 32;

/**
 * Adds what one sentinel announces to the recent moves, newest last. `primary`: the one that most of
 * LOCATION's sentinels named before they announced this; `former`: those that they named before that, and
 * `primary` where most name another one now.
 *
 * - Slow sentinels may still announce the move before last; that one must be ignored. The same move by
 *   another sentinel is a repetition, unless its node could not prove itself: it may have become the primary
 *   since.
 * - A move back to a primary that was just left, or to the one that most sentinels named already, is not
 *   added: there the majority decides. The move that makes them most is added: who names another one
 *   has missed it.
 * - A sentinel has one move at a time: until most have confirmed it, or a minute has passed, its other
 *   announcements are ignored. So a sentinel that lies is followed once, however often it repeats itself.
 */
export function addAnnouncement(
  moves: readonly AnnouncedMove[],
  { from, to, by, atMs }: SentinelAnnouncement,
  primary?: TcpAddress,
  former: readonly FormerPrimary[] = [],
): readonly AnnouncedMove[] {
  const kept = moves.filter((move) => atMs - move.atMs < (move.outcome === 'confirmed' ? LEFT_FOR_MS : DOUBTED_FOR_MS));
  const repeated = kept.find(
    (move) =>
      move.outcome !== 'disproved' &&
      atMs - move.atMs < REPEATED_WITHIN_MS &&
      sameAddress(move.from, from) &&
      sameAddress(move.to, to) &&
      !move.by.includes(by),
  );
  if (repeated) return kept.map((move) => (move === repeated ? { ...move, by: [...move.by, by] } : move));
  const isLeft =
    kept.some((move) => move.outcome === 'confirmed' && sameAddress(move.from, to)) ||
    former.some((one) => sameAddress(one.address, to) && atMs - one.atMs < LEFT_FOR_MS);
  const isDoubted = kept.some((move) => move.by[0] === by && move.outcome !== 'confirmed');
  if (isLeft || isDoubted || sameAddress(primary, to)) return kept;
  return [...kept.slice(1 - MOST_MOVES), { from, to, atMs, by: [by], outcome: 'pending' }];
}

/** Adds the primary that most sentinels name no longer to the recent ones, newest last. */
export function addFormer(former: readonly FormerPrimary[], address: TcpAddress, atMs: number): readonly FormerPrimary[] {
  const others = former.filter((one) => atMs - one.atMs < LEFT_FOR_MS && !sameAddress(one.address, address));
  return [...others.slice(1 - MOST_MOVES), { address, atMs }];
}

/** Marks the moves to the primary that most of LOCATION's sentinels name: their announcements were true. */
export function confirmMoves(moves: readonly AnnouncedMove[], primary: TcpAddress | undefined): readonly AnnouncedMove[] {
  return moves.map((move) => (sameAddress(move.to, primary) ? { ...move, outcome: 'confirmed' } : move));
}

/** Marks the moves to a node that could not prove that it is the primary: they are not followed any more. */
export function disproveMoves(moves: readonly AnnouncedMove[], address: TcpAddress): readonly AnnouncedMove[] {
  return moves.map((move) =>
    move.outcome === 'pending' && sameAddress(move.to, address) ? { ...move, outcome: 'disproved' } : move,
  );
}
