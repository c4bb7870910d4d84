import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { MemoryLeases } from '../../backends/memory/memory-leases.js';
import { MemoryStore } from '../../backends/memory/memory-store.js';
import type { LeaseStore } from '../../backends/port/lease-store.js';
import { SYSTEM_CLOCK } from '../../time/clock.js';
import type { LoadCall } from './loads.js';
import { takeTurn, type Turn, type TurnGoal } from './take-turn.js';

const MINUTE_MS = 60_000;
const GOAL: TurnGoal = { unlessLivesMs: undefined, isAnswer: () => false };

describe('takeTurn, while another one has the lease', () => {
  let entries: MemoryStore;
  let leases: MemoryLeases;
  let listeners: number;
  beforeEach(async () => {
    jest.useFakeTimers({ doNotFake: ['queueMicrotask'] });
    entries = new MemoryStore({ maxEntries: 100, cullFrequency: 3, clock: SYSTEM_CLOCK });
    leases = new MemoryLeases(entries);
    listeners = 0;
    await leases.claim('k', { token: 'theirs', ms: MINUTE_MS });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  /** `answered` is called between the answer of each claim and its arrival. */
  function take(answered: () => void, goal = GOAL, signal = new AbortController().signal): Promise<Turn> {
    const store: LeaseStore = Object.assign(Object.create(leases) as LeaseStore, {
      claim: async (...[key, request]: Parameters<LeaseStore['claim']>) => {
        const claim = await leases.claim(key, request);
        answered();
        // A message arrives before the answer does.
        for (let turns = 0; turns < 5; turns += 1) await Promise.resolve();
        return claim;
      },
      listen: (key: string, wake: () => void) => {
        listeners += 1;
        const unlisten = leases.listen(key, wake);
        return () => {
          listeners -= 1;
          unlisten();
        };
      },
    });
    const call = { backend: { leases: store }, space: { alias: 'default' }, key: 'k', plan: { leaseMs: MINUTE_MS }, calls: {} };
    return takeTurn(call as unknown as LoadCall<unknown>, goal, signal);
  }

  it('a message that comes while it asks is not lost', async () => {
    let claims = 0;
    const turn = take(() => {
      claims += 1;
      if (claims === 2) void leases.release('k', 'theirs');
    });
    let kind: string | undefined;
    void turn.then((taken) => (kind = taken.kind));
    // It has begun to listen, and asks again after a second.
    await jest.advanceTimersByTimeAsync(1000);
    await jest.advanceTimersByTimeAsync(1);
    expect([claims, kind]).toEqual([3, 'ours']);
  });

  it('a message that brings nothing ends one wait, and not the next one', async () => {
    let claims = 0;
    const turn = take(() => {
      claims += 1;
      // It would ask without a pause, and nothing else would run any more.
      if (claims > 10) throw new Error('asked again and again');
    });
    await jest.advanceTimersByTimeAsync(0);
    // Somebody else was quicker.
    void leases.release('k', 'theirs');
    void leases.claim('k', { token: 'of somebody else', ms: MINUTE_MS });
    await jest.advanceTimersByTimeAsync(999);
    expect(claims).toBe(2);
    await jest.advanceTimersByTimeAsync(1);
    expect(claims).toBe(3);
    await leases.release('k', 'of somebody else');
    expect((await turn).kind).toBe('ours');
  });

  it('an entry that is the answer is found, and the lease that came with it is given back', async () => {
    const turn = take(() => undefined, { ...GOAL, isAnswer: ({ bytes }) => String(bytes) === 'made' });
    await jest.advanceTimersByTimeAsync(0);
    entries.put('k', Buffer.from('made'), MINUTE_MS);
    await leases.release('k', 'theirs');
    expect(await turn).toMatchObject({ kind: 'found', entry: { bytes: Buffer.from('made') } });
    expect((await leases.claim('k', { token: 'next', ms: MINUTE_MS })).lease).toBe('ours');
  });

  it('gives back a lease that comes when all callers have aborted', async () => {
    await leases.release('k', 'theirs');
    const controller = new AbortController();
    const turn = take(() => controller.abort(), GOAL, controller.signal);
    await expect(turn).rejects.toMatchObject({ reason: 'aborted' });
    expect((await leases.claim('k', { token: 'next', ms: MINUTE_MS })).lease).toBe('ours');
  });

  it('listens once, however often it asks, and no longer than it waits', async () => {
    const turn = take(() => undefined);
    await jest.advanceTimersByTimeAsync(5500);
    expect(listeners).toBe(1);
    await leases.release('k', 'theirs');
    await jest.advanceTimersByTimeAsync(0);
    expect((await turn).kind).toBe('ours');
    expect([listeners, jest.getTimerCount()]).toEqual([0, 0]);
  });
});
