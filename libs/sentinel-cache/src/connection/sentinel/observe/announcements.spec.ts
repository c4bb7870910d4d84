import { describe, expect, it } from '@jest/globals';

import { addAnnouncement, addFormer, confirmMoves, disproveMoves, type AnnouncedMove } from './announcements.js';
import type { TcpAddress } from '../../../settings/shapes/resolved-connection.js';

const A: TcpAddress = { host: '10.0.0.1', port: 6379 };
const B: TcpAddress = { host: '10.0.0.2', port: 6379 };

const C: TcpAddress = { host: '10.0.0.3', port: 6379 };

/** What a sentinel says, and whom most of LOCATION's sentinels name then. */
type Said = [by: string, from: TcpAddress, to: TcpAddress, atMs: number, primary?: TcpAddress];

/** Plays announcements as a watcher does. */
function movesAfter(...sayings: Said[]): readonly AnnouncedMove[] {
  return sayings.reduce<readonly AnnouncedMove[]>(
    (moves, [by, from, to, atMs, primary]) => confirmMoves(addAnnouncement(moves, { by, from, to, atMs }, primary), primary),
    [],
  );
}
/** Where the newest move leads, after each of them. */
const play = (...sayings: Said[]) => sayings.map((_, i) => movesAfter(...sayings.slice(0, i + 1)).at(-1)?.to);

describe('addAnnouncement', () => {
  it('fault 15: counts a move once, however many sentinels announce it, from the first time on', () => {
    const moves = movesAfter(['s1', A, B, 0, A], ['s2', A, B, 900, B], ['s3', A, B, 1100, B]);
    expect(moves).toEqual([{ from: A, to: B, atMs: 0, by: ['s1', 's2', 's3'], outcome: 'confirmed' }]);
  });
  it('fault 13: a slow sentinel that announces the last but one move changes nothing', () => {
    const there = ['s1', A, B, 0, A] as Said;
    const onwards = ['s2', B, C, 1200, B] as Said;
    expect(play(there, ['s2', A, B, 100, B], onwards, ['s3', A, B, 1300, B], ['s3', B, C, 1400, C])).toEqual([B, B, C, C, C]);
  });
  it('fault 13: move upon move is followed, where most have confirmed the one before', () => {
    expect(play(['s1', A, B, 0, A], ['s2', A, B, 100, B], ['s1', B, C, 1000, B])).toEqual([B, B, C]);
    expect(play(['s1', A, B, 0, A], ['s1', B, C, 1000, A])).toEqual([B, B]);
  });
  it('what is announced by the last of most is no news: most name it', () => {
    expect(movesAfter(['s1', A, B, 0, B])).toEqual([]);
  });

  describe('one sentinel that lies', () => {
    it('is noted once in a minute, however often it repeats itself, and whatever else it says', () => {
      const lies = Array.from({ length: 85 }, (_, i) => ['s3', A, { host: 'h', port: 1 + (i % 3) }, i * 700, A] as Said);
      expect(movesAfter(...lies)).toHaveLength(1);
      expect(movesAfter(...lies, ['s3', A, C, 60_000, A]).at(-1)!.to).toEqual(C);
    });
    it('does not keep the others from being noted, nor push out what they say', () => {
      const lie = (atMs: number) => ['s3', A, C, atMs, A] as Said;
      expect(play(lie(0), ['s1', A, B, 100, A], lie(200), lie(900))).toEqual([C, B, B, B]);
    });
    it('does not lead back to the primary that most still name, nor to the one that most have just left', () => {
      const move = ['s1', A, B, 0, A] as Said;
      const confirmed = ['s2', A, B, 500, B] as Said;
      expect(play(move, ['s3', B, A, 100, A])).toEqual([B, B]);
      expect(play(move, confirmed, ['s3', B, A, 600, B], ['s3', B, A, 11_000, B])).toEqual([B, B, B, B]);
      expect(play(move, confirmed, ['s3', B, A, 12_000, B]).at(-1)).toEqual(A);
    });
    it('does not lead back to the primary that most have left before anybody announced it', () => {
      const former = addFormer([], A, 0);
      const lie = (atMs: number) => addAnnouncement([], { by: 's3', from: B, to: A, atMs }, B, former);
      expect([lie(20), lie(11_999)]).toEqual([[], []]);
      expect(lie(12_000)).toHaveLength(1);
      expect(addFormer(addFormer(former, B, 500), A, 900)).toEqual([
        { address: B, atMs: 500 },
        { address: A, atMs: 900 },
      ]);
      expect(addFormer(former, B, 12_000)).toEqual([{ address: B, atMs: 12_000 }]);
    });
    it('does not keep a failover from being followed that it announced before its time', () => {
      const disproved = disproveMoves(movesAfter(['s3', A, B, 0, A]), B);
      const [lie, truth] = addAnnouncement(disproved, { by: 's1', from: A, to: B, atMs: 1000 }, A);
      expect(lie).toMatchObject({ by: ['s3'], outcome: 'disproved' });
      expect(truth).toEqual({ from: A, to: B, atMs: 1000, by: ['s1'], outcome: 'pending' });
    });
    it('is followed in nothing for a minute when its node could not prove itself, until most name that', () => {
      const disproved = disproveMoves(movesAfter(['s3', A, C, 0, A]), C);
      expect(disproved).toMatchObject([{ to: C, outcome: 'disproved' }]);
      expect(addAnnouncement(disproved, { by: 's3', from: A, to: B, atMs: 5000 })).toEqual(disproved);
      const right = confirmMoves(disproved, C);
      expect(addAnnouncement(right, { by: 's3', from: C, to: B, atMs: 5000 }).at(-1)!.to).toEqual(B);
    });
  });

  it('what most have confirmed is not disproved by one attempt', () => {
    expect(disproveMoves(movesAfter(['s1', A, B, 0, A], ['s2', A, B, 10, B]), B)).toMatchObject([{ outcome: 'confirmed' }]);
  });
  it('remembers a bounded number of moves, whatever sentinels say', () => {
    const sayings = Array.from({ length: 1000 }, (_, i) => [`s${i}`, A, { host: 'h', port: i + 1 }, i, A] as Said);
    const moves = movesAfter(...sayings);
    expect([moves.length, moves.at(-1)!.to.port]).toEqual([32, 1000]);
  });
  it('forgets moves of long ago, so that the same one counts anew', () => {
    const moves = movesAfter(['s1', A, B, 0, A], ['s2', A, B, 60_000, A]);
    expect(moves).toEqual([{ from: A, to: B, atMs: 60_000, by: ['s2'], outcome: 'pending' }]);
  });
});
