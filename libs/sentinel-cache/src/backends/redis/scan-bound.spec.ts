import { describe, expect, it } from '@jest/globals';

import type { CommandSender, RedisCommand } from '../../connection/contract/redis-client.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import { ScanBound } from './scan-bound.js';

/** What a walk without a bound of its own would do for ever. */
const FOR_EVER = 3_000_000;

function walk(name: 'SCAN' | 'ZSCAN', count: number, size: () => number) {
  const asked: RedisCommand[] = [];
  const send = (command: RedisCommand): Promise<unknown> => {
    asked.push(command);
    return Promise.resolve().then(size);
  };
  const client = { send, callDeadlineMs: 500, generation: () => 1 } as CommandSender;
  const key = name === 'SCAN' ? undefined : 'scores';
  return { asked, bound: new ScanBound({ client, alias: 'default', name, key, count }) };
}

/** After how many round trips it was given up; undefined when it never was. */
async function endOf(
  bound: ScanBound,
  cursorAt: (roundTrip: number) => number | string,
  most = FOR_EVER,
): Promise<number | undefined> {
  for (let roundTrip = 1; roundTrip <= most; roundTrip += 1) {
    try {
      await bound.note(String(cursorAt(roundTrip)));
    } catch (error) {
      expect(error).toMatchObject({ code: 'SENTINEL_CACHE_UNAVAILABLE', reason: 'protocol' });
      return roundTrip;
    }
  }
  return undefined;
}

describe('a walk through what a server holds', () => {
  it.each([1, 2, 3, 7, 100, 1000])('ends when its cursors repeat, every %i', async (period) => {
    const { bound, asked } = walk('SCAN', 500, () => 0);
    const end = await endOf(bound, (i) => 1 + (i % period));
    expect(end).toBeLessThanOrEqual(4 * period + 2);
    expect(asked).toEqual([]);
  });

  it('ends when its cursors never repeat, and nothing that the server holds explains how long it takes', async () => {
    const { bound, asked } = walk('SCAN', 500, () => 1000);
    expect(await endOf(bound, (i) => i)).toBeLessThan(30_000);
    expect(asked.map(({ name }) => name)).toEqual(['DBSIZE', 'DBSIZE']);
  });

  it('of one key asks how much stands under that', async () => {
    const { bound, asked } = walk('ZSCAN', 10_000, () => 0);
    await endOf(bound, (i) => i);
    expect(asked[0]).toMatchObject({ name: 'ZCARD', args: ['scores'], keys: ['scores'] });
  });

  it('goes on as long as what the server holds takes, with the smallest COUNT too', async () => {
    for (const [keys, count] of [
      [50_000_000, 500],
      [1_000_000, 1],
    ] as const) {
      const { bound } = walk('SCAN', count, () => keys);
      expect(await endOf(bound, (i) => i, (3 * keys) / count)).toBeUndefined();
    }
  });

  it('goes on through a table of 2^26 buckets that is all but empty', async () => {
    const { bound } = walk('SCAN', 500, () => 3);
    expect(await endOf(bound, (i) => i, 2 ** 26 / 5000)).toBeUndefined();
  });

  it('goes on where the user may not ask how much there is, and ends with any other refusal', async () => {
    const refused = (code: string) => () => {
      throw new CommandRejectedError(code, code);
    };
    expect(await endOf(walk('SCAN', 500, refused('NOPERM')).bound, (i) => i, 100_000)).toBeUndefined();
    const { bound } = walk('SCAN', 500, refused('ERR'));
    const walked = (async () => {
      for (let i = 1; i < 100_000; i += 1) await bound.note(String(i));
    })();
    await expect(walked).rejects.toMatchObject({ redisCode: 'ERR' });
  });
});
