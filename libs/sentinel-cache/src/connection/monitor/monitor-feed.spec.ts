import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import { describe, expect, it, jest } from '@jest/globals';

import type { MonitorEvent } from '../../telemetry/monitor-event.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { MonitorFeed } from './monitor-feed.js';
import { readSentinelEvent } from '../sentinel/observe/sentinel-event.js';

const SENTINELS = ['s1:1', 's2:1', 's3:1'];
const PRIMARY = 'master mymaster 10.0.0.1 6379';
const CHOSEN = 'slave 10.0.0.2:6379 10.0.0.2 6379 @ mymaster 10.0.0.1 6379';
const OLD = 'slave 10.0.0.1:6379 10.0.0.1 6379 @ mymaster 10.0.0.2 6379';
const SWITCH = 'mymaster 10.0.0.1 6379 10.0.0.2 6379';

/** What three sentinels said after a kill, as recorded: milliseconds, sentinel, channel, message. */
const FAILOVER: readonly (readonly [number, number, string, string])[] = [
  [0, 2, '+sdown', PRIMARY],
  [156, 0, '+sdown', PRIMARY],
  [231, 1, '+sdown', PRIMARY],
  [259, 0, '+odown', `${PRIMARY} #quorum 2/2`],
  [259, 0, '+try-failover', PRIMARY],
  [314, 1, '+odown', `${PRIMARY} #quorum 3/2`],
  [336, 0, '+elected-leader', PRIMARY],
  [420, 0, '+selected-slave', CHOSEN],
  [1121, 2, '+odown', `${PRIMARY} #quorum 3/2`],
  [1412, 0, '+promoted-slave', CHOSEN],
  [1497, 1, '+switch-master', SWITCH],
  [1497, 1, '+slave', OLD],
  [1497, 2, '+switch-master', SWITCH],
  [1497, 2, '+slave', OLD],
  [2129, 1, '+sdown', OLD],
  [2132, 2, '+sdown', OLD],
  [2379, 0, '-odown', PRIMARY],
  [2534, 0, '+failover-end', PRIMARY],
  [2534, 0, '+switch-master', SWITCH],
  [2534, 0, '+slave', OLD],
  [3174, 0, '+sdown', OLD],
];

function setUp() {
  const clock = new FakeClock();
  const feed = new MonitorFeed(clock);
  const events: MonitorEvent[] = [];
  feed.events$.subscribe((event) => events.push(event));
  const intakes = ['default', 'sessions'].map((alias) => feed.intake({ masterName: 'mymaster', aliases: () => [alias] }));
  const play = (clients = [0]): void => {
    let nowMs = 0;
    for (const [atMs, sentinel, channel, message] of FAILOVER) {
      clock.advance(atMs - nowMs);
      nowMs = atMs;
      const listener = { masterName: 'mymaster', sentinel: SENTINELS[sentinel]! };
      const fact = readSentinelEvent({ channel, message }, listener)!;
      for (const client of clients) intakes[client]!({ kind: 'sentinel-said', fact, sentinel: listener.sentinel });
    }
  };
  return { clock, feed, events, intakes, play };
}

const ONCE = [
  'node-unreachable',
  'primary-down-agreed',
  'failover-started',
  'failover-leader-elected',
  'replica-selected',
  'replica-promoted',
  'primary-changed',
  'replica-added',
  'node-unreachable',
  'primary-down-withdrawn',
  'failover-ended',
];

describe('MonitorFeed', () => {
  it('tells each fact of a failover once, in order, by the first of three sentinels', () => {
    const { events, play } = setUp();
    play();
    expect(events.map(({ type }) => type)).toEqual(ONCE);
    expect(events.find(({ type }) => type === 'primary-changed')).toMatchObject({ sentinel: 's2:1', masterName: 'mymaster' });
  });

  it('tells it once, too, when two clients hear the same sentinels', () => {
    const { events, play } = setUp();
    play([0, 1]);
    expect(events.map(({ type }) => type)).toEqual(ONCE);
  });

  it('tells the next failover anew', () => {
    const { clock, events, play } = setUp();
    play();
    clock.advance(60_000);
    play();
    expect(events.map(({ type }) => type)).toEqual([...ONCE, ...ONCE]);
  });

  it('two clients lose a sentinel once, but each its own connection', () => {
    const { events, intakes } = setUp();
    for (const take of intakes) {
      take({ kind: 'sentinel-lost', level: 'warn', message: 'm', sentinel: 's1:1' });
      take({ kind: 'up', level: 'info', message: 'm', address: '10.0.0.1:6379' });
    }
    expect(events.map(({ type }) => type)).toEqual(['sentinel-lost', 'connected', 'connected']);
  });

  it('a subscriber that throws harms neither the others nor the teller', () => {
    const { feed, events, play } = setUp();
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    feed.events$.subscribe(() => {
      throw new Error('oh');
    });
    play();
    expect(events).toHaveLength(ONCE.length);
    expect(warn.mock.calls).toEqual([['A subscriber of events$ threw: oh', 'SentinelCacheWarning']]);
    warn.mockRestore();
  });

  it('gives the state channel the same objects, and nobody can change them', () => {
    const { events, play } = setUp();
    const published: unknown[] = [];
    const listen = (message: unknown) => published.push(message);
    subscribe('nestjs-sentinel-cache:state', listen);
    play();
    unsubscribe('nestjs-sentinel-cache:state', listen);
    expect(published).toHaveLength(ONCE.length);
    published.forEach((event, i) => expect(event).toBe(events[i]));
    expect(events.every((event) => Object.isFrozen(event))).toBe(true);
  });

  it('is hot, without replay, and completes at close', () => {
    const { feed, play } = setUp();
    play();
    const late: unknown[] = [];
    let completed = 0;
    feed.events$.subscribe({ next: (event) => late.push(event), complete: () => (completed += 1) });
    feed.close();
    feed.events$.subscribe({ complete: () => (completed += 1) });
    expect([late, completed]).toEqual([[], 2]);
  });
});
