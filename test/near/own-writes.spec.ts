import { setTimeout as pause } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import type { SentinelCache } from 'nestjs-sentinel-cache';

import { LinkProxy } from './support/link-proxy.js';
import { isNear, openNear, untilNear, type NearCaches } from './support/near-caches.js';

/** Another value than before, or none: where bytes are no value of ours, that they are none is enough. */
const OTHER = 'something else';
const GRACE = { grace: 3600, softTimeout: '30s' };

/** What changes `k`, which is 1, and what is read then. */
const WRITES: readonly (readonly [string, (cache: SentinelCache) => Promise<unknown>, unknown])[] = [
  ['set', (cache) => cache.set('k', 2), 2],
  ['set that deletes', (cache) => cache.set('k', 2, 0), undefined],
  ['setMany', (cache) => cache.setMany({ k: 2 }), 2],
  ['incr', (cache) => cache.incr('k'), 2],
  ['compareAndSet', async (cache) => cache.compareAndSet('k', (await cache.getWithToken('k')).token, 2), 2],
  ['getOrSet, in the background of an older value', (cache) => cache.getOrSet('k', () => 2, 3600, GRACE), 2],
  ['getOrSet with a lease', (cache) => cache.getOrSet('k', () => 2, 3600, { ...GRACE, lock: '30s' }), 2],
  ['delete', (cache) => cache.delete('k'), undefined],
  ['deleteMany', (cache) => cache.deleteMany(['a', 'k']), undefined],
  ['deletePattern', (cache) => cache.deletePattern('*'), undefined],
  ['deleteStoredKeys', (cache) => cache.deleteStoredKeys('*'), undefined],
  ['clear', (cache) => cache.clear(), undefined],
  ['clear of the database', (cache) => cache.clear({ database: true }), undefined],
  ['touch that deletes', (cache) => cache.touch('k', 0), undefined],
  ['expireAt', (cache) => cache.expireAt('k', new Date(0)), undefined],
  ['a move away', (cache) => cache.incrVersion('k'), undefined],
  ['a move to it', async (cache) => (await cache.set('k', 2, 60, { version: 2 }), cache.decrVersion('k', 1, { version: 2 })), 2],
  ['sets.diffStore', async (cache) => (await cache.sets.add('s', [2]), cache.sets.diffStore('k', ['s'])), undefined],
  ['a command', (cache) => cache.command('SET', cache.makeKey('k'), '2'), 2],
  ['a script', (cache) => cache.command('EVAL', "redis.call('DEL', ARGV[1] .. ':1:k')", 0, 'app'), undefined],
  ['invalidateTags', (cache) => cache.invalidateTags('other', 't'), undefined],
];

describe('while the link says nothing', () => {
  let redis: LocalRedis;
  let proxy: LinkProxy;
  let at: NearCaches;
  beforeAll(async () => {
    redis = await startLocalRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    await redis.primary.command('FLUSHALL');
    proxy = await LinkProxy.listen(redis.primary.port);
    at = openNear(`redis://127.0.0.1:${proxy.port}`, { tags: true });
    await at.cache.set('k', 1, 60, { tags: ['t'] });
  });
  afterEach(async () => {
    await at.caches.close();
    await proxy.close();
  });

  /** Freezes the link while `k` is near: what is dropped from here on was dropped by this process. */
  async function freeze(): Promise<void> {
    for (;;) {
      await untilNear(at, 'k');
      proxy.freeze();
      if (await isNear(at, () => at.cache.get('k'))) return;
      proxy.thaw();
    }
  }
  const read = (): Promise<unknown> => at.cache.get('k').catch(() => OTHER);

  it.each(WRITES)('a write of this process is seen by its next read: %s', async (_name, write, value) => {
    await freeze();
    await write(at.cache);
    expect(await read()).toBe(value);
  });

  it('a new life of this process is seen by its next read: the entry is asked for again', async () => {
    await freeze();
    await at.cache.touch('k', '300ms');
    await pause(400);
    expect(await read()).toBeUndefined();
  });

  it('a lock of this process is seen by its next read, under the key of an entry that another program deleted', async () => {
    await freeze();
    await redis.primary.command('DEL', at.cache.makeKey('k'));
    expect(await at.cache.lock('k', { timeout: 30 }).acquire()).toBe(true);
    expect(await read()).toBe(OTHER);
  });

  it('an eviction of pages by this process is seen by its next read: their tags are those of entries', async () => {
    await freeze();
    await at.caches.bytes('default').evictions.evict(['t'], 60_000);
    expect(await read()).toBeUndefined();
  });
});
