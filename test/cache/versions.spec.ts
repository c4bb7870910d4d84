import { expect, it } from '@jest/globals';
import { InvalidArgumentError, MissingCacheKeyError } from 'nestjs-sentinel-cache';
import { onRedisAndLocmem } from './support/on-redis-and-locmem.js';
import { rejectionOf } from './support/waiting.js';

onRedisAndLocmem('versions', ({ cache, setting, others, redis }) => {
  it('A-29: incrVersion gives an entry the next version, and gives that back', async () => {
    await cache().set('k', { n: [1] }, 60);
    expect(await cache().incrVersion('k')).toBe(2);
    expect(await cache().get('k')).toBeUndefined();
    expect(await cache().get('k', { version: 2 })).toEqual({ n: [1] });
    expect(await cache().incrVersion('k', 5, { version: 2 })).toBe(7);
    expect(await cache().get('k', { version: 7 })).toEqual({ n: [1] });
  });

  it('A-29: decrVersion goes back, below 0 too', async () => {
    await cache().set('k', 'v', 60);
    expect(await cache().decrVersion('k')).toBe(0);
    expect(await cache().decrVersion('k', 3, { version: 0 })).toBe(-3);
    expect(await cache().get('k', { version: -3 })).toBe('v');
    expect(await cache().incrVersion('k', -1, { version: -3 })).toBe(-4);
    expect(await cache().decrVersion('k', -5, { version: -4 })).toBe(1);
    expect(await cache().get('k')).toBe('v');
  });

  it('A-29: keeps what is left of the lifetime, to the millisecond, and no lifetime where there was none', async () => {
    await cache().set('mortal', 1, '90500ms');
    await cache().set('immortal', 1, null);
    const before = (await cache().pttl('mortal'))!;
    await cache().incrVersion('mortal');
    await cache().incrVersion('immortal');
    const after = (await cache().pttl('mortal', { version: 2 }))!;
    expect(after).toBeLessThanOrEqual(before);
    expect(after).toBeGreaterThan(before - 20_000);
    // Whole seconds, as Django copies them, would show over so many.
    const many = Array.from({ length: 30 }, (_, i) => `k${i}`);
    for (const key of many) await cache().set(key, 1, '90500ms');
    for (const key of many) await cache().incrVersion(key);
    const lives = await Promise.all(many.map((key) => cache().pttl(key, { version: 2 })));
    expect(lives.some((life) => life! % 1000 !== 0)).toBe(true);
    expect(await cache().pttl('immortal', { version: 2 })).toBeNull();
  });

  it('A-29: a stored None is an entry', async () => {
    await cache().set('k', null, 60);
    expect(await cache().incrVersion('k')).toBe(2);
    expect(await cache().get('k', { version: 2 })).toBeNull();
  });

  it('A-28, A-29: rejects with MissingCacheKeyError where there is nothing, and leaves the next version alone', async () => {
    await cache().set('k', 'kept', 60, { version: 2 });
    for (const call of [cache().incrVersion('k'), cache().decrVersion('k', 1, { version: 3 })]) {
      const error = await rejectionOf(call);
      expect(error).toBeInstanceOf(MissingCacheKeyError);
      expect(error).toMatchObject({ code: 'SENTINEL_CACHE_MISSING_KEY', key: 'k', alias: 'default', executed: false });
    }
    expect(await cache().get('k', { version: 2 })).toBe('kept');
  });

  it('A-29: takes the place of an entry that has the new version already', async () => {
    await cache().set('k', 'new', 60);
    await cache().set('k', 'old', null, { version: 2 });
    await cache().incrVersion('k');
    expect(await cache().get('k', { version: 2 })).toBe('new');
    expect(await cache().pttl('k', { version: 2 })).toBeLessThanOrEqual(60_000);
  });

  it('A-29: a delta of 0 keeps the entry', async () => {
    await cache().set('k', 'v', 60);
    expect(await cache().incrVersion('k', 0)).toBe(1);
    expect(await cache().get('k')).toBe('v');
  });

  it('A-29: starts from VERSION of the settings, as text or number', async () => {
    const caches = others({
      default: setting({ VERSION: 7, KEY_PREFIX: 'seven' }),
      text: setting({ VERSION: '7', KEY_PREFIX: 'text' }),
    });
    for (const alias of ['default', 'text']) {
      await caches.get(alias).set('k', 'v', 60);
      expect(await caches.get(alias).incrVersion('k')).toBe(8);
      expect(await caches.get(alias).get('k', { version: 8 })).toBe('v');
    }
  });

  it.each(['v2', '', '1.5', '01', '+1', 1.5, '9007199254740992'])(
    'refuses the version %j, which is no whole number',
    async (version) => {
      await cache().set('k', 'kept', 60, { version });
      const error = await rejectionOf(cache().incrVersion('k', 1, { version }));
      expect(error).toBeInstanceOf(InvalidArgumentError);
      expect(error).toMatchObject({ alias: 'default', executed: false });
      expect(await cache().get('k', { version })).toBe('kept');
    },
  );

  it.each([1.5, Number.NaN, Infinity, 2 ** 53, 1n])('refuses the delta %p', async (delta) => {
    await cache().set('k', 'kept', 60);
    expect(await rejectionOf(cache().incrVersion('k', delta as number))).toBeInstanceOf(InvalidArgumentError);
    expect(await rejectionOf(cache().decrVersion('k', delta as number))).toBeInstanceOf(InvalidArgumentError);
    expect(await cache().get('k')).toBe('kept');
  });

  it('A-29: of many callers at once one moves the entry, and the others find none', async () => {
    await cache().set('k', 'v', 60);
    const outcomes = await Promise.allSettled(Array.from({ length: 30 }, () => cache().incrVersion('k')));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await cache().keys('*', { version: 2 })).toEqual(['k']);
    expect(await cache().keys('*')).toEqual([]);
    if (redis()) expect(await redis()!.command('DBSIZE')).toBe(0);
  });

  it('A-2: version counts in every method', async () => {
    const at = { version: 5 } as const;
    const one = cache();
    await one.set('k', 1, 60);
    expect(await one.add('k', 10, 60, at)).toBe(true);
    expect(await one.incr('k', 1, at)).toBe(11);
    expect(await one.decr('k', 1, at)).toBe(10);
    expect(await one.expire('k', 3600, at)).toBe(true);
    expect(await one.ttl('k', at)).toBeGreaterThan(3000);
    expect(await one.persist('k', at)).toBe(true);
    expect(await one.pttl('k', at)).toBeNull();
    expect(await one.pexpire('k', 60_000, at)).toBe(true);
    expect(await one.expireAt('k', new Date(Date.now() + 3_600_000), at)).toBe(true);
    expect(await one.pexpireAt('k', Date.now() + 7_200_000, at)).toBe(true);
    expect(await one.ttl('k', at)).toBeGreaterThan(5000);
    expect(await one.touch('k', 60, at)).toBe(true);
    expect(await one.getMany(['k'], at)).toEqual(new Map([['k', 10]]));
    expect(await one.getOrSet('k', 0, 60, at)).toBe(10);
    expect(await one.keys('*', at)).toEqual(['k']);
    expect(await one.getWithPttl('k', at)).toMatchObject({ value: 10 });
    expect((await one.getWithToken('k', at)).value).toBe(10);
    expect(await one.has('k', at)).toBe(true);
    expect(await one.deletePattern('*', at)).toBe(1);
    expect(await one.deleteMany(['k'], at)).toBe(0);
    expect(await one.delete('k', at)).toBe(false);
    expect(await one.get('k')).toBe(1);
    expect(await one.pttl('k')).toBeLessThanOrEqual(60_000);
  });
});
