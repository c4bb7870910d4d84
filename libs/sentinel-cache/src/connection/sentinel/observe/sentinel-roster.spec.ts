import { describe, expect, it } from '@jest/globals';

import type { SentinelAnswer } from '../decide/failover-facts.js';
import type { ListedSentinel } from './sentinel-reply.js';
import {
  FORGOTTEN_AFTER_MS,
  LOCATION_LOST_AFTER_MS,
  MOST_SENTINELS,
  planSentinels,
  trustedSentinels,
  type WatchedSentinel,
} from './sentinel-roster.js';
import { transient } from '../../wire/diagnosis.js';
import type { TcpAddress } from '../../../settings/shapes/resolved-connection.js';

const at = (n: number): TcpAddress => ({ host: `10.0.0.${n}`, port: 26379 });
const answers: SentinelAnswer = { kind: 'address', address: { host: '10.0.1.1', port: 6379 }, epoch: 1, otherSentinels: 2 };
const silent: SentinelAnswer = { kind: 'silent', diagnosis: transient('no-sentinel', 'x') };
const spokeBefore: SentinelAnswer = { ...silent, last: { address: { host: '10.0.1.1', port: 6379 }, atMs: 0 } };
const stranger: SentinelAnswer = { kind: 'unknown-master' };

const listed = (n: number, id = `id${n}`, up = true): ListedSentinel => ({ address: at(n), id, up });
const seed = (n: number, facts: Partial<WatchedSentinel> = {}): WatchedSentinel => ({
  address: at(n),
  id: `id${n}`,
  remote: at(n),
  answer: answers,
  listing: { sentinels: [] },
  seenAtMs: 0,
  ...facts,
});
const discovered = (n: number, facts: Partial<WatchedSentinel> = {}): WatchedSentinel =>
  seed(n, { listedAs: listed(n), ...facts });
const down = { remote: null, answer: silent };

/** A sentinel of LOCATION that lists these. */
const lists = (n: number, ...sentinels: ListedSentinel[]): WatchedSentinel => seed(n, { listing: { sentinels } });

interface Facts extends Partial<Parameters<typeof planSentinels>[0]> {
  /** What all of LOCATION's list, beside the discovered ones that are watched. */
  readonly listed?: readonly ListedSentinel[];
}

/**
 * What LOCATION's list where a case says nothing else: everybody who is watched, as a sentinel that does not
 * answer.
 */
function listing(watched: readonly WatchedSentinel[], listed: readonly ListedSentinel[]): WatchedSentinel[] {
  const known = watched.flatMap(({ listedAs }) => (listedAs ? [{ ...listedAs, up: false }] : []));
  return watched.map((one) =>
    one.listedAs || one.listing.sentinels.length ? one : { ...one, listing: { sentinels: [...listed, ...known] } },
  );
}

function plan({ watched = [], listed = [], ...facts }: Facts) {
  const all = listing(watched, listed);
  const { open, close } = planSentinels({ watched: all, unrelated: new Map(), nowMs: FORGOTTEN_AFTER_MS, ...facts });
  return { open: open.map(({ address }) => address.host), close: close.map(({ address }) => address.host) };
}
const nothing = { open: [], close: [] };

describe('fault 27: planSentinels', () => {
  it('watches those that the sentinels name, each once', () => {
    expect(plan({ watched: [seed(1)], listed: [listed(2), listed(3), listed(2)] })).toEqual({
      open: ['10.0.0.2', '10.0.0.3'],
      close: [],
    });
  });
  it('does not watch one that does not answer the others, or has no id yet', () => {
    expect(plan({ watched: [seed(1)], listed: [listed(2, 'id2', false), listed(3, '')] })).toEqual(nothing);
  });
  it('knows a sentinel of the settings again by its id, whatever name the settings call it', () => {
    const named = seed(1, { address: { host: 'sentinel-1.example', port: 26379 } });
    expect(plan({ watched: [named], listed: [listed(1)] })).toEqual(nothing);
    expect(plan({ watched: [{ ...named, remote: at(99) }], listed: [listed(1)] })).toEqual(nothing);
  });
  it('knows it by where its socket leads when it may not tell its id', () => {
    const named = seed(1, { address: { host: 'sentinel-1.example', port: 26379 }, id: null });
    expect(plan({ watched: [named], listed: [listed(1)] })).toEqual(nothing);
  });
  it('behind a balanced address the other sentinels are opened by their own', () => {
    const balanced = seed(1, { address: { host: 'sentinels.example', port: 26379 }, remote: at(60) });
    expect(plan({ watched: [balanced], listed: [listed(2), listed(50)] }).open).toEqual(['10.0.0.2', '10.0.0.50']);
  });
  it('watches no more than the bound, and never closes one of the settings', () => {
    const many = Array.from({ length: 40 }, (_, i) => listed(i + 2));
    expect(plan({ watched: [seed(1)], listed: many }).open).toHaveLength(MOST_SENTINELS - 1);
    const seeds = Array.from({ length: 20 }, (_, i) => seed(i + 1, { seenAtMs: -1e9, ...down }));
    expect(plan({ watched: seeds, listed: [listed(90)] })).toEqual(nothing);
  });
  it('forgets one that nobody has seen for a minute, not sooner, and not while another lists it as answering', () => {
    const gone = discovered(2, down);
    expect(plan({ watched: [seed(1), gone], nowMs: FORGOTTEN_AFTER_MS - 1 })).toEqual(nothing);
    expect(plan({ watched: [seed(1), gone] }).close).toEqual(['10.0.0.2']);
    expect(plan({ watched: [seed(1), gone], listed: [listed(2, 'id2', false)] }).close).toEqual(['10.0.0.2']);
    expect(plan({ watched: [seed(1), gone], listed: [listed(2)] })).toEqual(nothing);
    expect(plan({ watched: [seed(1), discovered(2)] })).toEqual(nothing);
  });
  it('a sentinel that came back under another address is opened there at once, and its old address forgotten', () => {
    const moved = { ...listed(9), id: 'id2' };
    expect(plan({ watched: [seed(1), discovered(2, down)], listed: [moved], nowMs: 1000 })).toEqual({
      open: ['10.0.0.9'],
      close: [],
    });
    const back = discovered(9, { listedAs: moved, id: 'id2' });
    expect(plan({ watched: [lists(1, moved), discovered(2, down), back] }).close).toEqual(['10.0.0.2']);
  });
  it('closes one at an address that now belongs to another deployment: another id, or a master it does not know', () => {
    expect(plan({ watched: [seed(1), discovered(2, { id: 'other' })] }).close).toEqual(['10.0.0.2']);
    expect(plan({ watched: [seed(1), discovered(2, { answer: stranger })] }).close).toEqual(['10.0.0.2']);
  });
  it('does not open it again in the same round, though it is still listed there', () => {
    const other = discovered(2, { id: 'other' });
    expect(plan({ watched: [seed(1), other], listed: [listed(2)] })).toEqual({ open: [], close: ['10.0.0.2'] });
  });
  it('leaves that address alone for a minute', () => {
    const unrelated = new Map([['10.0.0.2:26379', 1000]]);
    expect(plan({ watched: [seed(1)], listed: [listed(2)], unrelated })).toEqual(nothing);
    expect(plan({ watched: [seed(1)], listed: [listed(2)], unrelated, nowMs: 1000 + FORGOTTEN_AFTER_MS }).open).toHaveLength(1);
  });
  it('closes the discovered one when a sentinel of the settings turns out to be the same', () => {
    const named = seed(1, { address: { host: 'sentinel-1.example', port: 26379 } });
    expect(plan({ watched: [named, discovered(1)] }).close).toEqual(['10.0.0.1']);
    expect(plan({ watched: [{ ...named, ...down }, discovered(1)] })).toEqual(nothing);
  });
});

describe('fault 27: trustedSentinels', () => {
  const hosts = (watched: WatchedSentinel[], nowMs = 0) =>
    trustedSentinels(listing(watched, []), nowMs).map(({ address }) => address.host);

  it('counts those of the settings whatever they say, so that a wrong name is told', () => {
    expect(hosts([seed(1), seed(2, down), seed(3, { answer: stranger })])).toHaveLength(3);
  });
  it('counts a discovered one only from its first answer on', () => {
    expect(hosts([seed(1), discovered(2, { answer: { kind: 'pending' }, remote: null })])).toEqual(['10.0.0.1']);
    expect(hosts([seed(1), discovered(2, down)])).toEqual(['10.0.0.1']);
    expect(hosts([seed(1), discovered(2)])).toEqual(['10.0.0.1', '10.0.0.2']);
    expect(hosts([seed(1), discovered(2, { answer: spokeBefore, remote: null })])).toEqual(['10.0.0.1', '10.0.0.2']);
  });
  it('does not count one of another deployment, even when that one knows a master of the same name', () => {
    expect(hosts([seed(1), discovered(2, { answer: stranger })])).toEqual(['10.0.0.1']);
    expect(hosts([seed(1), discovered(2, { id: 'other' })])).toEqual(['10.0.0.1']);
  });
  it('counts a sentinel once, whatever names it goes by', () => {
    const named = seed(1, { address: { host: 'sentinel-1.example', port: 26379 } });
    expect(hosts([named, discovered(1)])).toEqual(['sentinel-1.example']);
    expect(hosts([named, seed(1)])).toEqual(['sentinel-1.example']);
  });
});

describe('the sentinels of LOCATION beside one that lies', () => {
  const liar = (...sentinels: ListedSentinel[]) => lists(3, ...sentinels);
  const inventions = Array.from({ length: 40 }, (_, i) => listed(100 + i));
  const invented = inventions.map(({ id }, i) => discovered(100 + i, { id, listedAs: inventions[i]! }));
  const soon = 1000;

  it.each([
    ['1 of 1', [lists(1, listed(9))], true],
    ['1 of 2', [lists(1, listed(9)), lists(2, listed(8))], false],
    ['2 of 2', [lists(1, listed(9)), lists(2, listed(9))], true],
    ['1 of 3', [lists(1, listed(9)), lists(2), lists(3)], false],
    ['2 of 3, one silent', [lists(1, listed(9)), lists(2, listed(9)), seed(3, down)], true],
    ['2 of 4', [lists(1, listed(9)), lists(2, listed(9)), seed(3), seed(4)], false],
    ['2 of 3, by different ids', [lists(1, listed(9)), lists(2, listed(9, 'other')), lists(3)], false],
    ['2 of 3, at different addresses', [lists(1, listed(9)), lists(2, { ...listed(8), id: 'id9' }), lists(3)], false],
  ])('another one is opened, and votes, when most of LOCATION list it: %s', (_how, location, isIn) => {
    const { open } = planSentinels({ watched: location, unrelated: new Map(), nowMs: soon });
    expect(open.some(({ id }) => id === 'id9')).toBe(isIn);
    expect(trustedSentinels([...location, discovered(9)], soon)).toHaveLength(location.length + (isIn ? 1 : 0));
  });
  it('inventions are neither opened nor counted, and crowd nobody out', () => {
    const watched = [lists(1, listed(9)), lists(2, listed(9)), liar(...inventions)];
    expect(plan({ watched, nowMs: soon })).toEqual({ open: ['10.0.0.9'], close: [] });
    expect(trustedSentinels([...watched, ...invented], soon)).toHaveLength(3);
  });
  it('by calling itself like another one of LOCATION it does not silence it', () => {
    expect(trustedSentinels([seed(3, { id: 'id1' }), seed(1), seed(2)], soon)).toHaveLength(3);
  });
  it('by calling itself like one that was found it does not close it, nor keep it from being opened, nor get in twice', () => {
    const all = [listed(1), listed(2), listed(3), listed(9)];
    const watched = [lists(1, ...all), lists(2, ...all), { ...liar(), id: 'id9' }];
    expect(plan({ watched, nowMs: soon }).open).toEqual(['10.0.0.9']);
    expect(plan({ watched: [...watched, discovered(9)], nowMs: soon })).toEqual({ open: [], close: [] });
    expect(trustedSentinels([...watched, discovered(9)], soon)).toHaveLength(4);
  });
  it('one that most list no longer is closed', () => {
    const watched = [lists(1, listed(8)), lists(2, listed(8)), lists(3, listed(9)), discovered(9)];
    expect(plan({ watched, nowMs: soon })).toEqual({ open: ['10.0.0.8'], close: ['10.0.0.9'] });
  });

  describe('with most of LOCATION silent', () => {
    const gone = (n: number, ...sentinels: ListedSentinel[]) => ({ ...lists(n, ...sentinels), ...down });
    const left = (n: number, ...sentinels: ListedSentinel[]) => ({ ...lists(n, ...sentinels), seenAtMs: LOCATION_LOST_AFTER_MS });

    it('for a moment, nothing changes', () => {
      const watched = [gone(1), gone(2), left(3, ...inventions)];
      expect(plan({ watched, nowMs: LOCATION_LOST_AFTER_MS - 1 })).toEqual(nothing);
      expect(trustedSentinels([...watched, ...invented], LOCATION_LOST_AFTER_MS - 1)).toHaveLength(3);
    });
    it('for ten seconds, the one that is left brings in others', () => {
      const watched = [gone(1), gone(2), left(3, listed(9))];
      expect(plan({ watched, nowMs: LOCATION_LOST_AFTER_MS }).open).toEqual(['10.0.0.9']);
      expect(trustedSentinels([...watched, discovered(9)], LOCATION_LOST_AFTER_MS)).toHaveLength(4);
    });
    it('half of LOCATION is not too few, and of two that are left both have to list one', () => {
      expect(plan({ watched: [gone(1), left(2, listed(9))], nowMs: LOCATION_LOST_AFTER_MS })).toEqual(nothing);
      const watched = [gone(1), gone(2), gone(3), left(4, listed(9)), left(5, ...inventions)];
      expect(plan({ watched, nowMs: LOCATION_LOST_AFTER_MS })).toEqual(nothing);
    });
    it('those that most had listed before go on trusted', () => {
      const watched = [gone(1, listed(9)), gone(2, listed(9)), gone(3), discovered(9)];
      expect(plan({ watched, nowMs: LOCATION_LOST_AFTER_MS })).toEqual(nothing);
      expect(trustedSentinels(watched, LOCATION_LOST_AFTER_MS)).toHaveLength(4);
    });
    it('with none left, those that were found speak for each other', () => {
      const nine = discovered(9, { listing: { sentinels: [listed(8), listed(7)] } });
      const eight = discovered(8, { listing: { sentinels: [listed(9), listed(7)] } });
      const watched = [gone(1), gone(2), gone(3), nine, eight];
      expect(plan({ watched, nowMs: LOCATION_LOST_AFTER_MS })).toEqual({ open: ['10.0.0.7'], close: [] });
      expect(trustedSentinels(watched, LOCATION_LOST_AFTER_MS)).toHaveLength(5);
      expect(trustedSentinels([gone(1), nine], LOCATION_LOST_AFTER_MS)).toHaveLength(2);
    });
  });
});
