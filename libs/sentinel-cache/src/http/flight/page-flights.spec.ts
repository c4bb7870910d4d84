import { describe, expect, it } from '@jest/globals';

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
