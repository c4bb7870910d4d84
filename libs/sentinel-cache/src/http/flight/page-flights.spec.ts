import { afterEach, describe, expect, it, jest } from '@jest/globals';

import { PageFlights, type Flight, type FlightOutcome } from './page-flights.js';

const lead = (flights: PageFlights, key: string): Flight => {
  const joined = flights.join(key, []);
  if (joined.role !== 'leader') throw new Error(joined.role);
  return joined.flight;
};

const wait = (flights: PageFlights, key: string): Promise<FlightOutcome> => {
  const joined = flights.join(key, []);
  if (joined.role !== 'waiter') throw new Error(joined.role);
  return joined.outcome;
};

afterEach(() => void jest.useRealTimers());

describe('PageFlights', () => {
  it('the first leads, and those who come before the end share what came of it', async () => {
    const flights = new PageFlights();
    const flight = lead(flights, 'a');
    const early = wait(flights, 'a');
    flight.settle({ kind: 'error', error: 1 });
    const late = wait(flights, 'a');
    flight.end();
    expect(await Promise.all([early, late])).toEqual([
      { kind: 'error', error: 1 },
      { kind: 'error', error: 1 },
    ]);
    expect(flights.join('a', []).role).toBe('leader');
    expect(flights.join('b', []).role).toBe('leader');
  });

  it('who waits for a stream runs a second later, now or when it comes, and a page that ends in time is shared', async () => {
    jest.useFakeTimers();
    try {
      const flights = new PageFlights();
      const [slow, fast] = [lead(flights, 'slow'), lead(flights, 'fast')];
      const outcomes: FlightOutcome['kind'][] = [];
      const note = (key: string): void => void wait(flights, key).then(({ kind }) => outcomes.push(kind));
      note('slow');
      note('fast');
      for (const flight of [slow, fast]) flight.endWithin(1000);
      note('slow');
      await jest.advanceTimersByTimeAsync(999);
      fast.settle({ kind: 'error', error: 1 });
      await jest.advanceTimersByTimeAsync(0);
      expect(outcomes).toEqual(['error']);
      await jest.advanceTimersByTimeAsync(1);
      expect(outcomes).toEqual(['error', 'unstored', 'unstored']);
      expect([flights.join('slow', []).role, jest.getTimerCount()]).toEqual(['alone', 0]);
    } finally {
      jest.useRealTimers();
    }
  });

  it('a leader that goes away lets another one lead', async () => {
    const flights = new PageFlights();
    const flight = lead(flights, 'a');
    const waiting = wait(flights, 'a');
    flight.end();
    expect(await waiting).toEqual({ kind: 'abandoned' });
    lead(flights, 'a');
  });

  it('a leader that takes half a minute is waited for no longer, and another one leads', async () => {
    jest.useFakeTimers();
    const flights = new PageFlights();
    const slow = lead(flights, 'a');
    let outcome: FlightOutcome | undefined;
    void wait(flights, 'a').then((told) => (outcome = told));
    await jest.advanceTimersByTimeAsync(29_999);
    expect([outcome, flights.join('a', []).role]).toEqual([undefined, 'waiter']);
    await jest.advanceTimersByTimeAsync(1);
    expect(outcome).toEqual({ kind: 'abandoned' });
    lead(flights, 'a');
    // The flight of another leader stays.
    slow.end();
    expect(flights.join('a', []).role).toBe('waiter');
  });

  it('a page that is settled is for all who come until it is stored, however long its stream may flow', async () => {
    jest.useFakeTimers();
    const flights = new PageFlights();
    const flight = lead(flights, 'a');
    flight.settle({ kind: 'error', error: 1 });
    flight.endWithin(1000);
    await jest.advanceTimersByTimeAsync(1001);
    expect(await wait(flights, 'a')).toEqual({ kind: 'error', error: 1 });
  });

  it('nobody joins a page with a tag that was dropped; those who wait go on waiting', async () => {
    const flights = new PageFlights();
    const joined = flights.join('a', ['catalogue']);
    const waiting = wait(flights, 'a');
    lead(flights, 'b');
    flights.forget(new Set(['catalogue']));
    expect(flights.join('a', ['catalogue']).role).toBe('leader');
    expect(flights.join('b', []).role).toBe('waiter');
    if (joined.role === 'leader') joined.flight.settle({ kind: 'unstored' });
    expect(await waiting).toEqual({ kind: 'unstored' });
  });

  it('for ten seconds nobody waits on a page that could not be stored', async () => {
    jest.useFakeTimers();
    const flights = new PageFlights();
    const flight = lead(flights, 'a');
    const waiting = wait(flights, 'a');
    flight.settle({ kind: 'unstored' });
    flight.end();
    expect(await waiting).toEqual({ kind: 'unstored' });
    jest.advanceTimersByTime(9999);
    expect(flights.join('a', []).role).toBe('alone');
    jest.advanceTimersByTime(1);
    expect(flights.join('a', []).role).toBe('leader');
  });

  it('10 000 such pages are remembered, the oldest go first; one that is stored after all is waited for', () => {
    jest.useFakeTimers();
    const flights = new PageFlights();
    for (let i = 0; i <= 10_000; i += 1) lead(flights, `${i}`).settle({ kind: 'unstored' });
    for (let i = 0; i <= 10_000; i += 1) flights.find(`${i}`)!.end();
    expect(['1', '10000', '0'].map((key) => flights.join(key, []).role)).toEqual(['alone', 'alone', 'leader']);
    flights.openSettled('1', [], { kind: 'error', error: 1 });
    expect(flights.join('1', []).role).toBe('waiter');
  });

  it('20 000 requests wait at a time, for all pages together; the next ones run alone', async () => {
    const flights = new PageFlights();
    const [first, second] = [lead(flights, 'a'), lead(flights, 'b')];
    const waiting = Array.from({ length: 20_000 }, (_, i) => wait(flights, i % 2 === 0 ? 'a' : 'b'));
    expect([flights.join('a', []).role, flights.join('b', []).role, flights.join('c', []).role]).toEqual([
      'alone',
      'alone',
      'leader',
    ]);
    first.end();
    second.end();
    await Promise.all(waiting);
    lead(flights, 'a');
    void wait(flights, 'a');
  });

  it('who joins before the handler begins asks nothing; who joins later asks whether its page still counts', async () => {
    const flights = new PageFlights();
    const flight = lead(flights, 'a');
    expect(await flight.isCurrent()).toBe(true);
    const answers: ((isCurrent: boolean) => void)[] = [];
    flight.began(() => new Promise((resolve) => answers.push(resolve)));
    const first = flight.isCurrent();
    await Promise.resolve();
    // The first question may be older than these two: they share the next one.
    const [second, third] = [flight.isCurrent(), flight.isCurrent()];
    await Promise.resolve();
    expect(answers.length).toBe(1);
    answers[0]!(true);
    expect(await first).toBe(true);
    await Promise.resolve();
    expect(answers.length).toBe(2);
    answers[1]!(false);
    expect(await Promise.all([second, third])).toEqual([false, false]);
  });

  it('nobody joins a flight that was left; those who wait get its page', async () => {
    const flights = new PageFlights();
    const flight = lead(flights, 'a');
    const waiting = wait(flights, 'a');
    flight.leave();
    lead(flights, 'a');
    flight.settle({ kind: 'error', error: 1 });
    flight.end();
    expect(await waiting).toEqual({ kind: 'error', error: 1 });
    expect(flights.join('a', []).role).toBe('waiter');
  });
});
