import { describe, expect, it } from '@jest/globals';
import { InvalidArgumentError } from 'nestjs-sentinel-cache';
import { onRedisAndLocmem } from './support/on-redis-and-locmem.js';
import { rejectionOf } from './support/waiting.js';

const HOUR_MS = 3_600_000;

onRedisAndLocmem('lifetimes', ({ cache }) => {
  const lives = async (key: string, ms: number) => {
    const left = (await cache().pttl(key))!;
    expect(left).toBeLessThanOrEqual(ms);
    expect(left).toBeGreaterThan(ms - 20_000);
  };

  it('A-51: persist takes a timeout away, and says whether there was one', async () => {
    await cache().set('k', 'v', 60);
    expect(await cache().persist('k')).toBe(true);
    expect(await cache().pttl('k')).toBeNull();
    expect(await cache().persist('k')).toBe(false);
    expect(await cache().persist('absent')).toBe(false);
    expect(await cache().get('k')).toBe('v');
  });

  it('A-51: expire takes seconds or text with a unit, and says whether there is an entry', async () => {
    await cache().set('k', 'v', null);
    expect(await cache().expire('k', 3600)).toBe(true);
    await lives('k', HOUR_MS);
    expect(await cache().expire('k', '2h')).toBe(true);
    await lives('k', 2 * HOUR_MS);
    expect(await cache().expire('k', 60.5)).toBe(true);
    await lives('k', 60_500);
    expect(await cache().expire('absent', 60)).toBe(false);
    expect(await cache().has('absent')).toBe(false);
    expect(await cache().get('k')).toBe('v');
  });

  it('A-51: pexpire takes milliseconds, and text with a unit', async () => {
    await cache().set('k', 'v', 60);
    expect(await cache().pexpire('k', HOUR_MS + 0.7)).toBe(true);
    await lives('k', HOUR_MS);
    expect(await cache().pexpire('k', '2h')).toBe(true);
    await lives('k', 2 * HOUR_MS);
    expect(await cache().pexpire('absent', 60_000)).toBe(false);
  });

  it('A-51: expire and pexpire without a timeout take TIMEOUT', async () => {
    for (const method of ['expire', 'pexpire'] as const) {
      await cache().set('k', 'v', null);
      expect(await cache()[method]('k')).toBe(true);
      await lives('k', 300_000);
    }
  });

  it('A-51: expire and pexpire with 0 or less delete, and say whether there was an entry', async () => {
    for (const method of ['expire', 'pexpire'] as const) {
      for (const timeout of [0, -1, 0.0001, '0s'] as const) {
        await cache().set('k', 'v', 60);
        expect(await cache()[method]('k', timeout)).toBe(true);
        expect(await cache().has('k')).toBe(false);
        expect(await cache()[method]('k', timeout)).toBe(false);
      }
    }
  });

  it('A-51: null means for ever in expire, pexpire, expireAt and pexpireAt, as in persist', async () => {
    for (const method of ['expire', 'pexpire', 'expireAt', 'pexpireAt'] as const) {
      await cache().set('k', 'v', 60);
      expect(await cache()[method]('k', null)).toBe(true);
      expect(await cache().pttl('k')).toBeNull();
      expect(await cache()[method]('k', null)).toBe(false);
      expect(await cache()[method]('absent', null)).toBe(false);
    }
  });

  it('A-52: expireAt takes a Date or unix seconds, pexpireAt a Date or unix milliseconds', async () => {
    const at = Date.now() + HOUR_MS;
    for (const [method, when] of [
      ['expireAt', new Date(at)],
      ['pexpireAt', new Date(at)],
      ['expireAt', at / 1000],
      ['pexpireAt', at],
      ['pexpireAt', at + 0.4],
    ] as const) {
      await cache().set('k', 'v', null);
      expect(await cache()[method]('k', when)).toBe(true);
      await lives('k', HOUR_MS);
      expect(await cache()[method]('absent', when)).toBe(false);
    }
    expect(await cache().has('absent')).toBe(false);
  });

  it('A-52: a past moment deletes, and says whether there was an entry', async () => {
    for (const [method, when] of [
      ['expireAt', new Date(Date.now() - HOUR_MS)],
      ['expireAt', Date.now() / 1000 - 3600],
      ['pexpireAt', Date.now() - HOUR_MS],
      ['expireAt', 0],
      ['pexpireAt', -1],
      ['pexpireAt', -Infinity],
      ['expireAt', new Date(-8.64e15)],
    ] as const) {
      await cache().set('k', 'v', null);
      expect(await cache()[method]('k', when)).toBe(true);
      expect(await cache().has('k')).toBe(false);
      expect(await cache()[method]('k', when)).toBe(false);
    }
  });

  it('A-52: takes the latest moments there are', async () => {
    for (const when of [new Date(8.64e15), 1e300, Infinity]) {
      await cache().set('k', 'v', 60);
      expect(await cache().expireAt('k', when)).toBe(true);
      expect(await cache().pexpireAt('k', new Date(8.64e15))).toBe(true);
      expect(await cache().get('k')).toBe('v');
    }
  });

  describe('what is no timeout and no moment', () => {
    it.each([Number.NaN, true, 'a while', '300', {}, 10n, new Date(Number.NaN)])(
      'A-14: %p is refused before anything is sent',
      async (wrong) => {
        await cache().set('k', 'kept', 60);
        const { expire, pexpire, expireAt, pexpireAt } = {
          expire: cache().expire('k', wrong as never),
          pexpire: cache().pexpire('k', wrong as never),
          expireAt: cache().expireAt('k', wrong as never),
          pexpireAt: cache().pexpireAt('k', wrong as never),
        };
        for (const call of [expire, pexpire, expireAt, pexpireAt]) {
          const error = await rejectionOf(call);
          expect(error).toBeInstanceOf(InvalidArgumentError);
          expect(error).toMatchObject({ code: 'SENTINEL_CACHE_INVALID_ARGUMENT', alias: 'default', executed: false });
        }
        await lives('k', 60_000);
      },
    );

    it('A-52: expireAt without a moment is refused', async () => {
      for (const when of [undefined, '2030-01-01', '15m']) {
        expect(await rejectionOf(cache().expireAt('k', when as never))).toBeInstanceOf(InvalidArgumentError);
        expect(await rejectionOf(cache().pexpireAt('k', when as never))).toBeInstanceOf(InvalidArgumentError);
      }
    });
  });
});
