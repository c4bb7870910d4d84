import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { CodecError, createCaches, type SentinelCache, type SentinelCaches } from 'nestjs-sentinel-cache';
import { rejectionOf } from '../cache/support/waiting.js';
import { meetingBigints } from './support/number-keys.js';

const VALUES = 2000;
/** 3 MB of memory each: a value of its own may take that. */
const DICTS = 38_000;
const ZLIB = 'django_redis.compressors.zlib.ZlibCompressor';

let redis: LocalRedis;
let caches: SentinelCaches;
let strict: SentinelCache;
let ignoring: SentinelCache;
beforeAll(async () => {
  redis = await startLocalRedis();
  const of = (more: object): object => ({
    BACKEND: 'django_redis.cache.RedisCache',
    LOCATION: redis.url(),
    OPTIONS: { COMPRESSOR: ZLIB, deadline: '60s', ...more },
  });
  caches = createCaches({ CACHES: { default: of({}), ignoring: of({ IGNORE_EXCEPTIONS: true }) } } as never);
  strict = caches.get();
  ignoring = caches.get('ignoring');
});
afterAll(async () => {
  await caches?.close();
  await redis?.stop();
});
beforeEach(async () => {
  await redis.command('FLUSHALL');
});

/** A tuple of empty dicts and a number, 120 bytes long when compressed. */
function bomb(number: number): Buffer {
  const tail = Buffer.from([0x4d, number & 255, number >> 8, 0x74, 0x2e]);
  return deflateSync(Buffer.concat([Buffer.from([0x80, 4, 0x28]), Buffer.alloc(DICTS, '}'), tail]), { level: 9 });
}

const numbers = Array.from({ length: VALUES }, (_, i) => i);

async function store(command: string, key: string, args: readonly (readonly (string | number | Buffer)[])[]): Promise<void> {
  for (let from = 0; from < args.length; from += 500)
    await redis.command(command, ...(key ? [key] : []), ...args.slice(from, from + 500).flat());
}

async function storeBombs(): Promise<void> {
  await store(
    'HSET',
    ':1:h',
    numbers.map((i) => [`f${i}`, bomb(i)]),
  );
  await store(
    'ZADD',
    ':1:z',
    numbers.map((i) => [i, bomb(i)]),
  );
  await store(
    'SADD',
    ':1:s',
    numbers.map((i) => [bomb(i)]),
  );
  await store(
    'MSET',
    '',
    numbers.map((i) => [`:1:k${i}`, bomb(i)]),
  );
}

const keys = numbers.map((i) => `k${i}`);
const READS: Readonly<Record<string, (cache: SentinelCache) => Promise<Iterable<unknown>>>> = {
  getMany: async (cache) => (await cache.getMany(keys)).values(),
  getManyWithPttl: async (cache) => (await cache.getManyWithPttl(keys)).values(),
  'hashes.getAll': async (cache) => (await cache.hashes.getAll('h')).values(),
  'hashes.getMany': async (cache) =>
    (
      await cache.hashes.getMany(
        'h',
        numbers.map((i) => `f${i}`),
      )
    ).values(),
  'sets.members': (cache) => cache.sets.members('s'),
  'sets.randomMembers': (cache) => cache.sets.randomMembers('s', VALUES),
  'sortedSets.range': (cache) => cache.sortedSets.range('z', 0, -1),
  'sortedSets.range withScores': (cache) => cache.sortedSets.range('z', 0, -1, { withScores: true }),
};

describe(`a reply of ${VALUES} values of 120 bytes, each of which stands for ${DICTS} dicts`, () => {
  it.each(Object.entries(READS))('%s: is refused as one, by the name of the option', async (_name, read) => {
    await storeBombs();
    const error = await rejectionOf(read(strict));
    expect(error).toBeInstanceOf(CodecError);
    expect(error).toMatchObject({ message: expect.stringContaining('read fewer values at once, or raise maxDecodedBytes') });
  });

  it.each(Object.entries(READS))(
    '%s: with IGNORE_EXCEPTIONS gives no more of it than the budget pays for',
    async (_name, read) => {
      await storeBombs();
      expect([...(await read(ignoring))].length).toBeLessThan(100);
    },
  );
});

describe('values of one reply', () => {
  it.each(Object.entries(READS))('%s: honest ones are all read, however many', async (_name, read) => {
    const row = { id: 1, name: 'a name that is not short', tags: ['a', 'b'], price: 1.5 };
    const rows = numbers.map((i) => strict.setMany({ [`k${i}`]: { ...row, id: i } }));
    await Promise.all(rows);
    await strict.hashes.setMany('h', Object.fromEntries(numbers.map((i) => [`f${i}`, { ...row, id: i }])));
    const encoded = numbers.map((i) => [i, i % 2 ? i : `member ${i}`] as const);
    await strict.sets.add(
      's',
      encoded.map(([, member]) => member),
    );
    await strict.sortedSets.add('z', new Map(encoded.map(([score, member]) => [member, score])));
    expect([...(await read(strict))]).toHaveLength(VALUES);
  });

  it('one that is refused takes nothing from those after it', async () => {
    await ignoring.setMany(Object.fromEntries(keys.map((key) => [key, { key }])));
    await redis.command(
      'SET',
      ':1:k3',
      deflateSync(Buffer.concat([Buffer.from([0x80, 4, 0x28]), Buffer.alloc(400_000, '}'), Buffer.from('t.')])),
    );
    const found = await ignoring.getMany(keys);
    expect([found.size, found.has('k3'), found.get('k1999')]).toEqual([VALUES - 1, false, { key: 'k1999' }]);
  });

  it('a set of numbers chosen to meet in one place of a table is refused', async () => {
    const meeting = meetingBigints(60_000);
    await store(
      'SADD',
      ':1:s',
      meeting.map((key) => [String(key)]),
    );
    expect(await rejectionOf(strict.sets.members('s'))).toBeInstanceOf(CodecError);
    expect((await ignoring.sets.members('s')).size).toBe(0);
  });
});
