import { createHash } from 'node:crypto';
import { expect, it } from '@jest/globals';
import {
  CacheUnavailableError,
  ImproperlyConfiguredError,
  InvalidArgumentError,
  InvalidCacheKeyError,
  type KeyFunction,
  type SentinelCache,
} from 'nestjs-sentinel-cache';
import { onRedisAndLocmem } from './support/on-redis-and-locmem.js';
import { rejectionOf } from './support/waiting.js';

async function collect(keys: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const key of keys) all.push(key);
  return all.sort();
}

async function fill(cache: SentinelCache, count: number): Promise<string[]> {
  const keys = Array.from({ length: count }, (_, i) => `${i % 2 ? 'odd' : 'even'}:${i}`);
  await cache.setMany(new Map(keys.map((key) => [key, 1])), 600);
  return keys.sort();
}

const hashing: KeyFunction = (key, prefix, version) => createHash('sha256').update(`${prefix}|${version}|${key}`).digest('hex');

onRedisAndLocmem('key search', ({ kind, cache, setting, others, redis }) => {
  it('A-54: keys and iterKeys give the keys as they were given to set', async () => {
    await cache().setMany({ 'user:1': 1, 'user:2': 2, 'ä:🔑': 3, other: 4 }, 60);
    await cache().set('user:9', 9, 60, { version: 2 });
    expect((await cache().keys('user:*')).sort()).toEqual(['user:1', 'user:2']);
    expect(await collect(cache().iterKeys('*'))).toEqual(['other', 'user:1', 'user:2', 'ä:🔑']);
    expect(await cache().keys('*', { version: 2 })).toEqual(['user:9']);
    expect(await cache().keys('ä:*')).toEqual(['ä:🔑']);
    expect(await cache().keys('none*')).toEqual([]);
    expect(await cache().keys('')).toEqual([]);
  });

  it('A-54: iterKeys gives each of thousands once, in rounds of any size', async () => {
    const keys = await fill(cache(), 5000);
    for (const itersize of [undefined, 1000, 10_000]) {
      expect(await collect(cache().iterKeys('*', itersize === undefined ? {} : { itersize }))).toEqual(keys);
    }
    expect((await cache().keys('odd:*', { itersize: 100 })).sort()).toEqual(keys.filter((key) => key.startsWith('odd')));
  });

  it('A-54: iterKeys can be left, and asks for nothing before it is begun', async () => {
    await fill(cache(), 2000);
    cache().iterKeys('*');
    let taken = 0;
    for await (const key of cache().iterKeys('even:*', { itersize: 10 })) {
      expect(key).toMatch(/^even:/);
      if (++taken === 5) break;
    }
    expect(taken).toBe(5);
  });

  it('A-54: what stays is found while others come, go and are used', async () => {
    const keys = await fill(cache(), 2000);
    const seen: string[] = [];
    for await (const key of cache().iterKeys('even:*', { itersize: 50 })) {
      seen.push(key);
      await cache().get(key);
      if (seen.length % 50 === 0) await cache().deletePattern(`odd:${seen.length}*`);
    }
    expect(seen.sort()).toEqual(keys.filter((key) => key.startsWith('even')));
  });

  it('A-55: deletePattern says how many there were, and leaves everything else', async () => {
    await fill(cache(), 3000);
    await cache().set('odd:1', 1, 60, { version: 2 });
    expect(await cache().deletePattern('odd:*', { itersize: 70 })).toBe(1500);
    expect(await cache().deletePattern('odd:*')).toBe(0);
    expect(await cache().keys('even:*')).toHaveLength(1500);
    expect(await cache().has('odd:1', { version: 2 })).toBe(true);
    expect(await cache().deletePattern('odd:*', { version: 2 })).toBe(1);
  });

  it('A-55: deletePattern takes another prefix', async () => {
    const caches = others({ default: setting(), other: setting({ KEY_PREFIX: 'ot*er' }) });
    const [one, other] = [caches.get(), caches.get('other')];
    await other.setMany({ a: 1, b: 2, ba: 3 }, 60);
    await one.setMany({ a: 1, b: 2 }, 60);
    expect(await one.deletePattern('a', { prefix: 'ot*er' })).toBe(1);
    expect(await one.deletePattern('b*', { prefix: 'ot*er' })).toBe(2);
    expect(await one.deletePattern('*', { prefix: 'o*' })).toBe(0);
    expect(await other.keys('*')).toEqual([]);
    expect(await one.keys('*')).toHaveLength(2);
  });

  it.each([
    ['p*[x]?', ['pa[x]b', 'pxx', 'p*x?', 'p*[x]y']],
    ['a', ['ab', 'b', '']],
    ['p\\', ['p', 'p\\\\']],
    [']', ['[', '\\]']],
  ])('A-56: signs in the prefix %p are literal: entries of %j stay out', async (prefix, neighbours) => {
    const caches = others({
      default: setting({ KEY_PREFIX: prefix }),
      ...Object.fromEntries(neighbours.map((neighbour) => [`of ${neighbour}`, setting({ KEY_PREFIX: neighbour })])),
    });
    const own = caches.get();
    await own.set('mine', 1, 60);
    for (const neighbour of neighbours) await caches.get(`of ${neighbour}`).set('theirs', 1, 60);
    expect(await own.keys('*')).toEqual(['mine']);
    expect(await own.deletePattern('*')).toBe(1);
    for (const neighbour of neighbours) expect(await caches.get(`of ${neighbour}`).keys('*')).toEqual(['theirs']);
  });

  it('A-56: signs in the version are literal, and a colon in it is no end of it', async () => {
    for (const version of ['v*', 'v[1]', 'vx', 'v1', 'v:1', 'v']) await cache().set('k:1', version, 60, { version });
    for (const version of ['v*', 'v[1]', 'v:1']) {
      expect(await cache().keys('*', { version })).toEqual(['k:1']);
      expect(await cache().deletePattern('*', { version })).toBe(1);
    }
    expect(await cache().get('k:1', { version: 'vx' })).toBe('vx');
    expect(await cache().get('k:1', { version: 'v1' })).toBe('v1');
  });

  it('A-56: in the key part every sign of a Redis glob has its meaning', async () => {
    const names = ['user:1', 'user:10', 'usher', 'User:1', 'a*b', 'a?b', 'a[b', 'ab'];
    await cache().setMany(new Map(names.map((name) => [name, 1])), 60);
    for (const [pattern, matched] of [
      ['user:?', ['user:1']],
      ['us*r*', ['user:1', 'user:10', 'usher']],
      ['[uU]ser:1', ['User:1', 'user:1']],
      ['[^u]*', ['User:1', 'a*b', 'a?b', 'a[b', 'ab']],
      ['a\\*b', ['a*b']],
      ['a\\?b', ['a?b']],
      ['a\\[b', ['a[b']],
      ['a[*?]b', ['a*b', 'a?b']],
      ['user:1', ['user:1']],
    ] as const) {
      expect((await cache().keys(pattern)).sort()).toEqual([...matched].sort());
    }
  });

  it('A-5, A-56: a KEY_FUNCTION and a REVERSE_KEY_FUNCTION of the user´s own make and unmake keys and patterns', async () => {
    const own = others({
      default: setting({
        KEY_PREFIX: 'own',
        KEY_FUNCTION: (key: string, prefix: string, version: string) => `${prefix}/${version}/${key}`,
        REVERSE_KEY_FUNCTION: (stored: string) => stored.split('/').slice(2).join('/'),
      }),
    }).get();
    await own.setMany({ 'user/1': 1, 'user/2': 2, other: 3 }, 60);
    expect(own.makeKey('user/1')).toBe('own/1/user/1');
    expect((await own.keys('user/*')).sort()).toEqual(['user/1', 'user/2']);
    expect(await own.deletePattern('user/*')).toBe(2);
    expect(await own.keys('*')).toEqual(['other']);
    expect(await rejectionOf(own.clear())).toBeInstanceOf(ImproperlyConfiguredError);
  });

  it('A-5: with a KEY_FUNCTION alone, keys are unmade by Django´s rule, and what has no third part is an error', async () => {
    const split = (separator: string) => (key: string, prefix: string, version: string) => [prefix, version, key].join(separator);
    const caches = others({
      default: setting({ KEY_PREFIX: 'colons', KEY_FUNCTION: split(':') }),
      dots: setting({ KEY_PREFIX: 'dots', KEY_FUNCTION: split('.') }),
    });
    for (const alias of caches.aliases()) await caches.get(alias).set('a:b', 1, 60);
    expect(await caches.get().keys('*')).toEqual(['a:b']);
    const error = await rejectionOf(caches.get('dots').keys('*'));
    expect(error).toBeInstanceOf(InvalidCacheKeyError);
    expect(error.message).toContain('REVERSE_KEY_FUNCTION');
    expect(await caches.get('dots').deletePattern('*')).toBe(1);
  });

  it('A-56: a KEY_FUNCTION that hides patterns is an error that says so, not an empty answer', async () => {
    const hashed = others({ default: setting({ KEY_FUNCTION: hashing }) }).get();
    await hashed.setMany({ a: 1, 'a*c': 2 }, 60);
    for (const call of [hashed.keys('a*'), collect(hashed.iterKeys('?')), hashed.deletePattern('[a]')]) {
      const error = await rejectionOf(call);
      expect(error).toBeInstanceOf(ImproperlyConfiguredError);
      expect(error.problems).toMatchObject([
        { path: 'CACHES.default.KEY_FUNCTION', remedy: expect.stringContaining('deleteMany') },
      ]);
    }
    expect(await hashed.deletePattern('a\\*c')).toBe(1);
    expect(await hashed.deletePattern('a')).toBe(1);
  });

  it('refuses what is no pattern and no itersize', async () => {
    for (const wrong of [undefined, null, 5, {}]) {
      for (const call of [
        cache().keys(wrong as never),
        collect(cache().iterKeys(wrong as never)),
        cache().deletePattern(wrong as never),
      ])
        expect(await rejectionOf(call)).toBeInstanceOf(InvalidArgumentError);
    }
    for (const itersize of [0, -1, 1.5, Number.NaN, Infinity, 10_001, '10' as never]) {
      for (const call of [cache().keys('*', { itersize }), cache().deletePattern('*', { itersize })])
        expect(await rejectionOf(call)).toBeInstanceOf(InvalidArgumentError);
    }
  });

  it('refuses a signal that is no AbortSignal', async () => {
    for (const signal of [5, 'stop', {}, new AbortController()] as never[]) {
      const calls = [cache().keys('*', { signal }), collect(cache().iterKeys('*', { signal })), cache().clear({ signal })];
      for (const call of [...calls, cache().deletePattern('*', { signal })])
        expect(await rejectionOf(call)).toBeInstanceOf(InvalidArgumentError);
    }
  });

  it('ends for a caller who aborts, and deletes nothing more', async () => {
    await fill(cache(), 2000);
    const enough = new AbortController();
    const going = async () => {
      for await (const key of cache().iterKeys('*', { itersize: 10, signal: enough.signal })) if (key) enough.abort();
    };
    for (const call of [
      going(),
      cache().deletePattern('*', { signal: AbortSignal.abort() }),
      cache().keys('*', { signal: AbortSignal.abort() }),
    ]) {
      const error = await rejectionOf(call);
      expect(error).toBeInstanceOf(CacheUnavailableError);
      expect(error.reason).toBe('aborted');
    }
    expect(await cache().keys('*')).toHaveLength(2000);
  });

  it('lets the event loop breathe, and holds a batch at a time', async () => {
    await fill(cache(), 60_000);
    let turns = 0;
    const turn = (): void => {
      turns += 1;
      waiting = setImmediate(turn);
    };
    let waiting = setImmediate(turn);
    let found = 0;
    for await (const key of cache().iterKeys('*')) found += key === '' ? 0 : 1;
    const turnsOfSearch = turns;
    expect(await cache().deletePattern('*')).toBe(60_000);
    clearImmediate(waiting);
    expect(found).toBe(60_000);
    expect(turnsOfSearch).toBeGreaterThan(50);
    expect(turns - turnsOfSearch).toBeGreaterThan(50);
  });

  if (kind === 'locmem') return;

  it('A-54, A-55: sends SCAN and UNLINK, never KEYS', async () => {
    await fill(cache(), 1500);
    await redis()!.command('CONFIG', 'RESETSTAT');
    await cache().keys('*');
    await cache().deletePattern('*');
    const stats = String(await redis()!.command('INFO', 'commandstats'));
    expect(stats).toMatch(/cmdstat_scan:calls=\d+/);
    expect(stats).toMatch(/cmdstat_unlink:calls=\d+/);
    expect(stats).not.toMatch(/cmdstat_(keys|del):/);
  });

  it('A-54, A-55: begin anew where the connection was lost, and give each key once all the same', async () => {
    const keys = await fill(cache(), 3000);
    const seen: string[] = [];
    for await (const key of cache().iterKeys('*', { itersize: 100 })) {
      seen.push(key);
      if (seen.length === 1200) await redis()!.command('CLIENT', 'KILL', 'TYPE', 'normal');
    }
    expect(seen.sort()).toEqual(keys);
    const deleting = cache().deletePattern('*', { itersize: 20 });
    await redis()!.command('CLIENT', 'KILL', 'TYPE', 'normal');
    await deleting.catch((error: unknown) => expect(error).toBeInstanceOf(CacheUnavailableError));
    await cache().deletePattern('*');
    expect(await cache().keys('*')).toEqual([]);
  });

  it('A-55: a refusal half-way says how many were removed, and that the call is neither done nor undone', async () => {
    await fill(cache(), 5000);
    const left = async (): Promise<number> => Number(await cache().command('DBSIZE'));
    const all = await left();
    const deleting = rejectionOf(cache().deletePattern('*', { itersize: 5 }));
    try {
      while ((await left()) === all);
      await redis()!.command('CONFIG', 'SET', 'min-replicas-to-write', 1);
      const refused = await deleting;
      expect(refused).toMatchObject({ redisCode: 'NOREPLICAS', executed: 'unknown' });
      expect(refused.message).toContain(`${all - (await left())} entries were removed`);
    } finally {
      await redis()!.command('CONFIG', 'SET', 'min-replicas-to-write', 0);
    }
  });

  it('A-54: leaves out keys of others that no text can name, and deletes them with the rest', async () => {
    await redis()!.command('SELECT', 1);
    await redis()!.command('SET', Buffer.from([0x3a, 0x31, 0x3a, 0xff, 0xfe]) as never, 'bytes');
    await cache().set('k', 1, 60);
    expect(await cache().keys('*')).toEqual(['k']);
    expect(await cache().deletePattern('*')).toBe(2);
    expect(await redis()!.command('DBSIZE')).toBe(0);
  });
});
