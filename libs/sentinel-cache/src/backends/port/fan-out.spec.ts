import { describe, expect, it } from '@jest/globals';

import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import { fanOut, wholeRead, wholeWrite } from './fan-out.js';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const outage = (executed: false | 'unknown') => new CacheUnavailableError('deadline', executed, 'gave up');

/** Parts of which these fail. */
const failing = (failures: Record<number, unknown>) => async (part: number) => {
  await Promise.resolve();
  if (part in failures) throw failures[part];
  return part;
};

describe('a call of several parts', () => {
  it('has its results by their place, and never more than a bounded number under way', async () => {
    let [underWay, most] = [0, 0];
    const parts = await fanOut(numbers(2000), async (part) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      return part * 2;
    });
    expect(wholeRead(parts)).toEqual(numbers(2000).map((part) => part * 2));
    expect(most).toBe(256);
    expect(wholeRead(await fanOut([], failing({})))).toEqual([]);
  });

  it('begins no further part after a failure, waits for those that were begun, and fails with the first', async () => {
    const begun: number[] = [];
    const error = outage(false);
    const parts = await fanOut(numbers(1000), async (part) => {
      begun.push(part);
      await new Promise((resolve) => setImmediate(resolve));
      if (part === 3) throw error;
      return part;
    });
    expect(begun.length).toBeLessThan(600);
    expect(parts.done).toBe(begun.length - 1);
    expect(() => wholeRead(parts)).toThrow(error);
  });

  it('of a write tells "unknown" as soon as a part was, or may have been, carried out', async () => {
    const half = await fanOut(numbers(2), failing({ 1: outage(false) }));
    expect(() => wholeWrite(half, 'a')).toThrow(expect.objectContaining({ reason: 'deadline', executed: 'unknown', alias: 'a' }));
    const maybe = await fanOut(numbers(2), failing({ 0: outage(false), 1: outage('unknown') }));
    expect(() => wholeWrite(maybe, 'a')).toThrow(expect.objectContaining({ executed: 'unknown' }));
    const refused = await fanOut(numbers(2), failing({ 1: new CommandRejectedError('OOM', 'full') }));
    expect(() => wholeWrite(refused, 'a')).toThrow(expect.objectContaining({ redisCode: 'OOM', executed: 'unknown' }));
  });

  it('of a write tells "not executed" when no part was', async () => {
    const none = await fanOut(numbers(2), failing({ 0: outage(false), 1: outage(false) }));
    expect(() => wholeWrite(none, 'a')).toThrow(expect.objectContaining({ executed: false }));
    const one = await fanOut(numbers(1), failing({ 0: outage(false) }));
    expect(() => wholeWrite(one, 'a')).toThrow(expect.objectContaining({ executed: false }));
  });

  it('goes on after a failure that is excused, and asks for the excuse once for each kind', async () => {
    const asked: unknown[] = [];
    const parts = await fanOut(
      numbers(300),
      failing(Object.fromEntries(numbers(100).map((part) => [part, outage(false)]))),
      (failure) => {
        asked.push(failure);
        return true;
      },
    );
    expect(asked).toHaveLength(1);
    expect([parts.done, parts.failures]).toEqual([200, []]);
    expect(wholeRead(parts)[5]).toBeUndefined();
  });
});
