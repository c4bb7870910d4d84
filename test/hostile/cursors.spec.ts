import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createCaches, type SentinelCache, type SentinelCaches } from 'nestjs-sentinel-cache';

import { ScriptedServer } from './support/scripted-server.js';

const LIMIT_MS = 60_000;
/** The largest COUNT: the fewest round trips until a scan is too long. */
const OPTIONS = { itersize: 10_000 };

/** What a scan that has no end answers the nth time. */
const CURSORS: readonly (readonly [string, (n: number) => string])[] = [
  ['that stays the same', () => '7'],
  ['that goes round in a circle', (n) => String(1 + (n % 5))],
  ['that goes on', (n) => String(n)],
  ['that leaps about', (n) => String((BigInt(n) * 0x9e3779b97f4a7c15n) % 2n ** 64n || 1n)],
];

/** What a cursor may not be at all. */
const NO_CURSORS = ['', 'abc', '-1', '1.5', '18446744073709551616', '00', ' 0'];

let server: ScriptedServer;
let caches: SentinelCaches;
let cache: SentinelCache;
let roundTrips: number;
beforeEach(async () => {
  server = await ScriptedServer.start('data');
  const SERIALIZER = 'django_redis.serializers.json.JSONSerializer';
  const setting = { BACKEND: 'django_redis.cache.RedisCache', LOCATION: `redis://127.0.0.1:${server.port}/0` };
  caches = createCaches({ default: { ...setting, OPTIONS: { deadline: '5s', SERIALIZER } } });
  cache = caches.get();
  roundTrips = 0;
});
afterEach(async () => {
  await caches.close();
  await server.stop();
});

const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;

/** Scans give that cursor; each page of them what `found` says. How much there is: three of each. */
function scanWith(cursorAt: (n: number) => string, found: (n: number) => readonly string[] = () => []): void {
  server.hostile = ([name = '']) => {
    const upper = name.toUpperCase();
    if (['DBSIZE', 'SCARD', 'HLEN', 'ZCARD'].includes(upper)) return { kind: 'a size', bytes: Buffer.from(':3\r\n') };
    if (upper === 'UNLINK') return { kind: 'a count', bytes: Buffer.from(':1\r\n') };
    if (!upper.endsWith('SCAN')) return undefined;
    roundTrips += 1;
    const items = found(roundTrips);
    const page = `*2\r\n${bulk(cursorAt(roundTrips))}*${items.length}\r\n${items.map(bulk).join('')}`;
    return { kind: 'a page', bytes: Buffer.from(page) };
  };
}

async function drain(items: AsyncIterable<unknown>): Promise<void> {
  for await (const item of items) void item;
}

describe.each(CURSORS)('a cursor %s', (_what, cursorAt) => {
  it.each<[string, () => Promise<unknown>]>([
    ['keys', () => cache.keys('*', OPTIONS)],
    ['clear', () => cache.clear()],
    ['deletePattern', () => cache.deletePattern('*', OPTIONS)],
    ['iterKeys', () => drain(cache.iterKeys('*', OPTIONS))],
    ['iterStoredKeys', () => drain(cache.iterStoredKeys('*', OPTIONS))],
    ['sets.iterate', () => drain(cache.sets.iterate('s', { count: 10_000 }))],
    ['hashes.iterate', () => drain(cache.hashes.iterate('h', { count: 10_000 }))],
    ['sortedSets.iterate', () => drain(cache.sortedSets.iterate('z', { count: 10_000 }))],
  ])(
    'does not keep %s going for ever',
    async (_name, run) => {
      scanWith(cursorAt);
      await expect(run()).rejects.toMatchObject({ code: 'SENTINEL_CACHE_UNAVAILABLE', reason: 'protocol' });
      expect(roundTrips).toBeLessThan(30_000);
    },
    LIMIT_MS,
  );
});

describe('pages that never end', () => {
  it(
    'of keys that are always new do not keep clear going, which says how many it removed',
    async () => {
      scanWith(String, (n) => [`:1:key${n}`]);
      const error = await cache.clear().catch((failure: Error) => failure);
      expect(error).toMatchObject({ reason: 'protocol', executed: 'unknown' });
      expect((error as Error).message).toMatch(
        /^Cache 'default', clear.*: \d+ entries were removed, then: SCAN is given up, since it came to no end/,
      );
    },
    LIMIT_MS,
  );

  it.each(NO_CURSORS)('are no pages when their cursor is %j', async (cursor) => {
    scanWith(() => cursor);
    await expect(cache.keys('*')).rejects.toMatchObject({ reason: 'protocol' });
    expect(roundTrips).toBe(1);
  });

  it('a scan that does end is gone through to its end', async () => {
    scanWith(
      (n) => (n < 100 ? String(n) : '0'),
      (n) => [`:1:key${n}`],
    );
    expect(await cache.keys('*')).toHaveLength(100);
  });
});
