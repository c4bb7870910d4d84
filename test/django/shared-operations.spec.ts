import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CommandRejectedError, MissingCacheKeyError } from 'nestjs-sentinel-cache';
import { tag, type Tagged } from '../codec/tagged-value.js';
import { DjangoError } from './support/django-console.js';
import { OPERATIONS, STATES, type Operation } from './support/operations.js';
import { SharedCaches } from './support/shared-caches.js';
import { Tally } from './support/tally.js';
import { untag } from './support/untag.js';

const tally = new Tally('operations');

let shared: SharedCaches;
beforeAll(async () => {
  shared = await SharedCaches.start(() => [{ alias: 'odd', entry: { KEY_PREFIX: 'p*[x]?', VERSION: 3 } }]);
}, 400_000);
afterAll(async () => {
  await shared?.stop();
  tally.print();
});

const ours = () => shared.ours('default');
const django = <T = Tagged>(method: string, ...args: readonly Tagged[]) => shared.django.call<T>('default', method, ...args);

/** What came of a call, and what it left: of versions 0 to 3 each value and life in seconds, to the tens. */
interface Aftermath {
  readonly answer: Tagged;
  readonly left: readonly unknown[];
}

async function aftermath(key: string, answer: Tagged): Promise<Aftermath> {
  await shared.settle();
  const left = await Promise.all(
    [0, 1, 2, 3].map(async (version) => {
      const found = await ours().getWithPttl(key, { version });
      if (!found) return 'missing';
      return { value: tag(found.value), seconds: found.pttl === null ? null : found.pttl < 2000 ? 1.5 : Math.ceil(found.pttl / 10_000) * 10 };
    }),
  ); // prettier-ignore
  return { answer, left };
}

async function byDjango({ method, args = [], kwargs = {} }: Operation, key: string): Promise<Aftermath> {
  try {
    return await aftermath(key, await shared.django.ask('ask', { cache: 'default', method, args: [key, ...args], kwargs }));
  } catch (error) {
    // A missing key is a ValueError, and text that should be counted a TypeError.
    if (!(error instanceof DjangoError) || !['ValueError', 'TypeError'].includes(error.type)) throw error;
    return aftermath(key, { $error: error.type });
  }
}

async function byUs({ ours: run }: Operation, key: string): Promise<Aftermath> {
  try {
    return await aftermath(key, tag((await run(ours(), key)) ?? null));
  } catch (error) {
    if (error instanceof MissingCacheKeyError) return aftermath(key, { $error: 'ValueError' });
    if (error instanceof CommandRejectedError) return aftermath(key, { $error: 'TypeError' });
    throw error;
  }
}

describe.each(Object.entries(STATES))('one entry, where there is %s', (state, found) => {
  it.each(OPERATIONS.map((operation) => [operation.proves, operation.name, operation] as const))(
    '%s: %s answers and leaves here what it does in Django',
    async (_proves, name, operation) => {
      const keys = [`${state}:${name}:django`, `${state}:${name}:ours`] as const;
      // Each side finds what the other wrote.
      if (found) {
        await ours().set(keys[0], untag(found.value), found.timeout);
        await django('set', keys[1], found.value, found.timeout === null ? null : { $int: String(found.timeout) });
      }
      await shared.settle();
      const [expected, got] = [await byDjango(operation, keys[0]), await byUs(operation, keys[1])];
      if (operation.apart?.[state]) return expect(got).not.toEqual(expected);
      if (operation.answersApart?.[state]) expect(got.answer).not.toEqual(expected.answer);
      else tally.compare(`${name}: answer`, got.answer, expected.answer);
      tally.compare(`${name}: left`, got.left, expected.left);
    },
  );
});

describe('counters', () => {
  it('A-25: both count on one number, and its lifetime stays', async () => {
    await django('set', 'visits', { $int: '40' }, { $int: '500' });
    expect(await ours().incr('visits')).toBe(41);
    expect(await django('incr', 'visits', { $int: '2' })).toEqual({ $int: '43' });
    expect(await ours().decr('visits', 3)).toBe(40);
    expect(await ours().ttl('visits')).toBeGreaterThan(400);
    tally.compare('visits', await django('get', 'visits'), { $int: '40' });
  });

  it('A-26, W-1: both count past 2^63, turn by turn, exactly', async () => {
    await ours().set('huge', 2n ** 63n - 2n, 500);
    let expected = 2n ** 63n - 2n;
    for (let i = 0; i < 3; i += 1) {
      tally.compare('huge', tag(await ours().incr('huge', 1)), { $int: String((expected += 1n)) });
      tally.compare('huge', await django('incr', 'huge', { $int: '1' }), { $int: String((expected += 1n)) });
    }
    expect(expected).toBeGreaterThan(2n ** 63n);
    tally.compare('huge', await django('get', 'huge'), { $int: String(expected) });
    tally.compare('huge', tag(await ours().get('huge')), { $int: String(expected) });
    expect(await ours().ttl('huge')).toBeGreaterThan(400);
  });

  it('A-25: nothing is lost when both count at once', async () => {
    await ours().set('crowd', 0, 500);
    const counting = Array.from({ length: 200 }, () => ours().incr('crowd'));
    for (let i = 0; i < 50; i += 1) await django('incr', 'crowd');
    await Promise.all(counting);
    await shared.settle();
    tally.compare('crowd', tag(await ours().get('crowd')), { $int: '250' });
  });
});

describe('lifetimes', () => {
  it.each([
    ['a number', 77, { $int: '77' }],
    ['none', null, null],
  ])('A-50: %s of seconds, given by either, is what both read', async (_name, seconds, tagged) => {
    await ours().set('lives:ours', 'x', seconds);
    await django('set', 'lives:django', 'x', tagged);
    await shared.settle();
    for (const key of ['lives:ours', 'lives:django']) {
      const [here, there] = [await ours().pttl(key), await django<{ $int: string } | null>('pttl', key)];
      expect(here === null).toBe(seconds === null);
      if (here === null) expect(there).toBeNull();
      else expect(Math.abs(here - Number((there as { $int: string }).$int))).toBeLessThan(5000);
    }
  });

  it('A-29: a version that Django raised keeps its lifetime here, and the other way round', async () => {
    await ours().set('article', 'a', 500);
    expect(await django('incr_version', 'article')).toEqual({ $int: '2' });
    await shared.settle();
    expect(await ours().get('article')).toBeUndefined();
    expect(await ours().get('article', { version: 2 })).toBe('a');
    expect(await ours().ttl('article', { version: 2 })).toBeGreaterThan(400);
    expect(await ours().incrVersion('article', 1, { version: 2 })).toBe(3);
    expect(await shared.django.ask('ask', { cache: 'default', method: 'get', args: ['article'], kwargs: { version: { $int: '3' } } })).toBe('a'); // prettier-ignore
    expect(await shared.django.ask('ask', { cache: 'default', method: 'ttl', args: ['article'], kwargs: { version: { $int: '2' } } })).toEqual({ $int: '0' }); // prettier-ignore
  });
});

describe('an entry that both change', () => {
  it('compareAndSet sees what Django stored, deleted or counted in between', async () => {
    for (const [method, ...args] of [['set', 'theirs'], ['delete'], ['incr']] as const) {
      await ours().set('contended', 1, 60);
      const { token } = await ours().getWithToken('contended');
      await django(method, 'contended', ...args);
      expect(await ours().compareAndSet('contended', token, 'mine', 60)).toBe(false);
      const { token: current } = await ours().getWithToken('contended');
      expect(await ours().compareAndSet('contended', current, 'mine', 60)).toBe(true);
      tally.compare(method, await django('get', 'contended'), 'mine');
    }
  });

  it('A-20: whoever comes second gets what the first one made', async () => {
    expect(await ours().getOrSet('made:ours', () => ({ by: 'us' }), 60)).toEqual({ by: 'us' });
    tally.compare('get_or_set', await django('get_or_set', 'made:ours', 'else', { $int: '60' }), { $dict: [['by', 'us']] });
    await django('get_or_set', 'made:django', null, { $int: '60' });
    await shared.settle();
    tally.compare('getOrSet', tag(await ours().getOrSet('made:django', () => 'else', 60)), null);
  });
});

describe('many keys', () => {
  const words = (found: Tagged) => (found as string[]).toSorted();

  it('A-24: what one side stores or deletes at once, the other finds or misses', async () => {
    await ours().setMany({ 'm:1': 1, 'm:2': 'two', 'm:3': null }, 60);
    const expected = { $dict: [['m:1', { $int: '1' }], ['m:2', 'two'], ['m:3', null]] }; // prettier-ignore
    tally.compare('get_many', await django('get_many', ['m:1', 'm:2', 'm:3', 'm:4']), expected);
    await django(
      'set_many',
      {
        $dict: [
          ['m:4', { $int: '4' }],
          ['m:5', 'five'],
        ],
      },
      { $int: '60' },
    );
    await shared.settle();
    tally.compare('getMany', tag(await ours().getMany(['m:4', 'm:5', 'm:6'])), { $dict: [['m:4', { $int: '4' }], ['m:5', 'five']] }); // prettier-ignore
    expect(await django('delete_many', ['m:1', 'm:2', 'm:9'])).toEqual({ $int: '2' });
    expect(await ours().deleteMany(['m:3', 'm:4', 'm:9'])).toBe(2);
    expect(words(await django('keys', 'm:*'))).toEqual(['m:5']);
  });

  it.each(['user:*', 'user:?', 'user:[12]', '*7*', 'us\\er:1', 'user:1', '*', 'nothing*', 'user:\\*'])(
    'A-54, A-55, A-56: the pattern %s finds and deletes the same keys from both sides, with glob signs in the prefix',
    async (pattern) => {
      const cache = shared.ours('odd');
      const names = ['user:1', 'user:2', 'user:77', 'user:*', 'uséer', 'other', 'a:b:c', ''];
      const fill = () => cache.setMany(Object.fromEntries(names.map((name) => [name, name])), 60);
      await fill();
      // What a pattern must not reach: the prefix taken for a glob, and another version.
      await shared.topology.primary.command('SET', 'pppx9:3:user:1', 'x');
      await cache.set('user:1', 'other version', 60, { version: 4 });
      await shared.settle();
      const found = words(await shared.django.call('odd', 'keys', pattern));
      expect((await cache.keys(pattern)).toSorted()).toEqual(found);
      tally.compare(pattern, words(await shared.django.call('odd', 'iter_keys', pattern)), found);
      const removed = await cache.deletePattern(pattern);
      expect(await shared.django.call('odd', 'keys', pattern)).toEqual([]);
      await fill();
      tally.compare(pattern, await shared.django.call('odd', 'delete_pattern', pattern), { $int: String(removed) });
      await shared.settle();
      expect(await cache.keys(pattern)).toEqual([]);
      expect(await cache.get('user:1', { version: 4 })).toBe('other version');
    },
  );

  it("A-22: our clear() leaves the other cache's entries, Django's clear() leaves nobody's", async () => {
    await shared.ours('odd').set('kept', 1, 60);
    await ours().setMany({ a: 1, b: 2 }, 60);
    await ours().set('a', 1, 60, { version: 9 });
    await ours().clear();
    expect(await django('keys', '*')).toEqual([]);
    expect(await shared.django.call('odd', 'get', 'kept')).toEqual({ $int: '1' });
    await django('clear');
    await shared.settle();
    expect(await shared.ours('odd').get('kept')).toBeUndefined();
  });
});
