import { tracingChannel } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { createCaches, OPERATIONS, type OperationEvent, type SentinelCaches } from 'nestjs-sentinel-cache';

import { until } from '../cache/support/waiting.js';
import { root } from './extract-snippets.js';

const page = readFileSync(join(root, 'docs', 'telemetry.md'), 'utf8');
const [table] = page.split('| method | operations |')[1]!.split('\n\n');
const wordsOf = (text: string) => [...text.matchAll(/`([A-Za-z.]+)`/g)].map(([, word]) => word!);
const rows = table!
  .split('\n')
  .map((line) => line.split('|'))
  .filter((cells) => cells.length === 4 && cells[1]!.includes('`'))
  .map(([, methods, operations]) => ({ methods: wordsOf(methods!), text: methods!.trim(), operations: wordsOf(operations!) }));

describe('the table of operations in docs/telemetry.md', () => {
  let redis: LocalRedis;
  let caches: SentinelCaches;
  const seen: string[] = [];
  const listener = ({ operation }: OperationEvent) => void seen.push(operation);
  const ends = tracingChannel<unknown, OperationEvent>(OPERATIONS).asyncEnd;
  beforeAll(async () => {
    redis = await startLocalRedis();
    const LOCATION = `redis://${redis.host}:${redis.port}/0`;
    caches = createCaches({ default: { BACKEND: 'redis', LOCATION, OPTIONS: { tags: true, deadline: '10s' } } });
    await caches.get().set('n', 1);
    ends.subscribe(listener as (event: unknown) => void);
  });
  afterAll(async () => {
    ends.unsubscribe(listener as (event: unknown) => void);
    await caches.close();
    await redis.stop();
  });

  const cache = () => caches.get();
  const slow = (ms: number) => () => new Promise<number>((resolve) => setTimeout(resolve, ms, 1));
  /** A call of each method; those in one row of several words are called one after the other. */
  const CALLS: Readonly<Record<string, () => Promise<unknown>>> = {
    getOrSet: () => cache().getOrSet('a', () => 1),
    'getOrSet lock': async () => {
      await cache().getOrSet('b', slow(400), 60, { lock: '500ms' });
      await cache().getOrSet('none', () => undefined, 60, { lock: true });
    },
    'getOrSet tags': () => cache().getOrSet('c', () => 1, 60, { tags: ['t'] }),
    getWithPttl: () => cache().getWithPttl('n'),
    getManyWithPttl: () => cache().getManyWithPttl(['n', 'm']),
    'set nx': () => cache().set('d', 1, 60, { nx: true }),
    decr: () => cache().decr('n'),
    decrVersion: () =>
      cache()
        .incrVersion('n')
        .then(() => cache().decrVersion('n', 1, { version: 2 })),
    pttl: () => cache().pttl('n'),
    persist: () => cache().persist('n'),
    expire: () => cache().expire('n', 60),
    pexpire: () => cache().pexpire('n', 60_000),
    expireAt: () => cache().expireAt('n', new Date(Date.now() + 60_000)),
    pexpireAt: () => cache().pexpireAt('n', Date.now() + 60_000),
    deletePattern: () => cache().deletePattern('nothing:*'),
    deleteStoredKeys: () => cache().deleteStoredKeys('nothing:*'),
    iterKeys: async () => {
      for await (const key of cache().iterKeys('n')) expect(key).toBe('n');
    },
    keys: () => cache().keys('n'),
    'cache.lock acquire extend release owned locked': async () => {
      const lock = cache().lock('l', { timeout: 60 });
      await lock.acquire();
      await lock.extend(60);
      await lock.owned();
      await lock.locked();
      await lock.release();
    },
    sets: () => cache().sets.add('s', ['a']),
    hashes: () => cache().hashes.set('h', 'a', 1),
    sortedSets: () => cache().sortedSets.add('z', { a: 1 }),
  };
  /** Methods of one row that have a call each; else the row is one call. */
  const callsOf = ({ methods }: (typeof rows)[number]) => {
    const whole = CALLS[methods.join(' ')];
    return whole ? [whole] : methods.map((method) => CALLS[method]!);
  };

  it('names a call for each method here, and each call here has its row', () => {
    const named = rows.flatMap((row) => (CALLS[row.methods.join(' ')] ? [row.methods.join(' ')] : row.methods));
    expect(named.toSorted()).toEqual(Object.keys(CALLS).toSorted());
  });

  it.each(rows)('$text', async (row) => {
    seen.length = 0;
    for (const call of callsOf(row)) await call();
    const wanted = row.operations.toSorted();
    const told = () => [...new Set(seen)].toSorted();
    // Nobody waits until a lease has been given back.
    await until('all have ended', () => told().length >= wanted.length);
    expect(told()).toEqual(wanted);
  });
});
