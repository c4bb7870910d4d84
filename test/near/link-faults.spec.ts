import { setTimeout as pause } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';

import { until } from '../cache/support/waiting.js';
import { LinkProxy } from './support/link-proxy.js';
import { BOUND_MS, isNear, killLinks, linksOf, openNear, untilNear, type NearCaches } from './support/near-caches.js';

describe('P16: the link that tells of changes breaks', () => {
  let redis: LocalRedis;
  let proxy: LinkProxy;
  let at: NearCaches;
  beforeAll(async () => {
    redis = await startLocalRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    proxy = await LinkProxy.listen(redis.primary.port);
    at = openNear(`redis://127.0.0.1:${proxy.port}`);
    await at.cache.set('k', 0);
    await untilNear(at, 'k');
  });
  afterEach(async () => {
    await at.caches.close();
    await proxy.close();
  });

  const write = (value: number): Promise<unknown> => redis.primary.command('SET', at.cache.makeKey('k'), value);

  /** Writes and reads for a while; returns how long ago, at most, what was read had been overwritten. */
  async function worstAgeMs(rounds: number, inflict: (round: number) => void): Promise<number> {
    const writtenAtMs: number[] = [performance.now()];
    let worstMs = 0;
    for (let round = 1; round <= rounds; round += 1) {
      inflict(round);
      await write(round);
      writtenAtMs.push(performance.now());
      for (let i = 0; i < 40; i += 1) {
        const askedAtMs = performance.now();
        const value = (await at.cache.get<number>('k'))!;
        const overwrittenAtMs = writtenAtMs[value + 1];
        if (overwrittenAtMs !== undefined) worstMs = Math.max(worstMs, askedAtMs - overwrittenAtMs);
        await pause(5);
      }
    }
    return worstMs;
  }

  it('hangs: nothing is served that was overwritten 1.5 s ago, and all is well again with a new one', async () => {
    proxy.freeze();
    expect(await worstAgeMs(12, () => undefined)).toBeLessThan(BOUND_MS);
    const { flushes } = at.caches.near()!;
    expect(flushes).toBeGreaterThan(1);
    proxy.thaw();
    await untilNear(at, 'k');
  });

  it('hangs and comes back before it is given up: what it held is heard in order', async () => {
    const worstMs = await worstAgeMs(12, (round) => (round % 3 === 0 ? proxy.thaw() : proxy.freeze()));
    expect(worstMs).toBeLessThan(BOUND_MS);
    proxy.thaw();
    await untilNear(at, 'k');
  });

  it('is cut again and again: what was kept is dropped, reads go on, and the log says nothing', async () => {
    expect(await worstAgeMs(12, () => proxy.cut())).toBeLessThan(BOUND_MS);
    await untilNear(at, 'k');
    expect(at.log.filter(({ level }) => level !== 'info')).toEqual([]);
  });

  it('is killed by the server: what was kept is dropped, and another link stands', async () => {
    const { flushes } = at.caches.near()!;
    await killLinks(redis.primary, await linksOf(redis.primary));
    await write(1);
    // Once for the link that was lost, and once for the new one.
    await until('a new link stands', () => at.caches.near()!.flushes >= flushes + 2);
    await untilNear(at, 'k', (value) => expect(value).toBe(1));
  });

  it('hangs while this process stands still: it serves nothing before it has heard of Redis again', async () => {
    proxy.freeze();
    await write(1);
    const startedAtMs = performance.now();
    while (performance.now() - startedAtMs < BOUND_MS + 500);
    expect(await at.cache.get('k')).toBe(1);
    proxy.thaw();
  });

  it('answers late: what counts as told is what came before the question', async () => {
    await until('the tier serves', () => isNear(at, () => at.cache.get('k')));
    proxy.hold();
    await until('it was asked for a sign of life', () => proxy.holdsPong);
    await write(1);
    const writtenAtMs = performance.now();
    await pause(650);
    proxy.passPong();
    let lastOldMs = 0;
    while (performance.now() - writtenAtMs < 2 * BOUND_MS) {
      const askedAtMs = performance.now();
      if ((await at.cache.get('k')) === 0) lastOldMs = askedAtMs - writtenAtMs;
      await pause(5);
    }
    expect(lastOldMs).toBeLessThan(BOUND_MS);
  });

  it('leads to another server than the reads: nothing is served', async () => {
    const other = await startLocalRedis();
    try {
      proxy.leadTo(other.primary.port);
      proxy.cut();
      await until('it was tried', async () =>
        /client\|tracking/.test(String(await other.primary.command('INFO', 'commandstats'))),
      );
      for (let i = 0; i < 100; i += 1) {
        expect(await isNear(at, () => at.cache.get('k'))).toBe(false);
        await pause(10);
      }
      await until('the log says so', () => at.log.some(({ message }) => message.includes('led to another server')));
      proxy.leadTo(redis.primary.port);
      await untilNear(at, 'k');
    } finally {
      await other.stop();
    }
  });

  it('ends with a server that is restarted empty: what was kept is dropped', async () => {
    const { flushes } = at.caches.near()!;
    await redis.primary.kill();
    await redis.primary.restart();
    await until('it was flushed', () => at.caches.near()!.flushes > flushes);
    await at.cache.set('k', 5);
    await untilNear(at, 'k');
    expect(await at.cache.get('k')).toBe(5);
  });
});
