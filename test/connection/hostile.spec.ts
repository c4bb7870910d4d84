import { createServer, type Server, type Socket } from 'node:net';
import { inspect } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import {
  createCaches,
  type CacheEvent,
  type DjangoSettings,
  type SentinelCache,
  type SentinelCaches,
} from 'nestjs-sentinel-cache';

import { until } from './until.js';

const SECRET = 'S3CRET-pw';
const open = (location: string, options: Record<string, unknown> = {}, log: CacheEvent[] = []): SentinelCaches => {
  const OPTIONS = { PASSWORD: SECRET, ...options };
  return createCaches({ default: { BACKEND: 'redis', LOCATION: location, OPTIONS } } as DjangoSettings, {
    onEvent: (event) => log.push(event),
  });
};
const thrownBy = (call: Promise<unknown>): Promise<Error> =>
  call.then(
    () => new Error('nothing was thrown'),
    (error: Error) => error,
  );

describe('hostile and unlucky callers on one Redis', () => {
  let redis: LocalRedis;
  let caches: SentinelCaches;
  let cache: SentinelCache;
  beforeAll(async () => {
    redis = await startLocalRedis({ password: SECRET });
    caches = open(`redis://127.0.0.1:${redis.port}/0`);
    cache = caches.get();
    await cache.set('warm', 1);
  });
  afterAll(async () => {
    await caches.close();
    await redis.stop();
  });

  it.each(['MULTI\0x', 'multi', 'SUBSCRIBE', '__proto__', 'hasOwnProperty', 'valueOf', '', ' GET', 'GET\r\nFLUSHALL', 'Client'])(
    'command(%j) is refused before anything is sent, and harms nobody',
    async (name) => {
      await expect(cache.command(name, 'YES')).rejects.toMatchObject({ executed: false });
      await cache.set('after', name);
      expect(await cache.get('after')).toBe(name);
    },
  );

  it('command: SCRIPT DEBUG and CLIENT REPLY are refused, SCRIPT EXISTS and CLIENT ID are not', async () => {
    await expect(cache.command('SCRIPT', 'DEBUG', 'YES')).rejects.toMatchObject({ redisCode: 'NOTALLOWED' });
    await expect(cache.command('client', 'reply', 'off')).rejects.toMatchObject({ redisCode: 'NOTALLOWED' });
    expect(await cache.command('script', 'exists', 'a'.repeat(40))).toEqual([0]);
    expect(await cache.command('CLIENT', 'ID')).toBeGreaterThan(0);
  });

  it('a reply comes as Redis gave it, however the name is written', async () => {
    const key = cache.makeKey('hash');
    await cache.command('HSET', key, 'field', 'value');
    expect(await cache.command('hgetall', key)).toEqual([Buffer.from('field'), Buffer.from('value')]);
  });

  it('a script that writes and then fails with Redis´ own words is run once, and unknown', async () => {
    const key = cache.makeKey('script');
    for (const word of ['LOADING the report', 'READONLY today', 'BUSY try later']) {
      const lua = `redis.call('INCR', KEYS[1]); return redis.error_reply('${word}')`;
      await expect(cache.command('EVAL', lua, 1, key)).rejects.toMatchObject({ executed: 'unknown' });
    }
    expect(await cache.get('script')).toBe(3);
  });

  it('getOrSet inside getOrSet of the same key does not wait for itself', async () => {
    expect(await cache.getOrSet('inner', () => cache.getOrSet('inner', () => 'made'))).toBe('made');
  });

  it('15 000 callers of one key are one call to Redis and one making', async () => {
    let made = 0;
    const calls = Array.from({ length: 15_000 }, () => cache.getOrSet('crowd', () => (made += 1)));
    expect(new Set(await Promise.all(calls))).toEqual(new Set([1]));
    expect(made).toBe(1);
  });

  it('fault 35, pain 9: a value that a full Redis can not store is given back all the same', async () => {
    await redis.primary.command('CONFIG', 'SET', 'maxmemory', '1000000');
    try {
      await expect(cache.set('full', 1)).rejects.toMatchObject({ redisCode: 'OOM', executed: false });
      expect(await cache.getOrSet('full', () => 'made')).toBe('made');
    } finally {
      await redis.primary.command('CONFIG', 'SET', 'maxmemory', '0');
    }
  });

  it('clear that is aborted half-way says that it is unknown what was removed', async () => {
    const other = open(`redis://127.0.0.1:${redis.port}/1`);
    await other.get().setMany(Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, i])));
    const controller = new AbortController();
    const cleared = thrownBy(other.get().clear({ signal: controller.signal }));
    const left = async (): Promise<number> => Number(await other.get().command('DBSIZE'));
    await until(async () => (await left()) < 5000);
    controller.abort();
    const error = await cleared;
    if (await left()) expect(error).toMatchObject({ reason: 'aborted', executed: 'unknown' });
    await other.close();
  });

  it.each<[string, object]>([
    ['a cache', {}],
    ['a cache with a near tier', { nearCache: {} }],
  ])('no password shows in %s or in all of them, however deep somebody looks', async (_name, options) => {
    const caches = open(`redis://127.0.0.1:${redis.port}/0`, { ...options });
    const cache = caches.get();
    // A call under way hangs together with its connection.
    await cache.get('k');
    const underWay = cache.get('k');
    for (const shown of [
      inspect(caches, { depth: null }),
      inspect(cache, { depth: null, showHidden: true }),
      JSON.stringify(cache),
    ]) {
      expect(shown).not.toContain(SECRET);
    }
    await underWay;
    await caches.close();
  });

  it('after close a late first call is rejected and connects nothing', async () => {
    const log: CacheEvent[] = [];
    const late = open(`redis://127.0.0.1:${redis.port}/2`, {}, log);
    await late.close();
    await expect(late.get().get('k')).rejects.toMatchObject({ reason: 'closed', executed: false });
    late.start();
    expect(late.topology()?.state.status).toBe('closed');
    expect(log).toEqual([]);
  });
});

describe('a server that does not know HELLO', () => {
  it('is named as too old, and what it echoes of the password is not', async () => {
    const redis = await startLocalRedis({ password: SECRET, redisConfig: { 'rename-command': 'HELLO ""' } });
    const log: CacheEvent[] = [];
    const caches = open(`redis://127.0.0.1:${redis.port}/0`, {}, log);
    const error = await thrownBy(caches.get().get('k'));
    expect(error).toMatchObject({ reason: 'unsupported-server', executed: false });
    expect(inspect([error, log], { depth: null })).not.toContain(SECRET);
    await caches.close();
    await redis.stop();
  });
});

/** What no real sentinel does on request: answers rightly, and closes each connection soon after. */
function startFlappingSentinel(primaryPort: number, closesAfterMs: number): Promise<Server> {
  const answer = (socket: Socket, text: string): void => {
    // Every command gets its reply, in order, as from a real one.
    for (const command of text.split(/^\*\d+\r\n/m).slice(1)) {
      const words = command.split('\r\n').filter((line) => line !== '' && !line.startsWith('$'));
      const [name, subcommand] = words.map((word) => word.toUpperCase());
      if (name === 'HELLO') socket.write('%1\r\n$4\r\nmode\r\n$8\r\nsentinel\r\n');
      else if (name === 'SUBSCRIBE')
        words
          .slice(1)
          .forEach((channel, i) => socket.write(`>3\r\n$9\r\nsubscribe\r\n$${channel.length}\r\n${channel}\r\n:${i + 1}\r\n`));
      else if (subcommand === 'GET-MASTER-ADDR-BY-NAME')
        socket.write(`*2\r\n$9\r\n127.0.0.1\r\n$${String(primaryPort).length}\r\n${primaryPort}\r\n`);
      else socket.write(`-NOPERM this user has no permissions to run the '${words.join('|')}' command\r\n`);
    }
  };
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => answer(socket, chunk.toString('latin1')));
    setTimeout(() => socket.destroy(), closesAfterMs);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

describe('sentinels that answer and hang up', () => {
  it('still lead to the primary, and fill no log', async () => {
    const redis = await startLocalRedis({ password: SECRET });
    const sentinels = await Promise.all([1, 2, 3].map(() => startFlappingSentinel(redis.port, 30)));
    const hosts = sentinels.map((server) => `127.0.0.1:${(server.address() as { port: number }).port}`).join(',');
    const log: CacheEvent[] = [];
    const caches = open(`mymaster/${hosts}/0`, { CLIENT_CLASS: 'django_sentinel.SentinelClient' }, log);
    await until(() =>
      caches
        .get()
        .set('k', 1)
        .catch(() => false),
    );
    for (let i = 0; i < 200; i += 1) expect(await caches.get().set('k', i)).toBe(true);
    expect(log.length).toBeLessThanOrEqual(8);
    await caches.close();
    await Promise.all(sentinels.map((server) => new Promise((resolve) => server.close(resolve))));
    await redis.stop();
  });
});
