import { describe, expect, it, jest } from '@jest/globals';

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

  it('for a while nobody waits on a page that could not be stored', async () => {
    const flights = new PageFlights();
    const flight = lead(flights, 'a');
    const waiting = wait(flights, 'a');
    flight.settle({ kind: 'unstored' });
    flight.end();
    expect(await waiting).toEqual({ kind: 'unstored' });
    expect(flights.join('a', []).role).toBe('alone');
  });
});
