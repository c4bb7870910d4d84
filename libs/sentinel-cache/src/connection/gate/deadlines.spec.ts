import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';

import { Deadlines, type Timed } from './deadlines.js';

class Call implements Timed<Call> {
  readonly startedAtMs = performance.now();
  deadlines: Timed<Call>['deadlines'];
  before: Call | undefined;
  after: Call | undefined;
  constructor(readonly name: string) {}
}

describe('Deadlines', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  test('a call that is added while others expire does not delay those that began before it', () => {
    const late: string[] = [];
    const deadlines = new Deadlines<Call>(200, (call) => {
      late.push(call.name);
      if (call.name === 'a') deadlines.add(new Call('c'));
    });
    deadlines.add(new Call('a'));
    jest.advanceTimersByTime(150);
    deadlines.add(new Call('b'));

    jest.advanceTimersByTime(50);
    expect(late).toEqual(['a']);
    jest.advanceTimersByTime(150);
    expect(late).toEqual(['a', 'b']);
    jest.advanceTimersByTime(50);
    expect(late).toEqual(['a', 'b', 'c']);
  });

  test('a call that ended in time is not late', () => {
    const late: string[] = [];
    const deadlines = new Deadlines<Call>(200, ({ name }) => late.push(name));
    const [first, second] = [new Call('first'), new Call('second')];
    deadlines.add(first);
    deadlines.add(second);
    deadlines.remove(first);
    jest.advanceTimersByTime(1000);
    expect(late).toEqual(['second']);
  });

  test('no timer is left when the last call ends after close', () => {
    const deadlines = new Deadlines<Call>(200, () => undefined);
    const call = new Call('only');
    deadlines.add(call);
    deadlines.close();
    expect(jest.getTimerCount()).toBe(1);
    deadlines.remove(call);
    expect(jest.getTimerCount()).toBe(0);
  });
});
