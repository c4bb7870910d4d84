import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  createCaches,
  type CacheEvent,
  type DjangoSettings,
  type SentinelCache,
  type SentinelCaches,
} from 'nestjs-sentinel-cache';

import { until } from '../cache/support/waiting.js';
import { ScriptedServer } from './support/scripted-server.js';

let server: ScriptedServer;
let caches: SentinelCaches;
let log: CacheEvent[];
beforeEach(async () => {
  server = await ScriptedServer.start('data');
  log = [];
  const SERIALIZER = 'django_redis.serializers.json.JSONSerializer';
  const setting = (more: object) => ({
    BACKEND: 'django_redis.cache.RedisCache',
    LOCATION: `redis://127.0.0.1:${server.port}/0`,
    OPTIONS: { SERIALIZER, deadline: '2s', ...more },
  });
  const settings = { default: setting({}), soft: setting({ IGNORE_EXCEPTIONS: true }) } as DjangoSettings;
  caches = createCaches(settings, { onEvent: (event) => log.push(event) });
});
afterEach(async () => {
  await caches.close();
  await server.stop();
});

/** Every command from now on is answered so. */
function answer(reply: string): void {
  server.hostile = () => ({ kind: 'a reply', bytes: Buffer.from(reply) });
}

const [NULL, TEXT, LIST, NEGATIVE, LARGE] = [
  '$-1\r\n',
  '$3\r\nabc\r\n',
  '*1\r\n$1\r\na\r\n',
  ':-7\r\n',
  ':9223372036854775807\r\n',
];

/** A call, what it comes to with IGNORE_EXCEPTIONS, and replies that are none to it. */
const CALLS: readonly (readonly [string, (cache: SentinelCache) => Promise<unknown>, unknown, readonly string[]])[] = [
  ['get', (cache) => cache.get('k'), undefined, [LIST, NEGATIVE, LARGE]],
  [
    'getMany',
    (cache) => cache.getMany(['a', 'b']),
    new Map(),
    [NULL, TEXT, LIST, NEGATIVE, '*3\r\n$-1\r\n$-1\r\n$-1\r\n', '*2\r\n:1\r\n$-1\r\n', '*2\r\n-ERR\r\n$-1\r\n'],
  ],
  ['set', (cache) => cache.set('k', 1), false, [NULL, TEXT, LIST, NEGATIVE]],
  ['add', (cache) => cache.add('k', 1), false, [TEXT, LIST, NEGATIVE]],
  ['setMany', (cache) => cache.setMany({ a: 1, b: 2 }), undefined, [NULL, TEXT, LIST, NEGATIVE, ':3\r\n']],
  ['delete', (cache) => cache.delete('k'), false, [NULL, TEXT, LIST, NEGATIVE, LARGE, ':2\r\n']],
  ['has', (cache) => cache.has('k'), false, [NULL, TEXT, LIST, NEGATIVE, ':2\r\n']],
  ['touch', (cache) => cache.touch('k', 9), false, [NULL, TEXT, LIST, NEGATIVE]],
  ['ttl', (cache) => cache.ttl('k'), 0, [NULL, TEXT, LIST, NEGATIVE]],
  ['incr', (cache) => cache.incr('k'), null, [TEXT, LIST, NEGATIVE, '$0\r\n\r\n', '$3\r\n1.5\r\n']],
  [
    'getWithPttl',
    (cache) => cache.getWithPttl('k'),
    undefined,
    [TEXT, LIST, NEGATIVE, '*2\r\n$1\r\n1\r\n$1\r\n1\r\n', '*2\r\n$-1\r\n:1\r\n'],
  ],
  ['incrVersion', (cache) => cache.incrVersion('k'), null, [NULL, TEXT, LIST, NEGATIVE]],
  [
    'keys',
    (cache) => cache.keys('*'),
    [],
    [NULL, TEXT, LIST, NEGATIVE, '*2\r\n$1\r\n0\r\n$-1\r\n', '*2\r\n$1\r\n0\r\n*1\r\n:1\r\n', '*2\r\n$1\r\nx\r\n*0\r\n'],
  ],
  ['clear', (cache) => cache.clear(), undefined, [NULL, TEXT, LIST, NEGATIVE]],
  ['hashes.getAll', (cache) => cache.hashes.getAll('h'), new Map(), [NULL, TEXT, LIST, NEGATIVE, '*2\r\n$1\r\na\r\n$-1\r\n']],
  ['hashes.getMany', (cache) => cache.hashes.getMany('h', ['a', 'b']), new Map(), [NULL, TEXT, LIST, NEGATIVE]],
  ['hashes.length', (cache) => cache.hashes.length('h'), 0, [NULL, TEXT, LIST, NEGATIVE, LARGE]],
  ['hashes.incrBy', (cache) => cache.hashes.incrBy('h', 'f'), undefined, [NULL, TEXT, LIST]],
  ['sets.members', (cache) => cache.sets.members('s'), new Set(), [NULL, TEXT, '*1\r\n$-1\r\n', NEGATIVE]],
  [
    'sets.areMembers',
    (cache) => cache.sets.areMembers('s', [1, 2]),
    [false, false],
    [NULL, TEXT, LIST, '*2\r\n:2\r\n:0\r\n', '*3\r\n:0\r\n:0\r\n:0\r\n'],
  ],
  ['sets.popMany', (cache) => cache.sets.popMany('s', 1), new Set(), [NULL, TEXT, '*2\r\n$1\r\n1\r\n$1\r\n2\r\n']],
  [
    'sortedSets.score',
    (cache) => cache.sortedSets.score('z', 1),
    undefined,
    [TEXT, LIST, NEGATIVE, '$3\r\nnan\r\n', '$0\r\n\r\n'],
  ],
  ['sortedSets.rank', (cache) => cache.sortedSets.rank('z', 1), undefined, [TEXT, LIST, NEGATIVE]],
  [
    'sortedSets.range with scores',
    (cache) => cache.sortedSets.range('z', 0, 9, { withScores: true }),
    [],
    [NULL, TEXT, LIST, '*2\r\n$1\r\n1\r\n$1\r\nx\r\n'],
  ],
];
const CASES = CALLS.flatMap(([name, call, neutral, replies]) => replies.map((reply) => [name, reply, call, neutral] as const));

describe('a reply that is none to its command', () => {
  it.each(CASES)('is an outage for %s: %j', async (_name, reply, call, neutral) => {
    answer(reply);
    await expect(call(caches.get())).rejects.toMatchObject({
      code: 'SENTINEL_CACHE_UNAVAILABLE',
      reason: 'protocol',
      executed: 'unknown',
    });
    expect(await call(caches.get('soft'))).toEqual(neutral);
  });

  it('is no lock that is held, and none that is free', async () => {
    answer(TEXT);
    await expect(caches.get().lock('l').acquire({ blocking: false })).rejects.toMatchObject({ reason: 'protocol' });
    await expect(caches.get().lock('l').locked()).rejects.toMatchObject({ reason: 'protocol' });
  });

  it('costs the connection, with one line in the log, and the next call is answered on another one', async () => {
    const cache = caches.get();
    await cache.set('k', 1);
    log.length = 0;
    answer(LIST);
    await expect(cache.get('k')).rejects.toMatchObject({ reason: 'protocol' });
    server.hostile = undefined;
    expect(await cache.get('k')).toBe(1);
    await until('it is connected again', () => log.some(({ message }) => message.includes('connected to the primary')));
    expect(log.filter(({ level }) => level !== 'info').map(({ message }) => message)).toEqual([
      expect.stringContaining('sent a reply that does not fit its command'),
    ]);
  });

  it('one too many shifts no value to another key', async () => {
    const cache = caches.get();
    for (let i = 0; i < 20; i += 1) await cache.set(`k${i}`, i);
    let asked = 0;
    server.hostile = ([name]) => {
      asked += 1;
      return name === 'GET' && asked === 5 ? { kind: 'one too many', bytes: Buffer.from(':1\r\n$1\r\n7\r\n') } : undefined;
    };
    const found = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => cache.get(`k${i}`)));
    for (const [i, result] of found.entries()) if (result.status === 'fulfilled') expect(result.value).toBe(i);
    expect(found.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  });

  it.each([
    ['SELECT', ':1\r\n'],
    ['SELECT', '+QUEUED\r\n'],
    ['PING', TEXT],
  ])('to %s of the greeting (%j) is no connection: nothing is written to a database nobody selected', async (name, reply) => {
    server.greetings.set(name, reply);
    const location = { BACKEND: 'django_redis.cache.RedisCache', LOCATION: `redis://127.0.0.1:${server.port}/3` };
    const other = createCaches({ default: { ...location, OPTIONS: { deadline: '500ms' } } });
    try {
      const told = { reason: 'protocol', executed: false, message: expect.stringContaining(`answered ${name} with`) };
      await expect(other.get().set('k', 1)).rejects.toMatchObject(told);
    } finally {
      await other.close();
    }
  });
});
