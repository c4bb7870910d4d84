import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';

import { CallLedger } from './support/call-ledger.js';
import { openCaches, type OpenCaches } from './support/open-caches.js';

const DEADLINE_MS = 400;

describe('a busy process and large answers, on one Redis', () => {
  let redis: LocalRedis;
  let at: OpenCaches;
  beforeAll(async () => {
    redis = await startLocalRedis({ password: 'admin', aof: false });
    at = await openCaches(redis.url(), { deadline: DEADLINE_MS });
  });
  afterAll(async () => {
    await at.caches.close();
    await redis.stop();
  });

  it('fault 58: replies that came while the event loop stood still count, though the deadline is over', async () => {
    for (let round = 0; round < 3; round += 1) {
      const ledger = new CallLedger();
      for (let i = 0; i < 50; i += 1) ledger.make((id) => (id % 2 ? at.strict.set(`k${id}`, id) : at.strict.get(`k${id}`)));
      // Handed over, and then nothing runs here for twice the deadline.
      await new Promise((resolve) => setImmediate(resolve));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * DEADLINE_MS);
      expect(await ledger.settle()).toBe(0);
      expect(ledger.rejected()).toEqual([]);
    }
    expect(at.log).toHaveLength(1);
  });

  it('fault 60: counters past 2^53 are exact, and large, deep and fractional answers come as Redis gave them', async () => {
    const edge = 2n ** 53n;
    await at.strict.set('n', edge - 2n);
    const told = [];
    for (let i = 0; i < 5; i += 1) told.push(BigInt(await at.strict.incr('n')));
    expect(told).toEqual([edge - 1n, edge, edge + 1n, edge + 2n, edge + 3n]);
    expect(await at.strict.incr('n', 2n ** 62n)).toBe(edge + 3n + 2n ** 62n);
    expect(await at.strict.decr('n', 2n ** 62n)).toBe(edge + 3n);
    const raw = [];
    for (let i = 0; i < 3; i += 1) raw.push(String(await at.strict.command('INCR', at.strict.makeKey('n'))));
    expect(raw).toEqual([edge + 4n, edge + 5n, edge + 6n].map(String));

    const { strict } = at;
    const size = 100_000;
    const long = (await strict.command('EVAL', `local t = {} for i = 1, ${size} do t[i] = i end return t`, 0)) as number[];
    expect(long).toHaveLength(size);
    expect(long.at(-1)).toBe(size);
    let deep: unknown = await strict.command('EVAL', 'local t = {1} for i = 1, 100 do t = {t} end return t', 0);
    for (let i = 0; i < 100; i += 1) deep = (deep as unknown[])[0];
    expect(deep).toEqual([1]);
    await strict.command('ZADD', strict.makeKey('z'), '0.1', 'a', 'inf', 'b', '-inf', 'c', '1e300', 'd');
    const scores = (await strict.command('ZRANGE', strict.makeKey('z'), 0, -1, 'WITHSCORES')) as Buffer[];
    expect(scores.map(String)).toEqual(['c', '-inf', 'a', '0.10000000000000001', 'd', expect.anything(), 'b', 'inf']);
    expect(Number(scores[5])).toBe(1e300);
    expect(await strict.command('EVAL', 'return {false, "", 0}', 0)).toEqual([null, Buffer.alloc(0), 0]);
    expect(await strict.command('LRANGE', strict.makeKey('none'), 0, -1)).toEqual([]);
    const binary = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    await strict.command('SET', strict.makeKey('binary'), binary);
    expect(await strict.command('GET', strict.makeKey('binary'))).toEqual(binary);
    expect(await strict.get('warm')).toBe(1);
    expect(at.log).toHaveLength(1);
  });
});
