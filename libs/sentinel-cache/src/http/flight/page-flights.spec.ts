import { describe, expect, it } from '@jest/globals';

import { PageFlights, type Flight, type FlightOutcome } from './page-flights.js';

const lead = (flights: PageFlights, key: string): Flight => {
  const ticket = flights.board(key);
  if (ticket.role !== 'leader') throw new Error(ticket.role);
  return ticket.flight;
};

const wait = (flights: PageFlights, key: string): Promise<FlightOutcome> => {
  const ticket = flights.board(key);
  if (ticket.role !== 'waiter') throw new Error(ticket.role);
  return ticket.outcome;
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
    expect(flights.board('a').role).toBe('leader');
    expect(flights.board('b').role).toBe('leader');
  });

  it('a leader that goes away lets another one lead', async () => {
    const flights = new PageFlights();
    const flight = lead(flights, 'a');
    const waiting = wait(flights, 'a');
    flight.end();
    expect(await waiting).toEqual({ kind: 'abandoned' });
    lead(flights, 'a');
  });

  it('for a while nobody waits on a page that could not be stored', async () => {
    const flights = new PageFlights();
    const flight = lead(flights, 'a');
    const waiting = wait(flights, 'a');
    flight.settle({ kind: 'unstored' });
    flight.end();
    expect(await waiting).toEqual({ kind: 'unstored' });
    expect(flights.board('a').role).toBe('alone');
  });
});
