import { describe, expect, it } from '@jest/globals';

import type { ClusterAnswer, SlotClaim } from './cluster-reply.js';
import { SlotMap } from './slot-map.js';

const at = (port: number) => ({ host: 'h', port });
const claim = (first: number, last: number, port: number, epoch: number): SlotClaim => ({ first, last, owner: at(port), epoch });
const answer = (...claims: SlotClaim[]): ClusterAnswer => ({ claims, nodes: [] });
const shares = (map: SlotMap) => Object.fromEntries([...map.shares()].map(([who, { slots }]) => [who, slots]));

describe('a map of slots', () => {
  it('has the owner of each slot, and nobody where nobody claims one', () => {
    const map = SlotMap.of([answer(claim(0, 9, 1, 1), claim(11, 16_383, 2, 2))]);
    expect([0, 9, 10, 11, 16_383].map((slot) => map.ownerOf(slot)?.port)).toEqual([1, 1, undefined, 2, 2]);
    expect(shares(map)).toEqual({ 'h:1': 10, 'h:2': 16_373 });
  });

  it('believes the higher epoch, whoever was heard last', () => {
    const promoted = answer(claim(0, 16_383, 4, 7));
    const left = answer(claim(0, 16_383, 1, 1));
    expect(shares(SlotMap.of([promoted, left]))).toEqual({ 'h:4': 16_384 });
    expect(shares(SlotMap.of([left, promoted]))).toEqual({ 'h:4': 16_384 });
  });

  it('believes the last heard of equals: where epochs may not be asked', () => {
    expect(shares(SlotMap.of([answer(claim(0, 99, 1, 0)), answer(claim(0, 49, 2, 0))]))).toEqual({ 'h:1': 50, 'h:2': 50 });
  });

  it('takes note of a slot that a node says has moved', () => {
    const map = SlotMap.of([answer(claim(0, 1, 1, 1))]);
    expect(shares(map)).toEqual({ 'h:1': 2 });
    map.assign(1, at(5));
    expect([map.ownerOf(0), map.ownerOf(1)]).toEqual([at(1), at(5)]);
    expect(shares(map)).toEqual({ 'h:1': 1, 'h:5': 1 });
  });

  it('knows the successor of one that lost all its slots, and none of one that still has some', () => {
    const old = SlotMap.of([answer(claim(0, 99, 1, 1), claim(100, 199, 2, 2))]);
    const now = SlotMap.of([answer(claim(0, 89, 4, 3), claim(90, 189, 2, 2), claim(190, 199, 4, 3))]);
    expect([...now.successors(old)]).toEqual([['h:1', 'h:4']]);
  });
});
