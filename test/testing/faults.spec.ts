import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  CacheUnavailableError,
  CommandRejectedError,
  createCaches,
  InvalidArgumentError,
  type SentinelCache,
  type SentinelCaches,
} from 'nestjs-sentinel-cache';
import { describeBackend, FakeClock, Faults, locmemTwin } from 'nestjs-sentinel-cache/testing';
import { MemoryBackend } from '../../libs/sentinel-cache/src/backends/memory/memory.backend.js';
import { MemoryStore } from '../../libs/sentinel-cache/src/backends/memory/memory-store.js';

describeBackend({ describe, it, beforeAll, afterAll }, 'a backend behind Faults without a fault', async () => {
  const clock = new FakeClock();
  const store = new MemoryStore({ maxEntries: 10_000, cullFrequency: 3, clock });
  const faults = new Faults();
  return {
    backend: faults.before(new MemoryBackend(store, 'default'), 'default'),
    peer: faults.before(new MemoryBackend(store, 'other'), 'other'),
    passTime: async (ms) => clock.advance(ms),
    wallMs: () => clock.wallMs(),
    close: async () => {},
  };
});

const redis = (database: number, options: Record<string, unknown> = {}) => ({
  BACKEND: 'redis',
  LOCATION: `redis://127.0.0.1:1/${database}`,
  OPTIONS: options,
});

describe('Faults', () => {
  let faults: Faults;
  let caches: SentinelCaches;
  let cache: SentinelCache;
  let other: SentinelCache;
  let tolerant: SentinelCache;
  beforeEach(async () => {
    faults = new Faults();
    const settings = { default: redis(0), other: redis(1), tolerant: redis(0, { IGNORE_EXCEPTIONS: true }) };
    caches = createCaches(locmemTwin(settings), { faults });
    [cache, other, tolerant] = ['default', 'other', 'tolerant'].map((alias) => caches.get(alias)) as [
      SentinelCache,
      SentinelCache,
      SentinelCache,
    ];
    await cache.set('a', 1);
  });
  afterEach(() => caches.close());

  const writes = (to: SentinelCache): [string, () => Promise<unknown>][] => [
    ['set', () => to.set('a', 2)],
    ['add', () => to.add('new', 2)],
    ['setMany', () => to.setMany({ a: 2 })],
    ['incr', () => to.incr('a')],
    ['delete', () => to.delete('b')],
    ['touch', () => to.touch('a', 60)],
    ['incrVersion', () => to.incrVersion('a')],
    ['clear', () => to.clear()],
    ['deletePattern', () => to.deletePattern('x*')],
    ['lock', () => to.lock('l', { timeout: 5 }).acquire({ blocking: false })],
  ];
  const reads = (from: SentinelCache): [string, () => Promise<unknown>][] => [
    ['get', () => from.get('a')],
    ['getMany', () => from.getMany(['a'])],
    ['getWithToken', () => from.getWithToken('a')],
    ['has', () => from.has('a')],
    ['pttl', () => from.pttl('a')],
    ['keys', () => from.keys('*')],
  ];

  it('outage: every call of every cache rejects at once, unexecuted, until it is over', async () => {
    faults.outage();
    for (const [name, call] of [...writes(cache), ...reads(cache), ...writes(other)]) {
      const error: unknown = await call().catch((reason: unknown) => reason);
      expect([name, error]).toEqual([name, expect.any(CacheUnavailableError)]);
      expect(error).toMatchObject({ reason: 'no-primary', executed: false, alias: expect.any(String) as unknown });
    }
    faults.recover();
    expect(await cache.get('a')).toBe(1);
  });

  it('outage of one cache, of one operation, for another reason', async () => {
    faults.outage({ alias: 'other', operations: ['get'], reason: 'connection-lost' });
    await expect(other.get('a')).rejects.toMatchObject({ reason: 'connection-lost', executed: 'unknown', alias: 'other' });
    expect([await other.has('a'), await cache.get('a')]).toEqual([false, 1]);
  });

  it('A-69: with IGNORE_EXCEPTIONS an outage reads as a miss and is published; its strict twin tells', async () => {
    const ignored: unknown[] = [];
    const hear = (event: unknown): void => void ignored.push(event);
    subscribe('nestjs-sentinel-cache:ignored-error', hear);
    try {
      faults.outage();
      expect([await tolerant.get('a'), await tolerant.set('a', 2), await tolerant.incr('a')]).toEqual([undefined, false, null]);
      await expect(caches.strict('tolerant').get('a')).rejects.toThrow(CacheUnavailableError);
    } finally {
      unsubscribe('nestjs-sentinel-cache:ignored-error', hear);
    }
    expect(ignored).toMatchObject([{ operation: 'get' }, { operation: 'set' }, { operation: 'incr' }]);
    faults.recover();
    expect(await tolerant.get('a')).toBe(1);
  });

  const GROWING = ['set', 'add', 'setMany', 'incr', 'lock'];
  it.each([
    ['OOM', GROWING],
    ['NOREPLICAS', 'writes'],
    ['NOPERM', 'all'],
  ] as const)('refuse %s: refuses what Redis refuses then, and reads go on where they would', async (redisCode, refused) => {
    faults.refuse(redisCode);
    for (const [kind, calls] of [
      ['writes', writes(cache)],
      ['reads', reads(cache)],
    ] as const) {
      for (const [name, call] of calls) {
        const isRefused = refused === 'all' || refused === kind || refused.includes(name);
        const error: unknown = await call().then(
          () => 'done',
          (reason: unknown) => reason,
        );
        const expected = isRefused ? expect.objectContaining({ redisCode, executed: false }) : 'done';
        expect([name, error]).toEqual([name, expected]);
        expect(error instanceof CommandRejectedError).toBe(isRefused);
        faults.recover();
        await cache.set('a', 1);
        faults.refuse(redisCode);
      }
    }
  });

  it('refuse: getOrSet gives what was made although a full Redis does not keep it', async () => {
    faults.refuse('OOM');
    expect(await cache.getOrSet('made', () => 5)).toBe(5);
    faults.recover();
    expect(await cache.get('made')).toBeUndefined();
  });

  it('failNext: one call of that name fails, outcome unknown, and was not carried out', async () => {
    faults.failNext('set');
    expect([await cache.get('a'), await cache.has('a')]).toEqual([1, true]);
    await expect(cache.set('a', 2)).rejects.toMatchObject({ reason: 'deadline', executed: 'unknown' });
    expect(await cache.get('a')).toBe(1);
    expect(await cache.set('a', 3)).toBe(true);
  });

  it('failNext applied: the reply was lost, the call was carried out', async () => {
    faults.failNext('incr', { applied: true, times: 2, alias: 'default' });
    for (let i = 0; i < 2; i += 1) await expect(cache.incr('a')).rejects.toMatchObject({ executed: 'unknown' });
    expect(await cache.incr('a')).toBe(4);
  });

  it('failNext with a code is a refusal, with a reason an outage', async () => {
    faults.failNext('set', { redisCode: 'WRONGTYPE' });
    faults.failNext('set', { reason: 'queue-full' });
    await expect(cache.set('a', 2)).rejects.toMatchObject({ redisCode: 'WRONGTYPE', executed: false });
    await expect(cache.set('a', 2)).rejects.toMatchObject({ reason: 'queue-full', executed: false });
    expect(await cache.get('a')).toBe(1);
  });

  it('slow: a call that fits into the deadline is late, one that does not is cut off there, and carried out', async () => {
    faults.slow(1, { deadlineMs: 20 });
    expect(await cache.get('a')).toBe(1);
    faults.slow(Infinity, { deadlineMs: 20 });
    await expect(cache.set('a', 2)).rejects.toMatchObject({ reason: 'deadline', executed: 'unknown' });
    faults.recover();
    expect(await cache.get('a')).toBe(2);
  });

  it('slow: what waits goes on at once when it is over, and is unknown when Redis goes away meanwhile', async () => {
    faults.slow(60_000, { deadlineMs: 60_000 });
    const first = cache.get('a');
    faults.recover();
    expect(await first).toBe(1);
    faults.slow(60_000, { deadlineMs: 60_000 });
    const second = cache.set('a', 2);
    faults.outage({ alias: 'other' });
    faults.outage();
    await expect(second).rejects.toMatchObject({ reason: 'no-primary', executed: 'unknown' });
    faults.recover();
    expect(await cache.get('a')).toBe(1);
  });

  it('an alias that no cache has, and arguments that contradict each other, are told', () => {
    expect(() => faults.outage({ alias: 'othre' })).toThrow(InvalidArgumentError);
    expect(() => faults.slow(-1)).toThrow(InvalidArgumentError);
    expect(() => faults.failNext('set', { applied: true, executed: false })).toThrow(InvalidArgumentError);
    expect(() => faults.failNext('set', { applied: true, redisCode: 'OOM' })).toThrow(InvalidArgumentError);
  });
});
