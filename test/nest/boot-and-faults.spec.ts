import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { startLocalRedis, startLocalSentinel, type LocalRedis, type LocalSentinel } from 'local-sentinel';
import { CacheUnavailableError, SentinelCache, type DjangoSettings } from 'nestjs-sentinel-cache';
import { deadPort } from '../cache/support/ports.js';
import { rejectionOf, timed, until, type Rejection } from '../cache/support/waiting.js';
import { bootWith, closeAll } from './support/boot.js';

const CALLS = 150;
const CALL_EVERY_MS = 20;
/** How soon exactly is measured by `npm run test:promises`. */
const SOON_MS = 30_000;

let topology: LocalSentinel;
let guarded: LocalSentinel;
let bare: LocalRedis;
beforeAll(async () => {
  [topology, guarded, bare] = await Promise.all([
    startLocalSentinel({ replicas: 0, sentinels: 3, password: 'admin' }),
    startLocalSentinel({ replicas: 0, sentinels: 3, password: 'admin', sentinelPassword: 'watch' }),
    startLocalRedis(),
  ]);
});
afterEach(closeAll);
afterAll(async () => {
  await Promise.all([topology?.stop(), guarded?.stop(), bare?.stop()]);
});

function sentinelSettings(LOCATION: string, OPTIONS: Record<string, unknown> = {}): DjangoSettings {
  return {
    CACHES: {
      default: {
        BACKEND: 'django_redis.cache.RedisCache',
        LOCATION,
        OPTIONS: { PASSWORD: 'admin', CLIENT_CLASS: 'django_sentinel.SentinelClient', ...OPTIONS },
      },
    },
  };
}

/** 50 calls a second for three seconds; none is left pending. */
async function load(cache: SentinelCache): Promise<void> {
  const calls: Promise<unknown>[] = [];
  for (let i = 0; i < CALLS; i += 1) {
    calls.push((i % 2 ? cache.get(`k${i}`) : cache.set(`k${i}`, i, 60)).catch((error: unknown) => error));
    await delay(CALL_EVERY_MS);
  }
  await Promise.all(calls);
}

/** What a call rejects with once the reason is known: on a busy machine the first deadline ends before a server has answered. */
async function rejectionFor(reason: string, cache: SentinelCache): Promise<Rejection> {
  const askedAtMs = performance.now();
  for (;;) {
    const { value: error } = await timed(rejectionOf(cache.get('k')), SOON_MS);
    if (error.reason === reason || performance.now() - askedAtMs > SOON_MS) return error;
  }
}

interface Fault {
  readonly fault: string;
  readonly settings: () => DjangoSettings | Promise<DjangoSettings>;
  readonly reason: string;
  /** What the message tells to do. */
  readonly says: RegExp;
}

const FAULTS: Fault[] = [
  {
    fault: 'a wrong master name',
    settings: () => sentinelSettings(topology.location().replace('mymaster', 'MyMaster')),
    reason: 'unknown-master',
    says: /'MyMaster'.*Check the name in LOCATION/s,
  },
  {
    fault: 'a wrong Redis password',
    settings: () => sentinelSettings(topology.location(), { PASSWORD: 'wr0ng' }),
    reason: 'auth',
    says: /refused the credentials.*OPTIONS\.PASSWORD/s,
  },
  {
    fault: 'no Redis password where one is needed',
    settings: () => sentinelSettings(topology.location(), { PASSWORD: null }),
    reason: 'auth',
    says: /refused the credentials.*OPTIONS\.PASSWORD/s,
  },
  {
    fault: 'a wrong sentinel password',
    settings: () => sentinelSettings(guarded.location(), { SENTINEL_KWARGS: { password: 'wr0ng' } }),
    reason: 'sentinel-auth',
    says: /SENTINEL_KWARGS/,
  },
  {
    fault: 'no sentinel password where one is needed',
    settings: () => sentinelSettings(guarded.location()),
    reason: 'sentinel-auth',
    says: /SENTINEL_KWARGS/,
  },
  {
    fault: 'no sentinel reachable',
    settings: async () => sentinelSettings(`mymaster/127.0.0.1:${await deadPort()},127.0.0.1:${await deadPort()}/0`),
    reason: 'no-sentinel',
    says: /none of 2 sentinels.*Check the addresses in LOCATION/s,
  },
  {
    fault: 'the port of a Redis instead of a sentinel´s',
    settings: () => sentinelSettings(`mymaster/${bare.host}:${bare.port}/0`),
    reason: 'no-sentinel',
    says: /is a Redis server and not a sentinel.*LOCATION/s,
  },
  {
    // Redis tells an unknown command before it asks for a password: SENTINEL is one to it, and none to a sentinel.
    fault: 'the port of a Redis with a password instead of a sentinel´s',
    settings: () => sentinelSettings(`mymaster/${topology.primary.address}/0`),
    reason: 'no-sentinel',
    says: /is a Redis server and not a sentinel.*LOCATION/s,
  },
  {
    fault: 'a database that the server does not have',
    settings: () => ({ default: { BACKEND: 'redis', LOCATION: bare.url(99) } }),
    reason: 'wrong-database',
    says: /refused database 99.*Use a database/s,
  },
];

describe.each(FAULTS)('with $fault', ({ settings, reason, says }) => {
  it(`pain 12, pain 14: boots; a call rejects with reason "${reason}" in time and says what to do; the log holds one line after three seconds`, async () => {
    const { value: booted } = await timed(Promise.resolve(settings()).then(bootWith), SOON_MS);
    const cache = booted.app.get(SentinelCache);
    const error = await rejectionFor(reason, cache);
    expect(error).toBeInstanceOf(CacheUnavailableError);
    expect(error).toMatchObject({ code: 'SENTINEL_CACHE_UNAVAILABLE', reason, executed: false, alias: 'default' });
    expect(error.message).toMatch(says);
    expect(error.message).not.toMatch(/wr0ng|admin/);
    await load(cache);
    const said = booted.log.ours.map(({ level, message }) => `${level}: ${message}`);
    expect(said.filter((line) => says.test(line) && line.startsWith('error'))).toHaveLength(1);
    expect(said).toHaveLength(1);
    expect(said.join('\n')).not.toMatch(/wr0ng|admin/);
  });
});

describe('with TLS on a port that speaks none', () => {
  it('pain 14: says that TLS got no answer, and not that the port can not be reached', async () => {
    const { app } = await bootWith({ default: { BACKEND: 'redis', LOCATION: `rediss://${bare.host}:${bare.port}/0` } });
    const { value: error } = await timed(rejectionOf(app.get(SentinelCache).get('k')), SOON_MS);
    expect(error).toMatchObject({ code: 'SENTINEL_CACHE_UNAVAILABLE', executed: false });
    expect(error.message).toMatch(/TLS/);
  });

  it('pain 14: rejects with reason "tls" where the port answers in plain text', async () => {
    const plain = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.write('-ERR unknown command\r\n'));
    }).listen(0, '127.0.0.1');
    await once(plain, 'listening');
    try {
      const { port } = plain.address() as AddressInfo;
      const { app } = await bootWith({ default: { BACKEND: 'redis', LOCATION: `rediss://127.0.0.1:${port}/0` } });
      const error = await rejectionFor('tls', app.get(SentinelCache));
      expect(error).toMatchObject({ reason: 'tls', executed: false });
      expect(error.message).toMatch(/TLS/);
    } finally {
      await closeAll();
      plain.close();
    }
  });
});

describe('with Redis down at the start', () => {
  it('pain 7: boots at once, says why in one line, and recovers by itself with one more', async () => {
    const redis = await startLocalRedis({ password: 'admin' });
    try {
      await redis.kill();
      const { value: booted } = await timed(bootWith({ default: { BACKEND: 'redis', LOCATION: redis.url(0) } }), SOON_MS);
      const cache = booted.app.get(SentinelCache);
      const error = await rejectionFor('no-primary', cache);
      expect(error).toMatchObject({ reason: 'no-primary', executed: false });
      expect(error.message).toMatch(/ECONNREFUSED/);
      await load(cache);
      const down = booted.log.ours.length;
      await redis.restart();
      await until('it has recovered', async () => cache.set('k', 1, 60).catch(() => false));
      await load(cache);
      expect(booted.log.ours.slice(down)).toMatchObject([
        { level: 'log', message: expect.stringContaining(`${redis.host}:${redis.port}`) },
      ]);
      expect(booted.log.ours.slice(0, down)).toMatchObject([
        { message: expect.stringMatching(new RegExp(`:${redis.port}.*ECONNREFUSED`)) },
      ]);
    } finally {
      await redis.stop();
    }
  });

  it('pain 12: boots with every sentinel and the primary dead, and recovers by itself when they come', async () => {
    const own = await startLocalSentinel({ replicas: 0, sentinels: 1, password: 'admin' });
    try {
      const nodes = own.nodes;
      await Promise.all(nodes.map((node) => node.kill()));
      const { value: booted } = await timed(bootWith(sentinelSettings(own.location())), SOON_MS);
      const cache = booted.app.get(SentinelCache);
      expect(await rejectionFor('no-sentinel', cache)).toMatchObject({ reason: 'no-sentinel', executed: false });
      await Promise.all(nodes.map((node) => node.restart()));
      await until('it has recovered', async () => cache.set('k', 1, 60).catch(() => false));
      expect(await cache.get('k')).toBe(1);
      expect(booted.log.ours.at(-1)).toMatchObject({ level: 'log' });
      expect(booted.log.ours.length).toBeLessThanOrEqual(6);
    } finally {
      await own.stop();
    }
  });

  it('pain 12: loses and finds Redis three times in six lines, not a stream', async () => {
    const redis = await startLocalRedis();
    try {
      const { app, log } = await bootWith({ default: { BACKEND: 'redis', LOCATION: redis.url(0) } });
      const cache = app.get(SentinelCache);
      await until('it stands', () => cache.set('k', 1, 60).catch(() => false));
      const before = log.ours.length;
      for (let round = 1; round <= 3; round += 1) {
        await redis.kill();
        await until('the loss is logged', () => log.ours.length === before + round * 2 - 1);
        await Promise.all(Array.from({ length: 100 }, () => cache.get('k').catch(() => undefined)));
        await redis.restart();
        await until('it is back', async () => cache.set('k', 1, 60).catch(() => false));
      }
      expect(log.ours.slice(before).map(({ level }) => level)).toEqual(['warn', 'log', 'warn', 'log', 'warn', 'log']);
    } finally {
      await redis.stop();
    }
  });
});
