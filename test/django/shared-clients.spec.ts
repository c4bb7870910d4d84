import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { InvalidArgumentError } from 'nestjs-sentinel-cache';
import { tag, type Tagged } from '../codec/tagged-value.js';
import type { Outcome } from './support/django-console.js';
import { SharedCaches } from './support/shared-caches.js';
import { Tally } from './support/tally.js';
import { untag } from './support/untag.js';
import { VALUES } from './support/values.js';

const DATABASES = [5, 6, 7];
const tally = new Tally('entries of HerdClient and ShardClient');

let shared: SharedCaches;
beforeAll(async () => {
  shared = await SharedCaches.start(({ primary: { host, port } }) => [
    {
      alias: 'herd',
      entry: { LOCATION: `redis://${host}:${port}/0` },
      options: { CLIENT_CLASS: 'django_redis.client.HerdClient' },
    },
    {
      alias: 'shards',
      entry: { LOCATION: DATABASES.map((database) => `redis://${host}:${port}/${database}`) },
      options: { CLIENT_CLASS: 'django_redis.client.ShardClient' },
    },
  ]);
}, 400_000);
afterAll(async () => {
  await shared?.stop();
  tally.print();
});

const int = (value: number): Tagged => ({ $int: String(value) });
const valueOf = (found: Outcome): Tagged => ('value' in found ? found.value : { $error: found.message });

describe('HerdClient', () => {
  const ours = () => shared.ours('herd');
  const django = <T = Tagged>(method: string, ...args: readonly Tagged[]) => shared.django.call<T>('herd', method, ...args);
  const packed = (name: string) =>
    shared.django.ask<{ marker: string; value: Tagged; seconds: number }>('packed', { cache: 'herd', name });
  const lives = async (name: string) => Math.ceil(Number(await ours().command('PTTL', ours().makeKey(name))) / 10_000) * 10;

  it('A-80: what either writes the other reads, of every type', async () => {
    const names = Object.keys(VALUES);
    await shared.django.ask('write', { cache: 'herd', entries: VALUES });
    for (const name of names) tally.compare(name, tag((await ours().get(name)) ?? null), VALUES[name]);
    for (const name of names) await ours().set(name, untag(VALUES[name]!), 300);
    const found = await shared.django.ask<Record<string, Outcome>>('read', { cache: 'herd', names });
    for (const name of names) tally.compare(name, valueOf(found[name]!), VALUES[name]);
    await shared.settle();
    const many = await ours().getMany(names);
    for (const name of names) tally.compare(name, tag(many.get(name)), VALUES[name]);
  });

  it('A-80: both store the marker, the value and the soft end, and let it live CACHE_HERD_TIMEOUT longer', async () => {
    await django('set', 'packed:django', int(7), int(100));
    await ours().set('packed:ours', 7, 100);
    await ours().setMany({ 'packed:many': 7 }, 100);
    await ours().add('packed:added', 7, 100);
    for (const name of ['packed:django', 'packed:ours', 'packed:many', 'packed:added']) {
      const { seconds, ...rest } = await packed(name);
      tally.compare(name, { ...rest }, { marker: 'django_redis.client.herd.Marker', value: int(7) });
      expect(Math.ceil(seconds / 10) * 10).toBe(100);
      expect(await lives(name)).toBe(160);
    }
  });

  it('A-80: what lives for ever is stored plain by both', async () => {
    await django('set', 'plain:django', int(7), null);
    await ours().set('plain:ours', 7, null);
    for (const name of ['plain:django', 'plain:ours']) {
      tally.compare(name, String(await ours().command('GET', ours().makeKey(name))), '7');
      tally.compare(name, await django('get', name), tag(await ours().get(name)));
    }
  });

  it.each([
    ['30 s before its soft end is there', 30, 'value'],
    ['59 s after its soft end is a miss', -59, null],
    ['an hour after its soft end is a miss', -3600, null],
  ])('A-81: an entry %s for both', async (name, seconds, expected) => {
    await shared.django.ask('stale', { cache: 'herd', name, value: 'value', seconds });
    await shared.settle();
    tally.compare(name, tag((await ours().get(name)) ?? null), expected);
    tally.compare(name, await django('get', name), expected);
  });

  it('A-82: touch keeps the form, and neither counts', async () => {
    await ours().set('touched', 'x', 30);
    expect(await django('touch', 'touched', int(200))).toBe(true);
    expect(await lives('touched')).toBe(260);
    expect(await ours().touch('touched', 400)).toBe(true);
    expect((await packed('touched')).value).toBe('x');
    expect(await lives('touched')).toBe(460);
    await ours().set('count', 1, 30);
    await expect(ours().incr('count')).rejects.toBeInstanceOf(InvalidArgumentError);
    await expect(django('incr', 'count')).rejects.toThrow(/^NotImplementedError/);
  });
});

describe('ShardClient', () => {
  const ours = () => shared.ours('shards');
  const tagged = ['{a}1', '{a}2', 'x{user:7}y', '{', '}{', '{}', 'a{b}c{d}e', 'čaj', '', 'a\nb{c}'];
  const names = [...Array.from({ length: 150 }, (_, index) => `k${index}`), ...tagged];

  it('A-90, A-91: both pick the same node for every key, tagged or not', async () => {
    const nodes = await shared.django.ask<Record<string, string>>('nodes', { cache: 'shards', names });
    await ours().setMany(Object.fromEntries(names.map((name) => [name, name])), 300);
    const { primary } = shared.topology;
    const held = new Map<string, string>();
    for (const database of DATABASES) {
      await primary.command('SELECT', String(database));
      for (const key of (await primary.command('KEYS', '*')) as string[])
        held.set(key, `redis://${primary.host}:${primary.port}/${database}`);
    }
    await primary.command('SELECT', '0');
    for (const name of names) tally.compare(name, held.get(ours().makeKey(name)), nodes[name]);
    expect(new Set(held.values()).size).toBe(3);
  });

  it('A-92: what either writes the other reads, counts, finds and deletes', async () => {
    await ours().setMany(Object.fromEntries(names.map((name) => [name, `${name}!`])), 300);
    const found = await shared.django.ask<Record<string, Outcome>>('read', { cache: 'shards', names });
    for (const name of names) tally.compare(name, valueOf(found[name]!), `${name}!`);
    const entries = Object.fromEntries(names.map((name, index) => [name, int(index)]));
    await shared.django.ask('write', { cache: 'shards', entries });
    await shared.settle();
    const many = await ours().getMany(names);
    for (const name of names) tally.compare(name, tag(many.get(name)), entries[name]);
    expect(await ours().incr('k1', 5)).toBe(6);
    tally.compare('k1', await shared.django.call('shards', 'incr', 'k1'), int(7));
    const keys = (await shared.django.call<string[]>('shards', 'keys', 'k1*')).toSorted();
    tally.compare('k1*', (await ours().keys('k1*')).toSorted(), keys);
    tally.compare('delete_pattern', await shared.django.call('shards', 'delete_pattern', 'k1*'), int(keys.length));
    await shared.settle();
    expect((await ours().getMany(keys)).size).toBe(0);
    expect(await ours().deletePattern('k2*')).toBe(11);
    expect(await shared.django.call('shards', 'keys', 'k2*')).toEqual([]);
  });
});
