import { describe, expect, it } from '@jest/globals';

import { CircuitBreaker } from './circuit-breaker.js';

const LASTING_MS = 250;
const breaker = (threshold = 2): CircuitBreaker => new CircuitBreaker(threshold, LASTING_MS);

describe('CircuitBreaker', () => {
  it('opens at the second failure in a row, and closes at the first answer', () => {
    const at = breaker();
    at.failed(0);
    expect(at.state).toBe('closed');
    at.failed(10);
    expect(at.state).toBe('open');
    at.answered();
    expect(at.state).toBe('closed');
  });

  it('an answer between two failures starts the count anew', () => {
    const at = breaker();
    at.failed(0);
    at.answered();
    at.failed(10);
    expect(at.isOpen).toBe(false);
  });

  it.each([1, 3, 7])('opens at failure %i when that is the threshold', (threshold) => {
    const at = breaker(threshold);
    for (let i = 1; i < threshold; i += 1) at.failed(i);
    expect(at.isOpen).toBe(false);
    at.failed(threshold);
    expect(at.isOpen).toBe(true);
  });

  it('fault 3: silence and then no connection for half a deadline are two failures: little traffic is enough', () => {
    const at = breaker();
    at.failed(500);
    at.cutOff(500);
    expect(at.countsAtMs).toBe(750);
    at.passed(749);
    expect(at.isOpen).toBe(false);
    at.passed(750);
    expect(at.isOpen).toBe(true);
    expect(at.countsAtMs).toBeUndefined();
  });

  it('P10: being without a connection for less than a whole deadline does not open it', () => {
    const at = breaker();
    at.cutOff(0);
    at.passed(499);
    expect(at.isOpen).toBe(false);
    at.answered();
    at.passed(10_000);
    expect(at.isOpen).toBe(false);
    at.cutOff(10_000);
    at.passed(10_500);
    expect(at.isOpen).toBe(true);
  });

  it('a look that comes late counts all the time that has passed', () => {
    const at = breaker(4);
    at.cutOff(0);
    at.passed(4 * LASTING_MS);
    expect(at.isOpen).toBe(true);
  });

  it('is half-open while it is open and a connection is being tried; an attempt alone says nothing', () => {
    const at = breaker(1);
    at.probing(true);
    expect(at.state).toBe('closed');
    at.failed(0);
    expect(at.state).toBe('half-open');
    at.probing(false);
    expect(at.state).toBe('open');
  });
});
