import { describe, expect, it } from '@jest/globals';

import type { SentinelAnswer, TcpAddress } from './sentinel-facts.js';
import type { ListedSentinel } from './sentinel-reply.js';
import { FORGOTTEN_AFTER_MS, MOST_SENTINELS, planSentinels, votingSentinels, type WatchedSentinel } from './sentinel-roster.js';
import { passing } from './trouble.js';

const at = (n: number): TcpAddress => ({ host: `10.0.0.${n}`, port: 26379 });
const answers: SentinelAnswer = { kind: 'address', address: { host: '10.0.1.1', port: 6379 }, epoch: 1, otherSentinels: 2 };
const silent: SentinelAnswer = { kind: 'silent', trouble: passing('no-sentinel', 'x') };
const spokeBefore: SentinelAnswer = { ...silent, last: { address: { host: '10.0.1.1', port: 6379 }, atMs: 0 } };
const stranger: SentinelAnswer = { kind: 'unknown-master' };

const listed = (n: number, id = `id${n}`, up = true): ListedSentinel => ({ address: at(n), id, up });
const seed = (n: number, facts: Partial<WatchedSentinel> = {}): WatchedSentinel => ({
  address: at(n),
  id: `id${n}`,
  remote: at(n),
  answer: answers,
  seenAtMs: 0,
  ...facts,
});
const discovered = (n: number, facts: Partial<WatchedSentinel> = {}): WatchedSentinel =>
  seed(n, { listedAs: listed(n), ...facts });
const down = { remote: null, answer: silent };

function plan(facts: Partial<Parameters<typeof planSentinels>[0]>) {
  const { open, close } = planSentinels({ watched: [], listed: [], strangers: new Map(), nowMs: FORGOTTEN_AFTER_MS, ...facts });
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
    const balanced = seed(1, { address: { host: 'sentinels.example', port: 26379 }, remote: at(50) });
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
    expect(plan({ watched: [seed(1), discovered(2, down), back], listed: [moved] }).close).toEqual(['10.0.0.2']);
  });
  it('closes one at an address that now belongs to another deployment: another id, or a master it does not know', () => {
    expect(plan({ watched: [seed(1), discovered(2, { id: 'other' })] }).close).toEqual(['10.0.0.2']);
    expect(plan({ watched: [seed(1), discovered(2, { answer: stranger })] }).close).toEqual(['10.0.0.2']);
  });
  it('leaves that address alone for a minute', () => {
    const strangers = new Map([['10.0.0.2:26379', 1000]]);
    expect(plan({ watched: [seed(1)], listed: [listed(2)], strangers })).toEqual(nothing);
    expect(plan({ watched: [seed(1)], listed: [listed(2)], strangers, nowMs: 1000 + FORGOTTEN_AFTER_MS }).open).toHaveLength(1);
  });
  it('closes the discovered one when a sentinel of the settings turns out to be the same', () => {
    const named = seed(1, { address: { host: 'sentinel-1.example', port: 26379 } });
    expect(plan({ watched: [named, discovered(1)] }).close).toEqual(['10.0.0.1']);
    expect(plan({ watched: [{ ...named, ...down }, discovered(1)] })).toEqual(nothing);
  });
});

describe('fault 27: votingSentinels', () => {
  const hosts = (watched: WatchedSentinel[]) => votingSentinels(watched).map(({ address }) => address.host);

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
