import { describe, expect, it } from '@jest/globals';

import { noteAnnouncement, type AnnouncedMove } from './announcements.js';
import type { TcpAddress } from './sentinel-facts.js';

const A: TcpAddress = { host: '10.0.0.1', port: 6379 };
const B: TcpAddress = { host: '10.0.0.2', port: 6379 };

/** Plays announcements and gives where the newest move leads, after each. */
function play(...sayings: [by: string, from: TcpAddress, to: TcpAddress, atMs: number][]): (TcpAddress | undefined)[] {
  let moves: readonly AnnouncedMove[] = [];
  return sayings.map(([by, from, to, atMs]) => {
    moves = noteAnnouncement(moves, { by, from, to, atMs });
    return moves.at(-1)?.to;
  });
}

describe('noteAnnouncement', () => {
  it('fault 15: counts a move once, however many sentinels announce it, from the first time on', () => {
    const first = noteAnnouncement([], { by: 's1', from: A, to: B, atMs: 0 });
    const last = noteAnnouncement(noteAnnouncement(first, { by: 's2', from: A, to: B, atMs: 900 }), {
      by: 's3',
      from: A,
      to: B,
      atMs: 1100,
    });
    expect(last).toEqual([{ from: A, to: B, atMs: 0, by: ['s1', 's2', 's3'] }]);
  });
  it('fault 13: a slow sentinel that announces the last but one move changes nothing', () => {
    expect(play(['s1', A, B, 0], ['s2', A, B, 100], ['s2', B, A, 1200], ['s3', A, B, 1300], ['s3', B, A, 1400])).toEqual([
      B,
      B,
      A,
      A,
      A,
    ]);
  });
  it('fault 13: there and back and there again are three moves', () => {
    expect(play(['s1', A, B, 0], ['s1', B, A, 1000], ['s1', A, B, 2000])).toEqual([B, A, B]);
  });
  it('remembers a bounded number of moves, whatever a sentinel says', () => {
    let moves: ReturnType<typeof noteAnnouncement> = [];
    for (let port = 1; port <= 1000; port += 1)
      moves = noteAnnouncement(moves, { by: 's1', from: A, to: { host: 'h', port }, atMs: port });
    expect([moves.length, moves.at(-1)!.to.port]).toEqual([32, 1000]);
  });
  it('forgets moves of long ago, so that the same one counts anew', () => {
    const moves = noteAnnouncement(noteAnnouncement([], { by: 's1', from: A, to: B, atMs: 0 }), {
      by: 's2',
      from: A,
      to: B,
      atMs: 60_000,
    });
    expect(moves).toEqual([{ from: A, to: B, atMs: 60_000, by: ['s2'] }]);
  });
});
