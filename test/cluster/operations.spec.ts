import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis } from 'local-sentinel';
import { CacheUnavailableError, CommandRejectedError, createCaches, ImproperlyConfiguredError } from 'nestjs-sentinel-cache';

import { rejectionOf } from '../cache/support/waiting.js';
import { until } from '../connection/until.js';
import { placesOf, startClusterFixture, type ClusterFixture } from './cluster-fixture.js';

/** More than one wave of the fan-out, and keys of nearly every slot range. */
const MANY = 1000;

const DEADLINE_MS = 500;
/** A bound of seconds catches what hangs. */
const HANGS_MS = 2000;

let at: ClusterFixture;
beforeAll(async () => {
  at = await startClusterFixture(0);
});
afterAll(() => at?.stop());

describe('a cache on a Redis Cluster', () => {
  it('gets, sets and deletes many keys over all slots, in the order that was asked for', async () => {
    const { cache } = at;
    const entries = Object.fromEntries(Array.from({ length: MANY }, (_, i) => [`many:${i}`, { i }]));
    await cache.setMany(entries, 60);
    const found = await cache.getMany([...Object.keys(entries).reverse(), 'absent']);
    expect([...found.keys()]).toEqual(Object.keys(entries).reverse());
    expect(found.get('many:7')).toEqual({ i: 7 });
    expect(await cache.deleteMany([...Object.keys(entries), 'absent'])).toBe(MANY);
    expect(await cache.getMany(Object.keys(entries))).toEqual(new Map());
  });

  it('A-55: deletePattern finds 20 000 keys on every primary, and leaves the others', async () => {
    const { cache } = at;
    for (let i = 0; i < 20_000; i += 5000)
      await cache.setMany(new Map(Array.from({ length: 5000 }, (_, j) => [`page:${i + j}`, 1])), 60);
    await cache.set('other', 1, 60);
    const sizes = await Promise.all(at.cluster.primaries.map(async (node) => Number(await node.command('DBSIZE'))));
    for (const size of sizes) expect(size).toBeGreaterThan(5000);
    expect(await cache.deletePattern('page:*')).toBe(20_000);
    expect(await cache.keys('page:*')).toEqual([]);
    expect(await cache.get('other')).toBe(1);
  });

  it('A-54: keys and iterKeys go through every primary', async () => {
    const { cache } = at;
    await cache.setMany({ 'it:a': 1, 'it:b': 2, 'it:c': 3, 'it:d': 4 }, 60);
    expect((await cache.keys('it:*')).sort()).toEqual(['it:a', 'it:b', 'it:c', 'it:d']);
    const seen = new Set<string>();
    for await (const key of cache.iterKeys('it:*')) seen.add(key);
    expect(seen.size).toBe(4);
  });

  it('clears its own prefix everywhere, and the database with every prefix', async () => {
    const { cache, caches, cluster } = at;
    await cache.setMany(new Map(Array.from({ length: 100 }, (_, i) => [`c${i}`, i])), 60);
    await cache.clear();
    expect(await cache.keys('*')).toEqual([]);
    await cluster.primaries[1]!.command('CONFIG', 'RESETSTAT');
    await cache.set('c', 1);
    await cache.clear({ database: true });
    expect(await Promise.all(cluster.primaries.map((node) => node.command('DBSIZE')))).toEqual([0, 0, 0]);
    expect(caches.topology()?.kind).toBe('cluster');
  });

  it('A-29: incrVersion moves an entry to the slot of its next version, life and all', async () => {
    const { cache } = at;
    for (let i = 0; i < 20; i += 1) {
      await cache.set(`v${i}`, i, 60);
      expect(await cache.incrVersion(`v${i}`)).toBe(2);
      expect(await cache.get(`v${i}`)).toBeUndefined();
      expect(await cache.get(`v${i}`, { version: 2 })).toBe(i);
      expect(await cache.pttl(`v${i}`, { version: 2 })).toBeGreaterThan(50_000);
    }
    expect(await rejectionOf(cache.incrVersion('absent'))).toMatchObject({ code: 'SENTINEL_CACHE_MISSING_KEY' });
    // No entry of the user's is in its way.
    await cache.setMany({ car: 1, 'car:moving': 2 }, 60);
    expect(await cache.incrVersion('car')).toBe(2);
  });

  it('counts, compares and locks by scripts at the key’s own primary, which forgot its scripts', async () => {
    const { cache, cluster } = at;
    await Promise.all(cluster.primaries.map((node) => node.command('SCRIPT', 'FLUSH')));
    const names = Array.from({ length: 30 }, (_, i) => `n${i}`);
    await Promise.all(names.map((name) => cache.set(name, 40, 60)));
    expect(await Promise.all(names.map((name) => cache.incr(name, 2)))).toEqual(names.map(() => 42));
    const { token } = await cache.getWithToken('n1');
    expect(await cache.compareAndSet('n1', token, 'swapped', 60)).toBe(true);
    const lock = cache.lock('n-lock', { timeout: 10, blocking: false });
    expect(await lock.acquire()).toBe(true);
    expect(await cache.lock('n-lock', { blocking: false }).acquire()).toBe(false);
    await lock.release();
    expect(await cache.getOrSet('n-made', () => 'made', 60)).toBe('made');
  });

  it('takes commands of one slot, braces included, and tells why not of two', async () => {
    const { cache } = at;
    await cache.setMany({ '{tag}a': 1, '{tag}b': 2, alone: 3 }, 60);
    const key = (name: string): string => cache.makeKey(name);
    expect(await cache.command('EXISTS', key('{tag}a'), key('{tag}b'))).toBe(2);
    const error = await rejectionOf(cache.command('EXISTS', key('{tag}a'), key('alone')));
    expect(error).toBeInstanceOf(CommandRejectedError);
    expect(error).toMatchObject({ redisCode: 'CROSSSLOT', executed: false });
    await cache.sets.add('{s}1', ['x', 'y']);
    await cache.sets.add('{s}2', ['y', 'z']);
    expect(await cache.sets.inter(['{s}1', '{s}2'])).toEqual(new Set(['y']));
    expect(await rejectionOf(cache.sets.inter(['{s}1', 'elsewhere']))).toMatchObject({ redisCode: 'CROSSSLOT', executed: false });
    for (const name of ['FLUSHDB', 'DBSIZE', 'KEYS', 'scan'])
      expect([name, await rejectionOf(cache.command(name, '*'))]).toMatchObject([
        name,
        { redisCode: 'NOTALLOWED', executed: false },
      ]);
    expect(String(await cache.command('PING'))).toBe('PONG');
    expect(await cache.command('EVAL', "return redis.call('GET', KEYS[1])", 1, key('alone'))).toEqual(Buffer.from('3'));
  });

  it('finds the primaries behind any one node that answers', async () => {
    const [, , third] = at.cluster.primaries;
    const location = `redis+cluster://:admin@127.0.0.1:1,${third!.address}`;
    const caches = createCaches({ default: { BACKEND: 'redis', LOCATION: location, OPTIONS: { deadline: 2000 } } });
    const keys = Array.from({ length: 30 }, (_, i) => `k${i}`);
    await Promise.all(keys.map((key) => caches.get().set(key, key, 60)));
    expect((await at.cache.getMany(keys)).size).toBe(30);
    expect(caches.topology()!.primaries!.map(({ connected }) => connected)).toEqual([true, true, true]);
    await caches.close();
  });
});

describe('a LOCATION that is no cluster of ours', () => {
  async function firstError(location: string): Promise<unknown> {
    const caches = createCaches({ default: { BACKEND: 'redis', LOCATION: location, OPTIONS: { deadline: 2000 } } });
    const error = await rejectionOf(caches.get().set('k', 1));
    await caches.close();
    return error;
  }

  it('is told at once: no cluster, a wrong password, a database that there is not', async () => {
    const redis = await startLocalRedis();
    try {
      expect(await firstError(`redis+cluster://${redis.host}:${redis.port}`)).toMatchObject({
        reason: 'unsupported-server',
        executed: false,
      });
    } finally {
      await redis.stop();
    }
    const location = at.cluster.location().replace('admin', 'wrong');
    expect(await firstError(location)).toMatchObject({ reason: 'auth', executed: false });
    await expect(firstError(at.cluster.location(1))).rejects.toThrow(ImproperlyConfiguredError);
  });

  it('needs CLUSTER SLOTS alone; a user who may not ask it is told which right is missing', async () => {
    const { cluster } = at;
    const as = (name: string) => cluster.location().replace('//:', `//${name}:`);
    for (const node of cluster.nodes) {
      await node.command('ACL', 'SETUSER', 'narrow', 'on', '>admin', '~*', '+@all', '-cluster', '+cluster|slots');
      await node.command('ACL', 'SETUSER', 'blind', 'on', '>admin', '~*', '+@all', '-cluster');
    }
    const caches = createCaches({ default: { BACKEND: 'redis', LOCATION: as('narrow'), OPTIONS: { deadline: 2000 } } });
    expect(await caches.get().set('narrow', 1, 60)).toBe(true);
    await caches.close();
    const error = await firstError(as('blind'));
    expect(error).toMatchObject({ reason: 'auth', executed: false, message: expect.stringContaining('+cluster|slots') });
  });

  it('bounds what waits for a cluster that nobody knows, and ends it all at close', async () => {
    const caches = createCaches({
      default: {
        BACKEND: 'redis',
        LOCATION: 'redis+cluster://127.0.0.1:1',
        OPTIONS: { deadline: 5000, gate: { queuedCommands: 5 } },
      },
    });
    const calls = Array.from({ length: 8 }, (_, i) => rejectionOf(caches.get().set(`k${i}`, i)));
    const full = await Promise.all(calls.slice(5));
    expect(full).toMatchObject(full.map(() => ({ reason: 'queue-full', executed: false })));
    await caches.close();
    const waiting = await Promise.all(calls.slice(0, 5));
    expect(waiting).toMatchObject(waiting.map(() => ({ reason: 'closed', executed: false })));
  });
});

describe('with IGNORE_EXCEPTIONS and one primary hung', () => {
  it('only its keys are misses: the others are there, in one call with it too, and each kind of trouble is published once', async () => {
    const { cluster, cache } = at;
    const OPTIONS = { deadline: DEADLINE_MS, IGNORE_EXCEPTIONS: true };
    const caches = createCaches({ default: { BACKEND: 'redis', LOCATION: cluster.location(), OPTIONS } });
    const soft = caches.get();
    const names = Array.from({ length: 300 }, (_, i) => `soft:${i}`);
    await soft.setMany(new Map(names.map((name) => [name, 1])), 60);
    const victim = cluster.primaries[0]!;
    const owners = await Promise.all(names.map(async (name) => (await placesOf(at, name)).owner));
    const ignored: unknown[] = [];
    const listen = (event: unknown): void => void ignored.push(event);
    subscribe('nestjs-sentinel-cache:ignored-error', listen);
    try {
      await victim.hang();
      const found = await soft.getMany(names);
      expect([...found.keys()]).toEqual(names.filter((_name, i) => owners[i] !== victim));
      expect(ignored.length).toBeGreaterThan(0);
      expect(ignored.length).toBeLessThan(4);
      expect(await soft.get(names[owners.indexOf(victim)]!)).toBeUndefined();
    } finally {
      unsubscribe('nestjs-sentinel-cache:ignored-error', listen);
      await victim.resume();
    }
    await until(async () => (await cache.getMany(names).catch(() => new Map())).size === names.length);
    await caches.close();
  });
});

describe('with every node hung', () => {
  it('calls are "unknown", then "not executed", each within its deadline, and what was not executed never is', async () => {
    const { cluster } = at;
    const LOCATION = cluster.location();
    const caches = createCaches({ default: { BACKEND: 'redis', LOCATION, OPTIONS: { deadline: DEADLINE_MS } } });
    const cache = caches.get();
    await Promise.all(Array.from({ length: 30 }, (_, i) => cache.set(`w${i}`, i)));
    await Promise.all(cluster.nodes.map((node) => node.hang()));
    const startedAtMs = performance.now();
    const names = Array.from({ length: 30 }, (_, i) => `h${i}`);
    const first = await Promise.all(names.map((name) => rejectionOf(cache.set(name, 1, 60))));
    const second = await Promise.all(names.map((name) => rejectionOf(cache.set(`${name}-later`, 1, 60))));
    const many = await rejectionOf(cache.setMany(new Map(names.map((name) => [`${name}-many`, 1])), 60));
    expect(performance.now() - startedAtMs).toBeLessThan(3 * DEADLINE_MS + HANGS_MS);
    for (const error of [...first, ...second, many]) expect(error).toBeInstanceOf(CacheUnavailableError);
    expect(first.map(({ executed }) => executed)).toContain('unknown');
    const never = second.flatMap((error, i) => (error.executed === false ? [`h${i}-later`] : []));
    expect(never.length).toBeGreaterThan(0);
    await Promise.all(cluster.nodes.map((node) => node.resume()));
    await until(async () => (await cache.set('probe', 1, 60).catch(() => false)) === true);
    await until(async () => (await cache.getMany(names).catch(() => undefined)) !== undefined);
    expect(await cache.getMany(never)).toEqual(new Map());
    await caches.close();
  });
});

describe('a cluster that can not be reached from the start', () => {
  let afterThat: (() => Promise<void>) | undefined;
  afterEach(() => afterThat?.());

  it('with IGNORE_EXCEPTIONS a call about all keys waits no longer than a get', async () => {
    const redis = await startLocalRedis();
    await redis.stop();
    const LOCATION = `redis+cluster://127.0.0.1:${redis.port}`;
    const OPTIONS = { deadline: '60s', IGNORE_EXCEPTIONS: true };
    const caches = createCaches({ default: { BACKEND: 'redis', LOCATION, OPTIONS } });
    const cache = caches.get();
    afterThat = () => caches.close();
    const startedAtMs = performance.now();
    expect(await cache.get('k')).toBeUndefined();
    expect(await cache.keys('*')).toEqual([]);
    expect(await cache.deletePattern('*')).toBe(0);
    for await (const key of cache.iterKeys('*')) throw new Error(key);
    await cache.clear();
    // Nobody may believe that a whole database is gone.
    expect(await rejectionOf(cache.clear({ database: true }))).toMatchObject({ alias: 'default', executed: false });
    expect(performance.now() - startedAtMs).toBeLessThan(30_000);
  });
});
