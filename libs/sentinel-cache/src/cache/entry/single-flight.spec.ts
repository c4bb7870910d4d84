import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { SingleFlight, type FlightResult } from './single-flight.js';

const WAIT_LIMIT_MS = 30_000;
const never = (): Promise<string> => new Promise(() => undefined);

describe('SingleFlight', () => {
  let shared: string[];
  let flights: SingleFlight<string>;
  beforeEach(() => {
    jest.useFakeTimers();
    shared = [];
    flights = new SingleFlight({ waitLimitMs: WAIT_LIMIT_MS, mostWaiting: 5, onShared: (outcome) => void shared.push(outcome) });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('does the work once for all who come meanwhile; prepares the outcome when others get it, too', async () => {
    let runs = 0;
    const work = async (): Promise<string> => `made ${(runs += 1)}`;
    const results = await Promise.all([1, 2, 3].map(() => flights.run('k', work)));
    expect(results).toEqual([
      { how: 'ran', outcome: 'made 1' },
      { how: 'shared', outcome: 'made 1' },
      { how: 'shared', outcome: 'made 1' },
    ]);
    expect(shared).toEqual(['made 1']);
    expect(await flights.run('k', work)).toEqual({ how: 'ran', outcome: 'made 2' });
    expect([shared, flights.has('k'), jest.getTimerCount()]).toEqual([['made 1'], false, 0]);
  });

  it('an error is everybody´s, and ends it', async () => {
    const work = (): Promise<string> => Promise.reject(new Error('no'));
    const outcomes = await Promise.allSettled([1, 2].map(() => flights.run('k', work)));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await flights.run('k', async () => 'again')).toMatchObject({ how: 'ran' });
  });

  it('work that never ends holds others for as long as they are patient; one of them works then, and nobody waits for a third', async () => {
    void flights.run('k', never);
    const works = [never, async () => 'second', async () => 'third'];
    const [stuck, ...others] = works.map((work) => flights.run('k', work));
    await jest.advanceTimersByTimeAsync(WAIT_LIMIT_MS - 1);
    expect(flights.has('k')).toBe(true);
    await jest.advanceTimersByTimeAsync(2);
    // `stuck` leads now, and hangs, too.
    const late = flights.run('k', async () => 'late');
    await jest.advanceTimersByTimeAsync(WAIT_LIMIT_MS + 1);
    expect(await Promise.all([...others, late])).toEqual([
      { how: 'ran', outcome: 'second' },
      { how: 'overdue' },
      { how: 'shared', outcome: 'second' },
    ]);
    let settled: FlightResult<string> | undefined;
    void stuck!.then((results) => (settled = results));
    await jest.advanceTimersByTimeAsync(WAIT_LIMIT_MS * 10);
    expect([settled, jest.getTimerCount()]).toEqual([undefined, 0]);
  });

  it('when the first hangs and the second does not, all who waited get what the second makes', async () => {
    void flights.run('k', never);
    const others = [1, 2, 3].map((number) => flights.run('k', async () => `of ${number}`));
    await jest.advanceTimersByTimeAsync(WAIT_LIMIT_MS + 1);
    expect((await Promise.all(others)).map((results) => 'outcome' in results && results.outcome)).toEqual([
      'of 1',
      'of 1',
      'of 1',
    ]);
  });

  it('work that ends late gives its own caller what it made, and disturbs nobody', async () => {
    let end!: (outcome: string) => void;
    const slow = flights.run('k', () => new Promise((resolve) => (end = resolve)));
    const waited = flights.run('k', never);
    await jest.advanceTimersByTimeAsync(WAIT_LIMIT_MS + 1);
    end('late');
    expect(await slow).toEqual({ how: 'ran', outcome: 'late' });
    expect(flights.has('k')).toBe(true);
    void waited;
  });

  it('a stall of this process does not use up the time: who comes after it waits with the others', async () => {
    void flights.run('k', never);
    const waiting = flights.run('k', never);
    // The clock has moved on, and no timer has fired yet.
    const now = performance.now();
    jest.spyOn(performance, 'now').mockReturnValue(now + 2 * WAIT_LIMIT_MS);
    expect(flights.has('k')).toBe(true);
    jest.restoreAllMocks();
    void waiting;
  });

  it('a bounded number waits, for all keys together', async () => {
    void flights.run('a', never);
    void flights.run('b', never);
    const waiting = [1, 2, 3, 4, 5].map((number) => flights.run(number % 2 ? 'a' : 'b', never));
    expect(await flights.run('a', never)).toEqual({ how: 'too-many-wait' });
    expect(await flights.run('c', async () => 'free')).toEqual({ how: 'ran', outcome: 'free' });
    await jest.advanceTimersByTimeAsync(WAIT_LIMIT_MS + 1);
    expect(await flights.run('c', async () => 'free')).toEqual({ how: 'ran', outcome: 'free' });
    await jest.advanceTimersByTimeAsync(WAIT_LIMIT_MS + 1);
    expect(await waiting.at(-1)).toEqual({ how: 'overdue' });
  });

  it('work that asks for its own key does its own', async () => {
    const results = await flights.run('k', async () => {
      const inner = await flights.run('k', async () => 'inner');
      return `outer of ${'outcome' in inner && inner.outcome}`;
    });
    expect(results).toEqual({ how: 'ran', outcome: 'outer of inner' });
  });
});
