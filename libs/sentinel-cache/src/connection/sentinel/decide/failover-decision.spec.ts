import { describe, expect, it } from '@jest/globals';

import { ANNOUNCEMENT_HOLDS_MS, decideFailover, LEAST_BETWEEN_SWAPS_MS } from './failover-decision.js';
import type { Announcement, SentinelAnswer, FailoverFacts, SentinelReport } from './failover-facts.js';
import { permanent, transient } from '../../wire/diagnosis.js';
import type { TcpAddress } from '../../../settings/shapes/resolved-connection.js';

const A: TcpAddress = { host: '10.0.0.1', port: 6379 };
const B: TcpAddress = { host: '10.0.0.2', port: 6379 };
const C: TcpAddress = { host: '10.0.0.3', port: 6379 };
/** Nobody but a liar has ever named it. */
const EVIL: TcpAddress = { host: '6.6.6.6', port: 6379 };

const names = (address: TcpAddress, epoch: number | null = 1, otherSentinels: number | null = 2): SentinelAnswer => ({
  kind: 'address',
  address,
  epoch,
  otherSentinels,
});
const unknown: SentinelAnswer = { kind: 'unknown-master' };
const silent: SentinelAnswer = { kind: 'silent', diagnosis: transient('no-sentinel', 'sentinel s can not be reached.') };

const pending: SentinelAnswer = { kind: 'pending' };
const spokeOf = (address: TcpAddress, agoMs = 0): SentinelAnswer => ({
  kind: 'silent',
  diagnosis: transient('no-sentinel', 'x'),
  last: { address, atMs: 100_000 - agoMs },
});

/** One of LOCATION's, with the replicas that it lists. */
const report = (answer: SentinelAnswer, ...replicas: TcpAddress[]): SentinelReport => ({ inLocation: true, answer, replicas });
const found = (answer: SentinelAnswer, ...replicas: TcpAddress[]): SentinelReport => ({ inLocation: false, answer, replicas });

interface Facts extends Partial<FailoverFacts> {
  /** LOCATION's answers, each by one that lists A, B and C among its nodes. */
  readonly answers?: readonly SentinelAnswer[];
  readonly announcement?: Announcement;
}

function decide({ answers = [], announcement, ...facts }: Facts): ReturnType<typeof decideFailover> {
  return decideFailover({
    masterName: 'mymaster',
    reports: answers.map((answer) => report(answer, A, B, C)),
    announcements: announcement ? [announcement] : [],
    mayWait: false,
    demoted: [],
    promotion: undefined,
    adopted: undefined,
    minOtherSentinels: 0,
    nowMs: 100_000,
    ...facts,
  });
}
const on = (address: TcpAddress, connected = true): FailoverFacts['adopted'] => ({
  address,
  atMs: 0,
  connected,
  swappedAtMs: null,
});
const announced = (from: TcpAddress, to: TcpAddress, agoMs: number, isConfirmed = false): Announcement => ({
  from,
  to,
  atMs: 100_000 - agoMs,
  isConfirmed,
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
    const news = { announcement: announced(A, B, 0), answers: [names(A)] };
    expect(decide({ adopted: swapped(100), ...news })).toEqual({ kind: 'keep', againInMs: LEAST_BETWEEN_SWAPS_MS - 100 });
    expect(decide({ adopted: swapped(LEAST_BETWEEN_SWAPS_MS), ...news })).toEqual({ kind: 'move', candidates: [B] });
    expect(decide({ adopted: { ...swapped(100), connected: false }, ...news })).toMatchObject({ kind: 'move' });
  });
  it('fault 13: goes by the majority as soon as that has confirmed the move before: a third move may lead back', () => {
    const answers = [names(A, 3), names(A, 3), names(B, 2)];
    const facts = { adopted: on(B), answers };
    expect(decide({ ...facts, announcement: announced(A, B, 1200, true) })).toEqual({ kind: 'move', candidates: [A] });
    expect(decide({ ...facts, announcement: announced(A, B, 1200) })).toEqual({ kind: 'keep' });
  });
  it('fault 17: after a confirmed move no sentinel that flaps leads back, helped by one that has not heard of it', () => {
    const facts = { adopted: on(B), announcement: announced(A, B, 900, true) };
    const [slow, informed, flapping] = [
      { ...report(names(A), A, B, C), sinceMs: 50_000 },
      { ...report(names(B), A, B, C), sinceMs: 99_100 },
      { ...report(names(A), A, B, C), sinceMs: 99_500 },
    ] as const;
    expect(decide({ ...facts, reports: [slow, informed, flapping] })).toEqual({ kind: 'keep' });
    expect(decide({ ...facts, reports: [slow, report(silent, A, B, C), flapping] })).toEqual({ kind: 'keep' });
    expect(decide({ ...facts, reports: [flapping, informed, flapping] })).toEqual({ kind: 'move', candidates: [A] });
  });
  it('fault 17: who named the new primary before it was announced, has heard of it', () => {
    const named = { ...report(names(B), A, B, C), sinceMs: 50_000 };
    const facts = { adopted: on(A), announcement: announced(A, B, 900, true) };
    expect(decide({ ...facts, reports: [named, named, report(names(A), A, B, C)] })).toEqual({ kind: 'move', candidates: [B] });
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
  it('tries what sentinels named before they fell silent, for ten seconds', () => {
    const answers = [spokeOf(B), spokeOf(B), silent];
    expect(decide({ adopted: on(A, false), answers })).toEqual({ kind: 'move', candidates: [B, A] });
    expect(decide({ answers: [spokeOf(B, 10_000), silent] })).toMatchObject({ kind: 'wait' });
    expect(decide({ reports: [spokeOf(EVIL), silent, silent].map((answer) => report(answer)) })).toMatchObject({ kind: 'wait' });
  });
  it('C-56: ignores a sentinel that knows fewer others than min_other_sentinels', () => {
    expect(decide({ answers: [names(A, 1, 0), names(B, 1, 2)], minOtherSentinels: 1 })).toEqual({
      kind: 'move',
      candidates: [B],
    });
    expect(decide({ answers: [names(A, 1, 0)], minOtherSentinels: 1 })).toMatchObject({
      kind: 'wait',
      diagnosis: { reason: 'no-primary' },
    });
  });
  it('fault 21: says unknown-master when those who answer do not know the name', () => {
    expect(decide({ answers: [unknown, silent, unknown] })).toMatchObject({
      kind: 'wait',
      diagnosis: { reason: 'unknown-master', permanent: true },
    });
  });
  it('fault 22: says what the sentinels refused, not just that none answered', () => {
    const auth: SentinelAnswer = { kind: 'silent', diagnosis: permanent('sentinel-auth', 'x') };
    expect(decide({ answers: [silent, auth] })).toMatchObject({ kind: 'wait', diagnosis: { reason: 'sentinel-auth' } });
  });
  it('waits without a verdict while a sentinel has not been heard yet', () => {
    expect(decide({ answers: [unknown, { kind: 'pending' }] })).toMatchObject({ kind: 'wait', diagnosis: { permanent: false } });
  });
  it('says no-sentinel when none can be asked', () => {
    expect(decide({ answers: [silent, silent] })).toMatchObject({ kind: 'wait', diagnosis: { reason: 'no-sentinel' } });
  });
});

describe('P10: decideFailover with eagerFailover', () => {
  const promoted = (address: TcpAddress, agoMs: number): FailoverFacts['promotion'] => ({ address, atMs: 100_000 - agoMs });
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
    expect(decide({ ...facts, answers: [names(C), names(C), names(A)], announcement: announced(B, C, 500, true) })).toEqual({
      kind: 'move',
      candidates: [C],
    });
  });
  it('tries it first when there is no connection', () => {
    const decision = decide({ adopted: on(A, false), answers: old, promotion: promoted(B, 10) });
    expect(decision).toEqual({ kind: 'move', candidates: [B, A] });
  });
});

describe('decideFailover, connected, beside a sentinel that lies', () => {
  const honest = report(names(A), B, C);
  const liar = report(names(EVIL, 99), EVIL);
  const connected = { adopted: on(A) };

  it.each([
    ['one of three', [honest, honest, liar]],
    ['one of two', [honest, liar]],
    ['alone, the other two silent', [report(spokeOf(A), B, C), report(spokeOf(A), B, C), liar]],
    ['alone, the other two never heard', [report(silent), report(silent), liar]],
    [
      'with inventions that vote',
      [report(spokeOf(A), B, C), report(spokeOf(A), B, C), liar, ...Array(13).fill(found(names(EVIL), EVIL))],
    ],
  ])('%s: names, announces and sees promoted whom it likes, and moves nobody', (_who, reports) => {
    expect(decide({ ...connected, reports })).toEqual({ kind: 'keep' });
    expect(decide({ ...connected, reports, announcement: announced(A, EVIL, 0) })).toEqual({ kind: 'keep' });
    expect(decide({ ...connected, reports, promotion: { address: EVIL, atMs: 100_000 } })).toEqual({ kind: 'keep' });
  });
  it('what it announces does not drown what an honest one announced before', () => {
    const announcements = [announced(A, B, 20), announced(A, EVIL, 10), announced(A, EVIL, 0)];
    expect(decide({ ...connected, reports: [honest, honest, liar], announcements })).toEqual({ kind: 'move', candidates: [B] });
  });
  it('most of LOCATION is enough, whatever inventions say', () => {
    const moved = report(names(B), A, C);
    const reports = [moved, moved, liar, ...Array(13).fill(found(names(A)))];
    expect(decide({ ...connected, reports })).toEqual({ kind: 'move', candidates: [B] });
  });
  it.each([
    ['a replica that most have listed', [report(names(B)), report(spokeOf(A), B), report(spokeOf(A), B)], 'move'],
    ['a replica that one has listed', [report(names(B)), report(spokeOf(A), B), report(spokeOf(A))], 'move'],
    ['a node that none but itself has named', [report(names(B)), report(spokeOf(A)), report(spokeOf(A))], 'keep'],
    ['a replica, against another one', [report(names(B)), report(names(A), B), report(spokeOf(A), B)], 'keep'],
  ])('a lone sentinel of three that answers moves it to a known node only: %s', (_what, reports, kind) => {
    expect(decide({ ...connected, reports })).toMatchObject({ kind });
  });
  it('LOCATION of one: its word, and those it found after it fell silent', () => {
    expect(decide({ ...connected, reports: [report(names(EVIL))] })).toMatchObject({ kind: 'move' });
    const others = [found(names(B)), found(names(B))];
    expect(decide({ ...connected, reports: [report(spokeOf(A), B), ...others] })).toEqual({ kind: 'move', candidates: [B] });
    expect(decide({ ...connected, reports: [report(spokeOf(A)), ...others] })).toEqual({ kind: 'keep' });
  });
  it('LOCATION of two: both, or one of them and what both have listed', () => {
    expect(decide({ ...connected, reports: [report(names(B)), report(names(B))] })).toMatchObject({ kind: 'move' });
    expect(decide({ ...connected, reports: [report(names(B)), report(silent)] })).toEqual({ kind: 'keep' });
    expect(decide({ ...connected, reports: [report(names(B)), report(spokeOf(A), B)] })).toMatchObject({ kind: 'move' });
  });
});

describe('decideFailover, not connected, beside a sentinel that lies', () => {
  const honest = report(names(A), B, C);
  const liar = report(names(EVIL, 99), EVIL);
  const nobody = { kind: 'wait', diagnosis: { reason: 'no-primary', permanent: false } };

  it.each([
    ['the first of three to answer', [liar, report(pending), report(pending)], undefined],
    ['the first of two to answer', [liar, report(pending)], undefined],
    ['one of two', [liar, honest], undefined],
    ['one of three', [liar, honest, honest], [A]],
    ['one of three, another silent', [liar, honest, report(silent)], undefined],
    [
      'with inventions that vote, all of LOCATION answering',
      [liar, honest, report(silent), ...Array(5).fill(found(names(EVIL)))],
      undefined,
    ],
    ['with inventions beside two honest ones', [liar, honest, honest, ...Array(13).fill(found(names(EVIL)))], [A]],
  ])('%s: is not tried', (_who, reports, candidates) => {
    const decision = decide({ reports, mayWait: true });
    if (candidates) expect(decision).toEqual({ kind: 'move', candidates });
    else expect(decision).toMatchObject(nobody);
  });
  it('the first two of three that agree are enough, hung ones are not waited for for ever, and then one alone is', () => {
    const first = report(names(A));
    expect(decide({ reports: [first, first, report(pending)], mayWait: true })).toEqual({ kind: 'move', candidates: [A] });
    expect(decide({ reports: [first, report(pending), report(pending)], mayWait: true })).toMatchObject(nobody);
    expect(decide({ reports: [first, report(pending), report(pending)] })).toEqual({ kind: 'move', candidates: [A] });
    expect(decide({ reports: [first, report(silent), report(silent)], mayWait: true })).toEqual({
      kind: 'move',
      candidates: [A],
    });
  });
  it('an only sentinel, and one of those that do not know the master, is enough', () => {
    expect(decide({ reports: [report(names(A))], mayWait: true })).toEqual({ kind: 'move', candidates: [A] });
    expect(decide({ reports: [report(names(A)), report(unknown)], mayWait: true })).toEqual({ kind: 'move', candidates: [A] });
  });
  it('a lone sentinel that names an unknown node is tried after all that is known', () => {
    const reports = [liar, report(spokeOf(A), B), report(spokeOf(A), B)];
    const announcement = announced(A, B, 0);
    expect(decide({ reports, announcement, adopted: on(C, false) })).toEqual({ kind: 'move', candidates: [B, A, C, EVIL] });
  });
  it('an announced node that is not known waits for most of them', () => {
    const announcement = announced(A, EVIL, 0);
    expect(decide({ reports: [honest, honest, liar], announcement })).toEqual({ kind: 'move', candidates: [A] });
  });
  it('with most of LOCATION gone the others that are watched outvote the one that is left', () => {
    const reports = [liar, report(silent), report(silent), found(names(A)), found(names(A))];
    expect(decide({ reports })).toEqual({ kind: 'move', candidates: [A] });
    expect(decide({ reports: [report(silent), found(names(A)), found(names(A))] })).toEqual({ kind: 'move', candidates: [A] });
  });
  it('two that disagree about known nodes: both are tried, each has to prove itself', () => {
    expect(decide({ reports: [report(names(A), B), report(names(B, 2), A)] })).toEqual({ kind: 'move', candidates: [B, A] });
  });
  it('fault 9: one that goes on naming a demoted node counts no longer, unless most do', () => {
    const stale = report(names(B));
    const facts = { demoted: [B] };
    const [a, gone] = [report(names(A)), report(silent)];
    expect(decide({ ...facts, reports: [stale, a, gone, gone] })).toEqual({ kind: 'move', candidates: [A] });
    expect(decide({ ...facts, reports: [stale, stale, liar] })).toEqual({ kind: 'move', candidates: [B] });
  });
  it('says who is named when they disagree', () => {
    const decision = decide({ reports: [liar, honest] });
    expect(decision).toMatchObject({ diagnosis: { message: expect.stringContaining('6.6.6.6:6379 (1), 10.0.0.1:6379 (1)') } });
  });
});
