import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { createCaches, type SentinelCache, type SentinelCaches } from 'nestjs-sentinel-cache';
import { startMonitor, type Monitor } from './support/monitor.js';

const PASSWORD = 'admin';
const OPTIONS = { deadline: '5s' };
/** Pickles of 'hello' by protocols 4 and 5 (W-10, W-13). */
const HELLO_4 = Buffer.from('80049509000000000000008c0568656c6c6f942e', 'hex').toString('latin1');
const HELLO_5 = Buffer.from('80059509000000000000008c0568656c6c6f942e', 'hex').toString('latin1');

let redis: LocalRedis;
let monitor: Monitor;
let caches: SentinelCaches;
beforeAll(async () => {
  redis = await startLocalRedis({ password: PASSWORD });
  monitor = await startMonitor(redis, PASSWORD);
  caches = createCaches({
    default: { BACKEND: 'django_redis.cache.RedisCache', LOCATION: redis.url(0), KEY_PREFIX: 'w', OPTIONS },
    core: { BACKEND: 'django.core.cache.backends.redis.RedisCache', LOCATION: redis.url(0), KEY_PREFIX: 'c', OPTIONS },
  });
});
afterAll(async () => {
  await caches?.close();
  monitor?.stop();
  await redis?.stop();
});

/** What the call made a client send, and what its scripts did. */
async function wire(call: Promise<unknown>): Promise<{ sent: string[][]; inside: string[][] }> {
  await call;
  const executed = await monitor.take();
  const those = (byScript: boolean) => executed.filter((one) => one.byScript === byScript).map(({ args }) => [...args]);
  return { sent: those(false), inside: those(true) };
}

describe('commands on the wire: the same as django-redis', () => {
  let cache: SentinelCache;
  beforeEach(async () => {
    cache = caches.get();
    await cache.clear({ database: true });
    await cache.set('k', 1, 60);
    await monitor.take();
  });

  it.each([
    ['set', () => cache.set('a', 'hello', 1.5), ['SET', 'w:1:a', HELLO_4, 'PX', '1500']],
    ['set for ever', () => cache.set('a', 42, null), ['SET', 'w:1:a', '42']],
    ['set with TIMEOUT', () => cache.set('a', -7), ['SET', 'w:1:a', '-7', 'PX', '300000']],
    ['set with xx', () => cache.set('a', 1, 60, { xx: true }), ['SET', 'w:1:a', '1', 'PX', '60000', 'XX']],
    ['add', () => cache.add('a', 'hello', 10), ['SET', 'w:1:a', HELLO_4, 'PX', '10000', 'NX']],
    ['add for ever', () => cache.add('a', 1, null), ['SET', 'w:1:a', '1', 'NX']],
    ['add with a timeout of 0', () => cache.add('a', 1, 0), ['EXISTS', 'w:1:a']],
    ['get', () => cache.get('a', { version: 3 }), ['GET', 'w:3:a']],
    ['getMany', () => cache.getMany(['a', 'k']), ['MGET', 'w:1:a', 'w:1:k']],
    ['has', () => cache.has('k'), ['EXISTS', 'w:1:k']],
    ['touch', () => cache.touch('k', 2.5), ['PEXPIRE', 'w:1:k', '2500']],
    ['touch for ever', () => cache.touch('k', null), ['PERSIST', 'w:1:k']],
    ['persist', () => cache.persist('k'), ['PERSIST', 'w:1:k']],
    ['pexpire', () => cache.pexpire('k', 1234), ['PEXPIRE', 'w:1:k', '1234']],
    ['pexpireAt', () => cache.pexpireAt('k', 4_000_000_000_123), ['PEXPIREAT', 'w:1:k', '4000000000123']],
    ['clear the database', () => cache.clear({ database: true }), ['FLUSHDB']],
  ] as const)('W-50: %s', async (_, call, command) => {
    expect((await wire(call())).sent).toEqual([command]);
  });

  it('W-50: incr adds with INCRBY inside one script', async () => {
    const { sent, inside } = await wire(cache.incr('k', 5));
    expect(sent.map(([name]) => name)).toEqual(expect.arrayContaining([expect.stringMatching(/^EVAL/)]));
    expect(inside).toContainEqual(['INCRBY', 'w:1:k', '5']);
    expect((await wire(cache.incr('k', 5))).sent).toHaveLength(1);
  });

  it('W-50: setMany sets each key with its own PX, all in one step', async () => {
    // The server learns the script; one entry alone goes by SET.
    await cache.setMany({ a: 0, b: 0 }, 60);
    await monitor.take();
    const { sent, inside } = await wire(cache.setMany({ a: 'hello', b: 2 }, 60));
    expect(sent.map(([name]) => name)).toEqual(['EVALSHA']);
    expect(inside).toEqual([
      ['SET', 'w:1:a', HELLO_4, 'PX', '60000'],
      ['SET', 'w:1:b', '2', 'PX', '60000'],
    ]);
  });
});

describe('commands on the wire: different from django-redis on purpose', () => {
  let cache: SentinelCache;
  beforeEach(async () => {
    cache = caches.get();
    await cache.clear({ database: true });
    await cache.setMany({ k: 1, l: 2 }, 60);
    await cache.incrVersion('k', 0);
    await monitor.take();
  });

  it('W-50: deletes with UNLINK, one command for many keys', async () => {
    expect((await wire(cache.deleteMany(['k', 'l']))).sent).toEqual([['UNLINK', 'w:1:k', 'w:1:l']]);
    expect((await wire(cache.set('k', 1, 0))).sent).toEqual([['UNLINK', 'w:1:k']]);
  });

  it('W-50: asks for a lifetime once, where django-redis asks EXISTS and TTL', async () => {
    expect((await wire(cache.ttl('k'))).sent).toEqual([['PTTL', 'w:1:k']]);
    expect((await wire(cache.pttl('k'))).sent).toEqual([['PTTL', 'w:1:k']]);
  });

  it('A-29, W-50: incrVersion is one script, where django-redis sends five commands', async () => {
    const { sent, inside } = await wire(cache.incrVersion('k'));
    expect(sent.map(([name]) => name)).toEqual(['EVALSHA']);
    expect(inside).toContainEqual(['RENAME', 'w:1:k', 'w:2:k']);
  });

  it('A-55, W-50: keys, deletePattern and clear go by SCAN and UNLINK, not KEYS, DEL and FLUSHDB', async () => {
    expect((await wire(cache.keys('*'))).sent).toEqual([['SCAN', '0', 'MATCH', 'w:1:*', 'COUNT', '500']]);
    expect((await wire(cache.deletePattern('k*', { itersize: 10 }))).sent).toEqual([
      ['SCAN', '0', 'MATCH', 'w:1:k*', 'COUNT', '10'],
      ['UNLINK', 'w:1:k'],
    ]);
    expect((await wire(cache.clear())).sent).toEqual([
      ['SCAN', '0', 'MATCH', 'w:*', 'COUNT', '500'],
      ['UNLINK', 'w:1:l'],
    ]);
  });
});

describe('commands on the wire: Django core', () => {
  it('W-51: the same keys and bytes, and lifetimes in milliseconds, where Django cuts them to seconds', async () => {
    const cache = caches.get('core');
    expect((await wire(cache.set('a', 'hello', 1.5))).sent).toEqual([['SET', 'c:1:a', HELLO_5, 'PX', '1500']]);
    expect((await wire(cache.add('a', 1, 60))).sent).toEqual([['SET', 'c:1:a', '1', 'PX', '60000', 'NX']]);
    expect((await wire(cache.touch('a', 60))).sent).toEqual([['PEXPIRE', 'c:1:a', '60000']]);
    expect(await cache.get('a')).toBe('hello');
    await cache.set('n', 1, 60);
    expect((await wire(cache.incr('n'))).inside).toContainEqual(['INCRBY', 'c:1:n', '1']);
  });
});
