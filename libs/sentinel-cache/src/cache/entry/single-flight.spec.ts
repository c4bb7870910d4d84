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
      { how: 'shared', outcome: 'made 1', cameLater: false },
      { how: 'shared', outcome: 'made 1', cameLater: false },
    ]);
    expect(shared).toEqual(['made 1']);
    expect(await flights.run('k', work)).toEqual({ how: 'ran', outcome: 'made 2' });
    await jest.advanceTimersByTimeAsync(1);
    expect([shared, flights.has('k'), jest.getTimerCount()]).toEqual([['made 1'], false, 0]);
  });

  it('tells who came in a later turn of the event loop than the work began', async () => {
    let end!: (outcome: string) => void;
    const work = (): Promise<string> => new Promise((resolve) => (end = resolve));
    const calls = [flights.run('k', work), flights.run('k', work)];
    await jest.advanceTimersByTimeAsync(1);
    calls.push(flights.run('k', work));
    end('made');
    expect(await Promise.all(calls)).toMatchObject([{ how: 'ran' }, { cameLater: false }, { cameLater: true }]);
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
      { how: 'shared', outcome: 'second', cameLater: false },
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

  it('work that is let go holds nobody: who waits works by itself, and who comes later does not join it', async () => {
    let letGo!: () => void;
    let end!: (outcome: string) => void;
    const first = flights.run('k', (giveUp) => {
      letGo = giveUp;
      return new Promise((resolve) => (end = resolve));
    });
    const waiting = flights.run('k', async () => 'own');
    letGo();
    expect(flights.has('k')).toBe(false);
    let endLater!: () => void;
    const later = flights.run('k', () => new Promise((resolve) => (endLater = (): void => resolve('later'))));
    end('let go');
    await jest.advanceTimersByTimeAsync(0);
    endLater();
    expect(await Promise.all([first, waiting, later])).toEqual([
      { how: 'ran', outcome: 'let go' },
      { how: 'shared', outcome: 'later', cameLater: false },
      { how: 'ran', outcome: 'later' },
    ]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('who shortens the waiting of others uses up none of their patience', async () => {
    for (let i = 0; i < 4; i += 1) void flights.run('k', never, { limitMs: 10 });
    const patient = flights.run('k', async () => 'made at last');
    await jest.advanceTimersByTimeAsync(100);
    expect(await patient).toEqual({ how: 'ran', outcome: 'made at last' });
  });

  it('waits once for the same work, though a timer fires a little early', async () => {
    const quick = new SingleFlight<string>({ waitLimitMs: 30, mostWaiting: 5, onShared: () => undefined });
    void quick.run('k', never);
    let joined = 0;
    const result = quick.run('k', async () => 'own', { onJoin: () => (joined += 1) });
    const now = performance.now();
    const clock = jest.spyOn(performance, 'now').mockReturnValue(now + 29);
    await jest.advanceTimersByTimeAsync(40);
    expect([await result, joined]).toEqual([{ how: 'ran', outcome: 'own' }, 1]);
    clock.mockRestore();
  });

  it('who lets others wait long makes only those wait who are patient', async () => {
    const joined: string[] = [];
    const long = { limitMs: 10 * WAIT_LIMIT_MS, isPatient: true };
    void flights.run('k', never, long);
    const patient = flights.run('k', never, { ...long, onJoin: () => void joined.push('patient') });
    const [plain, another] = [1, 2].map((number) =>
      flights.run('k', async () => `of ${number}`, { onJoin: () => void joined.push(`${number}`) }),
    );
    await jest.advanceTimersByTimeAsync(WAIT_LIMIT_MS + 1);
    expect([await plain, await another]).toEqual([
      { how: 'ran', outcome: 'of 1' },
      { how: 'shared', outcome: 'of 1', cameLater: false },
    ]);
    expect(joined).toEqual(['patient', '1', '2', '2']);
    let settled = false;
    void patient.then(() => (settled = true));
    await jest.advanceTimersByTimeAsync(WAIT_LIMIT_MS);
    expect(settled).toBe(false);
    await jest.advanceTimersByTimeAsync(8 * WAIT_LIMIT_MS);
    await jest.advanceTimersByTimeAsync(1);
    expect(jest.getTimerCount()).toBe(0);
  });
});
