import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { createCaches } from 'nestjs-sentinel-cache';

import { until } from '../cache/support/waiting.js';
import { isNear, killLinks, linksOf, openNear, TOLD_WITHIN_MS, untilNear, type NearCaches } from './support/near-caches.js';

describe('the near tier on one Redis', () => {
  let redis: LocalRedis;
  let at: NearCaches;
  beforeAll(async () => {
    redis = await startLocalRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    await redis.primary.command('FLUSHALL');
    at = openNear(redis.url());
    await at.cache.set('k', 'old');
    await untilNear(at, 'k');
  });
  afterEach(() => at.caches.close());

  const raw = (...args: (string | number)[]): Promise<unknown> => redis.primary.command(...args);
  const seen = (key: string, value: unknown): Promise<void> =>
    until(`${key} is ${String(value)}`, async () => (await at.cache.get(key)) === value, TOLD_WITHIN_MS);

  it('asks Redis nothing for what it has read', async () => {
    const gets = async (): Promise<string> => {
      const lines = String(await raw('INFO', 'commandstats')).split('\r\n');
      return lines
        .filter((line) => /^cmdstat_(get|mget|exists|pttl):/.test(line))
        .map((line) => line.split(',')[0]!)
        .join();
    };
    const before = await gets();
    for (let i = 0; i < 100; i += 1) expect(await at.cache.get('k')).toBe('old');
    expect(await at.cache.has('k')).toBe(true);
    expect(await at.cache.getMany(['k'])).toEqual(new Map([['k', 'old']]));
    expect(await at.cache.getOrSet('k', () => 'made')).toBe('old');
    expect(await gets()).toBe(before);
  });

  it.each<[string, (key: string) => [string, ...(string | number)[]], unknown]>([
    ['SET', (key) => ['SET', key, '"new"'], 'new'],
    ['DEL', (key) => ['DEL', key], undefined],
    ['UNLINK', (key) => ['UNLINK', key], undefined],
    ['RENAME', (key) => ['RENAME', key, 'elsewhere'], undefined],
    ['a script', (key) => ['EVAL', "return redis.call('SET', KEYS[1], '\"new\"')", 1, key], 'new'],
    ['GETDEL', (key) => ['GETDEL', key], undefined],
    ['SETRANGE', (key) => ['SETRANGE', key, 1, 'new'], 'new'],
    ['PEXPIRE', (key) => ['PEXPIRE', key, 1], undefined],
    ['FLUSHALL', () => ['FLUSHALL'], undefined],
    ['FLUSHDB', () => ['FLUSHDB'], undefined],
  ])('sees what another program does by %s', async (_name, command, value) => {
    await raw(...command(at.cache.makeKey('k')));
    await seen('k', value);
  });

  it('sees what another process of ours writes', async () => {
    const other = openNear(redis.url());
    await other.cache.set('k', 'new');
    await seen('k', 'new');
    await untilNear(other, 'k');
    await at.cache.delete('k');
    await until('the other one sees it', async () => (await other.cache.get('k')) === undefined, TOLD_WITHIN_MS);
    await other.caches.close();
  });

  it('sees its own writes at once, by whichever method', async () => {
    const { cache } = at;
    const writes: [() => Promise<unknown>, unknown][] = [
      [() => cache.set('k', 1), 1],
      [() => cache.incr('k'), 2],
      [() => cache.setMany({ k: 3 }), 3],
      [() => cache.command('SET', cache.makeKey('k'), '4'), 4],
      [async () => cache.compareAndSet('k', (await cache.getWithToken('k')).token, 5), 5],
      [() => cache.delete('k'), undefined],
      [() => cache.add('k', 6), 6],
      [() => cache.deleteMany(['k']), undefined],
      [() => cache.set('k', 7), 7],
      [() => cache.deletePattern('*'), undefined],
      [() => cache.set('k', 8), 8],
      [() => cache.touch('k', 0), undefined],
      [() => cache.set('k', 9), 9],
      [() => cache.incrVersion('k'), undefined],
      [() => cache.set('k', 10), 10],
      [() => cache.clear(), undefined],
    ];
    for (let round = 0; round < 5; round += 1) {
      for (const [write, value] of writes) {
        await write();
        expect(await cache.get('k')).toBe(value);
        if (value !== undefined) await untilNear(at, 'k');
      }
    }
  });

  it('keeps an entry no longer than Redis does, and no longer than maxAge', async () => {
    await at.cache.set('short', 1, '400ms');
    await untilNear(at, 'short');
    await until('Redis has it no more', async () => (await raw('EXISTS', at.cache.makeKey('short'))) === 0);
    expect(await at.cache.get('short')).toBeUndefined();
    const brief = openNear(redis.url(), { nearCache: { maxAge: '200ms' } });
    await untilNear(brief, 'k');
    await until('it is asked anew', async () => !(await isNear(brief, () => brief.cache.get('k'))));
    await brief.caches.close();
  });

  it('is told of keys with its prefix alone', async () => {
    for (let i = 0; i < 100; i += 1) await raw('SET', `other:${i}`, 'x');
    await raw('SET', at.cache.makeKey('told'), '1');
    await seen('told', 1);
    const { invalidations, flushes } = at.caches.near()!;
    expect({ invalidations, flushes }).toEqual({ invalidations: 0, flushes: 1 });
    expect(await isNear(at, () => at.cache.get('k'))).toBe(true);
  });

  it('keeps no misses', async () => {
    for (let i = 0; i < 3; i += 1) expect(await isNear(at, () => at.cache.get('none'))).toBe(false);
    expect(at.caches.near()!.entries).toBe(1);
  });

  it('is passed by where the primary has to answer: tokens, lives, locks', async () => {
    const { cache } = at;
    expect(await isNear(at, () => cache.getWithToken('k'))).toBe(false);
    expect(await isNear(at, () => cache.getWithPttl('k'))).toBe(false);
    expect(await isNear(at, () => cache.getManyWithPttl(['k']))).toBe(false);
    expect(await isNear(at, () => cache.ttl('k'))).toBe(false);
    expect(await isNear(at, () => cache.lock('lock', { timeout: 5 }).run(() => Promise.resolve()))).toBe(false);
  });

  it('gives each caller a copy', async () => {
    await at.cache.set('list', { rows: [{ id: 1 }], at: 'x' });
    await untilNear(at, 'list');
    const first = (await at.cache.get<{ rows: { id: number }[] }>('list'))!;
    first.rows[0]!.id = 2;
    first.rows.push({ id: 3 });
    const many = (await at.cache.getMany<{ rows: { id: number }[] }>(['list'])).get('list')!;
    many.rows.pop();
    expect(await isNear(at, async () => expect(await at.cache.get('list')).toEqual({ rows: [{ id: 1 }], at: 'x' }))).toBe(true);
  });

  it('reads many: what is near from here, the others from Redis, in the order of the keys', async () => {
    await at.cache.setMany({ a: 1, b: null, c: 3 });
    await untilNear(at, 'b');
    expect([...(await at.cache.getMany(['a', 'k', 'none', 'b', 'c']))]).toEqual([
      ['a', 1],
      ['k', 'old'],
      ['b', null],
      ['c', 3],
    ]);
    await until('all are near', async () => {
      const { hits } = at.caches.near()!;
      await at.cache.getMany(['a', 'k', 'b', 'c']);
      return at.caches.near()!.hits === hits + 4;
    });
  });

  it('stays within its bounds', async () => {
    const small = openNear(redis.url(), { nearCache: { maxBytes: 20_000, maxEntries: 7 } });
    const keys = Array.from({ length: 50 }, (_, i) => `n${i}`);
    await small.cache.setMany(Object.fromEntries(keys.map((key) => [key, key])));
    await untilNear(small, 'n0');
    for (const key of keys) await untilNear(small, key);
    expect(small.caches.near()!.entries).toBe(7);
    await small.cache.set('large', 'x'.repeat(30_000));
    for (let i = 0; i < 5; i += 1) expect(await isNear(small, () => small.cache.get('large'))).toBe(false);
    expect(small.caches.near()!.bytes).toBeLessThanOrEqual(20_000);
    await small.caches.close();
  });
});

describe('caches that share a server', () => {
  let redis: LocalRedis;
  beforeAll(async () => {
    redis = await startLocalRedis();
  });
  afterAll(() => redis.stop());

  it('have one link, whose prefixes are merged', async () => {
    const setting = (KEY_PREFIX: string) => ({
      BACKEND: 'redis',
      LOCATION: redis.url(),
      KEY_PREFIX,
      OPTIONS: { nearCache: {}, deadline: 10_000 },
    });
    const caches = createCaches({ CACHES: { default: setting('a'), inner: setting('a:b'), other: setting('c') } });
    for (const alias of caches.aliases()) {
      const cache = caches.get(alias);
      await cache.set('k', 1);
      await until(`${alias} has it`, async () => {
        await cache.get('k');
        return caches.near(alias)!.entries === 1;
      });
      await redis.primary.command('SET', cache.makeKey('k'), 'gone');
      await until(`${alias} hears of it`, () => caches.near(alias)!.entries === 0, TOLD_WITHIN_MS);
    }
    expect(await linksOf(redis.primary)).toHaveLength(1);
    await caches.close();
  });

  it('whose user may not use CLIENT TRACKING ask Redis each time, and say so once', async () => {
    await redis.primary.command('ACL', 'SETUSER', 'plain', 'on', '>pw', '~*', '&*', '+@all', '-client|tracking');
    const at = openNear(redis.url().replace('redis://', 'redis://plain:pw@'));
    await at.cache.set('k', 1);
    await until('it is said', () => at.log.some(({ level }) => level === 'warn'));
    for (let i = 0; i < 20; i += 1) expect(await isNear(at, () => at.cache.get('k'))).toBe(false);
    expect(at.log.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
      expect.stringMatching(/OPTIONS\.nearCache is off: .* refuses CLIENT TRACKING \(NOPERM\)\. .*\+client\|tracking/),
    ]);
    expect(at.caches.near()).toMatchObject({ hits: 0, fills: 0, entries: 0 });
    await at.caches.close();
  });

  it('whose password was changed say so, and have a near tier again once it is right', async () => {
    const setUser = (...rules: string[]): Promise<unknown> => redis.primary.command('ACL', 'SETUSER', 'rotated', ...rules);
    await setUser('on', '>pw', '~*', '&*', '+@all');
    const at = openNear(redis.url().replace('redis://', 'redis://rotated:pw@'));
    await at.cache.set('k', 1);
    await untilNear(at, 'k');
    await setUser('resetpass', '>other');
    const links = await linksOf(redis.primary);
    await killLinks(
      redis.primary,
      links.filter((link) => link.includes('user=rotated')),
    );
    await until('it is said', () => at.log.some(({ level }) => level === 'warn'));
    expect(at.log.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
      expect.stringMatching(/OPTIONS\.nearCache is off: .*PASSWORD.* It is tried again\./),
    ]);
    expect(await isNear(at, () => at.cache.get('k'))).toBe(false);
    await setUser('>pw');
    await untilNear(at, 'k');
    await at.caches.close();
  });

  it('whose user may not ask INFO have a near tier', async () => {
    await redis.primary.command('ACL', 'SETUSER', 'quiet', 'on', '>pw', '~*', '&*', '+@all', '-info');
    const at = openNear(redis.url().replace('redis://', 'redis://quiet:pw@'));
    await at.cache.set('k', 1);
    await untilNear(at, 'k');
    expect(at.log.filter(({ level }) => level !== 'info')).toEqual([]);
    await at.caches.close();
  });
});
