import { describe, expect, it } from '@jest/globals';

import { ANNOUNCEMENT_HOLDS_MS, decideFailover, LEAST_BETWEEN_SWAPS_MS } from './failover-decision.js';
import type { SentinelAnswer, SentinelFacts, TcpAddress } from './sentinel-facts.js';
import { definitive, passing } from './trouble.js';

const A: TcpAddress = { host: '10.0.0.1', port: 6379 };
const B: TcpAddress = { host: '10.0.0.2', port: 6379 };

const names = (address: TcpAddress, epoch: number | null = 1, otherSentinels: number | null = 2): SentinelAnswer => ({
  kind: 'address',
  address,
  epoch,
  otherSentinels,
});
const unknown: SentinelAnswer = { kind: 'unknown-master' };
const silent: SentinelAnswer = { kind: 'silent', trouble: passing('no-sentinel', 'sentinel s can not be reached.') };

function decide(facts: Partial<SentinelFacts>): ReturnType<typeof decideFailover> {
  return decideFailover({
    masterName: 'mymaster',
    answers: [],
    announcement: undefined,
    promotion: undefined,
    adopted: undefined,
    minOtherSentinels: 0,
    nowMs: 100_000,
    ...facts,
  });
}
const on = (address: TcpAddress, connected = true): SentinelFacts['adopted'] => ({
  address,
  atMs: 0,
  connected,
  swappedAtMs: null,
});
const announced = (from: TcpAddress, to: TcpAddress, agoMs: number): SentinelFacts['announcement'] => ({
  from,
  to,
  atMs: 100_000 - agoMs,
});

describe('decideFailover, connected', () => {
  it('keeps the connection while the majority names it', () => {
    expect(decide({ adopted: on(A), answers: [names(A), names(A), names(B)] })).toEqual({ kind: 'keep' });
  });
  it('follows one announcement at once, before the others agree', () => {
    const decision = decide({ adopted: on(A), answers: [names(A), names(A), names(A)], announcement: announced(A, B, 0) });
    expect(decision).toEqual({ kind: 'move', candidates: [B] });
  });
  it('fault 15: stays on the announced address while slower sentinels still name the old one', () => {
    const decision = decide({ adopted: on(B), answers: [names(A), names(A), names(B, 2)], announcement: announced(A, B, 1200) });
    expect(decision).toEqual({ kind: 'keep' });
  });
  it('fault 12: returns to the majority when an announcement was never confirmed', () => {
    const decision = decide({
      adopted: on(B),
      answers: [names(A), names(A), names(B)],
      announcement: announced(A, B, ANNOUNCEMENT_HOLDS_MS),
    });
    expect(decision).toEqual({ kind: 'move', candidates: [A] });
  });
  it('fault 13: stays half a second on a primary that it has just moved to, then follows', () => {
    const swapped = (agoMs: number) => ({ ...on(A)!, swappedAtMs: 100_000 - agoMs });
    const announcement = announced(A, B, 0);
    expect(decide({ adopted: swapped(100), announcement })).toEqual({ kind: 'keep', againInMs: LEAST_BETWEEN_SWAPS_MS - 100 });
    expect(decide({ adopted: swapped(LEAST_BETWEEN_SWAPS_MS), announcement })).toEqual({ kind: 'move', candidates: [B] });
    expect(decide({ adopted: { ...swapped(100), connected: false }, announcement })).toMatchObject({ kind: 'move' });
  });
  it('(fault 56) moves by majority when the announcement was missed', () => {
    expect(decide({ adopted: on(A), answers: [names(B), names(B), names(A)] })).toEqual({ kind: 'move', candidates: [B] });
  });
  it('fault 17: a lone sentinel of three does not move it', () => {
    expect(decide({ adopted: on(A), answers: [names(B), names(A), names(A)] })).toEqual({ kind: 'keep' });
    expect(decide({ adopted: on(A), answers: [names(B, 0), names(A), silent] })).toEqual({ kind: 'keep' });
  });
  it('one against one does not move it, whatever the epoch', () => {
    expect(decide({ adopted: on(A), answers: [names(B, 9), names(A, 1), silent] })).toEqual({ kind: 'keep' });
  });
  it('fault 19: keeps the connection when all sentinels are silent, or have forgotten the name', () => {
    expect(decide({ adopted: on(A), answers: [silent, silent, silent] })).toEqual({ kind: 'keep' });
    expect(decide({ adopted: on(A), answers: [unknown, unknown, unknown] })).toEqual({ kind: 'keep' });
  });
});

describe('decideFailover, not connected', () => {
  it('tries the announced address first, then by votes, then the last known good one', () => {
    const C: TcpAddress = { host: '10.0.0.3', port: 6379 };
    const decision = decide({ adopted: on(C, false), answers: [names(A), names(A)], announcement: announced(A, B, 10) });
    expect(decision).toEqual({ kind: 'move', candidates: [B, A, C] });
  });
  it('fault 16: tries the majority before a stale sentinel', () => {
    expect(decide({ answers: [names(A, 1), names(B, 2), names(B, 2)] })).toEqual({ kind: 'move', candidates: [B, A] });
  });
  it('among equals the higher epoch goes first', () => {
    expect(decide({ answers: [names(A, 1), names(B, 2)] })).toEqual({ kind: 'move', candidates: [B, A] });
  });
  it('fault 20: tries the last known good address when no sentinel answers', () => {
    expect(decide({ adopted: on(A, false), answers: [silent, silent] })).toEqual({ kind: 'move', candidates: [A] });
  });
  it('C-56: ignores a sentinel that knows fewer others than min_other_sentinels', () => {
    expect(decide({ answers: [names(A, 1, 0), names(B, 1, 2)], minOtherSentinels: 1 })).toEqual({
      kind: 'move',
      candidates: [B],
    });
    expect(decide({ answers: [names(A, 1, 0)], minOtherSentinels: 1 })).toMatchObject({
      kind: 'wait',
      trouble: { reason: 'no-primary' },
    });
  });
  it('fault 21: says unknown-master when those who answer do not know the name', () => {
    expect(decide({ answers: [unknown, silent, unknown] })).toMatchObject({
      kind: 'wait',
      trouble: { reason: 'unknown-master', definitive: true },
    });
  });
  it('fault 22: says what the sentinels refused, not just that none answered', () => {
    const auth: SentinelAnswer = { kind: 'silent', trouble: definitive('sentinel-auth', 'x') };
    expect(decide({ answers: [silent, auth] })).toMatchObject({ kind: 'wait', trouble: { reason: 'sentinel-auth' } });
  });
  it('waits without a verdict while a sentinel has not been heard yet', () => {
    expect(decide({ answers: [unknown, { kind: 'pending' }] })).toMatchObject({ kind: 'wait', trouble: { definitive: false } });
  });
  it('says no-sentinel when none can be asked', () => {
    expect(decide({ answers: [silent, silent] })).toMatchObject({ kind: 'wait', trouble: { reason: 'no-sentinel' } });
  });
});

describe('P10: decideFailover with eagerFailover', () => {
  const promoted = (address: TcpAddress, agoMs: number): SentinelFacts['promotion'] => ({ address, atMs: 100_000 - agoMs });
  const old = [names(A), names(A), names(A)];

  it('moves to the chosen replica as soon as that is a primary, though every sentinel still names the old one', () => {
    expect(decide({ adopted: on(A), answers: old, promotion: promoted(B, 0) })).toEqual({ kind: 'move', candidates: [B] });
  });
  it('stays there until the sentinels have had the time to announce it', () => {
    expect(decide({ adopted: on(B), answers: old, promotion: promoted(B, 3999) })).toEqual({ kind: 'keep' });
    const facts = { adopted: on(B), answers: old, promotion: promoted(B, 1300), announcement: announced(A, B, 200) };
    expect(decide(facts)).toEqual({ kind: 'keep' });
  });
  it('goes back to the majority after four seconds without an announcement', () => {
    const facts = { adopted: on(B), answers: old, promotion: promoted(B, ANNOUNCEMENT_HOLDS_MS) };
    expect(decide(facts)).toEqual({ kind: 'move', candidates: [A] });
  });
  it('goes back at once when the failover was aborted, and the promotion with it withdrawn', () => {
    expect(decide({ adopted: on(B), answers: old })).toEqual({ kind: 'move', candidates: [A] });
  });
  it('follows what is announced later, and not what was announced before', () => {
    const facts = { adopted: on(B), answers: old, promotion: promoted(B, 1000) };
    expect(decide({ ...facts, announcement: announced(B, A, 500) })).toEqual({ kind: 'move', candidates: [A] });
    expect(decide({ ...facts, announcement: announced(B, A, 1500) })).toEqual({ kind: 'keep' });
  });
  it('tries it first when there is no connection', () => {
    const decision = decide({ adopted: on(A, false), answers: old, promotion: promoted(B, 10) });
    expect(decision).toEqual({ kind: 'move', candidates: [B, A] });
  });
});
