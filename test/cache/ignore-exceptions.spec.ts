import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import {
  CacheUnavailableError,
  CodecError,
  CommandRejectedError,
  createCaches,
  type IgnoredError,
  type SentinelCache,
  type SentinelCaches,
} from 'nestjs-sentinel-cache';
import ts from 'typescript';
import { IGNORED_OUTAGES, type IgnoredOutage } from '../../libs/sentinel-cache/src/cache/entry/ignored-outages.js';
import { rejectionOf, until } from './support/waiting.js';

/** A public method without a row does not compile. */
const TABLE: Readonly<Record<keyof SentinelCache, IgnoredOutage>> = IGNORED_OUTAGES;

const FOLDER = join(process.cwd(), 'libs/sentinel-cache/src/cache');
const CHANNEL = 'nestjs-sentinel-cache:ignored-error';

/** The public members of a class, with those of the classes that it extends, read from their source. */
function publicMembers(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  const named = source.statements.find((statement) => ts.isClassDeclaration(statement));
  if (!named) throw new Error(`no class in ${file}`);
  const members = named.members.flatMap((member) => {
    const kind = ts.canHaveModifiers(member) ? (ts.getModifiers(member) ?? []).map((modifier) => modifier.kind) : [];
    const hidden = [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword, ts.SyntaxKind.StaticKeyword];
    return member.name && ts.isIdentifier(member.name) && !kind.some((word) => hidden.includes(word)) ? [member.name.text] : [];
  });
  const parent = named.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0]?.expression;
  if (!parent || !ts.isIdentifier(parent)) return members;
  const from = source.statements
    .filter((statement) => ts.isImportDeclaration(statement))
    .find(({ importClause }) => importClause?.getText(source).includes(parent.text));
  const path = (from!.moduleSpecifier as ts.StringLiteral).text.replace(/\.js$/, '.ts');
  return [...publicMembers(join(dirname(file), path)), ...members];
}

/** Each method of the table, called once. */
const CALLS: Readonly<Record<string, (cache: SentinelCache) => Promise<unknown>>> = {
  get: (cache) => cache.get('k'),
  getWithPttl: (cache) => cache.getWithPttl('k'),
  getMany: (cache) => cache.getMany(['k', 'l']),
  getManyWithPttl: (cache) => cache.getManyWithPttl(['k', 'l']),
  getOrSet: (cache) => cache.getOrSet('new', () => 'made', 60),
  set: (cache) => cache.set('k', 1, 60),
  add: (cache) => cache.add('k', 1, 60),
  setMany: (cache) => cache.setMany({ k: 1, l: 2 }, 60),
  delete: (cache) => cache.delete('k'),
  deleteMany: (cache) => cache.deleteMany(['k', 'l']),
  invalidateTags: (cache) => cache.invalidateTags('t'),
  has: (cache) => cache.has('k'),
  touch: (cache) => cache.touch('k', 60),
  persist: (cache) => cache.persist('k'),
  expire: (cache) => cache.expire('k', 60),
  pexpire: (cache) => cache.pexpire('k', 60_000),
  expireAt: (cache) => cache.expireAt('k', new Date(Date.now() + 60_000)),
  pexpireAt: (cache) => cache.pexpireAt('k', Date.now() + 60_000),
  ttl: (cache) => cache.ttl('k'),
  pttl: (cache) => cache.pttl('k'),
  incr: (cache) => cache.incr('n'),
  decr: (cache) => cache.decr('n'),
  incrVersion: (cache) => cache.incrVersion('k'),
  decrVersion: (cache) => cache.decrVersion('k'),
  keys: (cache) => cache.keys('*'),
  iterKeys: (cache) => allOf(cache.iterKeys('*')),
  deletePattern: (cache) => cache.deletePattern('*'),
  iterStoredKeys: (cache) => allOf(cache.iterStoredKeys('*')),
  deleteStoredKeys: (cache) => cache.deleteStoredKeys('*'),
  clear: (cache) => cache.clear(),
  getWithToken: (cache) => cache.getWithToken('k'),
  compareAndSet: (cache) => cache.compareAndSet('k', 'absent', 1, 60),
  command: (cache) => cache.command('PING'),
};

/** Each method of sets, hashes and sorted sets, by the arguments it takes. */
const PARTS = {
  sets: {
    add: ['s', ['a']],
    remove: ['s', ['a']],
    card: ['s'],
    members: ['s'],
    iterate: ['s'],
    isMember: ['s', 'a'],
    areMembers: ['s', ['a', 'b']],
    pop: ['s'],
    popMany: ['s', 2],
    randomMember: ['s'],
    randomMembers: ['s', 2],
    move: ['s', 't', 'a'],
    diff: [['s', 't']],
    inter: [['s', 't']],
    union: [['s', 't']],
    diffStore: ['d', ['s', 't']],
    interStore: ['d', ['s', 't']],
    unionStore: ['d', ['s', 't']],
  },
  hashes: {
    asDjango: undefined,
    set: ['h', 'f', 1],
    add: ['h', 'f', 1],
    setMany: ['h', { f: 1 }],
    get: ['h', 'f'],
    getMany: ['h', ['f']],
    getAll: ['h'],
    iterate: ['h'],
    keys: ['h'],
    length: ['h'],
    exists: ['h', 'f'],
    delete: ['h', 'f'],
    deleteMany: ['h', ['f']],
    incrBy: ['h', 'n', 1],
  },
  sortedSets: {
    add: ['z', { a: 1 }],
    incrBy: ['z', 'a', 1],
    card: ['z'],
    count: ['z', 0, 1],
    score: ['z', 'a'],
    rank: ['z', 'a'],
    reverseRank: ['z', 'a'],
    iterate: ['z'],
    popMax: ['z'],
    popMaxMany: ['z', 2],
    popMin: ['z'],
    popMinMany: ['z', 2],
    remove: ['z', ['a']],
    removeRangeByScore: ['z', 0, 1],
    range: ['z', 0, -1],
    reverseRange: ['z', 0, -1],
    rangeByScore: ['z', 0, 1],
    reverseRangeByScore: ['z', 1, 0],
  },
} as const;
const SOURCES = { sets: 'cache-sets.ts', hashes: 'cache-hashes.ts', sortedSets: 'cache-sorted-sets.ts' } as const;

async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Whether an answer says "nothing": undefined, 0, false, or what is empty (of several questions each `false`). */
function saysNothing(answer: unknown): boolean {
  if (answer instanceof Set || answer instanceof Map) return answer.size === 0;
  return Array.isArray(answer) ? answer.every((item) => item === false) : [undefined, null, 0, false].includes(answer as never);
}

/** A short deadline, for a Redis that does not answer. */
const settings = (redis: LocalRedis, own: object, module: object = {}, deadline = '300ms') => ({
  CACHES: {
    default: {
      BACKEND: 'django_redis.cache.RedisCache',
      LOCATION: redis.url(1),
      OPTIONS: { deadline, tags: true, ...own },
    },
    strict: { BACKEND: 'redis', LOCATION: redis.url(1), OPTIONS: { deadline, tags: true, IGNORE_EXCEPTIONS: false } },
  },
  ...module,
});

describe('the table of IGNORE_EXCEPTIONS', () => {
  it('A-69: has a row for every public method of the cache, and no other', () => {
    const members = publicMembers(join(FOLDER, 'sentinel-cache.ts'));
    expect(members.length).toBeGreaterThan(30);
    expect(Object.keys(TABLE).toSorted()).toEqual([...new Set(members)].toSorted());
  });

  it('A-69: every method that asks a server is called by these tests', () => {
    const asking = Object.entries(TABLE).filter(([, row]) => row.does === 'answers' || row.does === 'rejects');
    expect(Object.keys(CALLS).toSorted()).toEqual(asking.map(([name]) => name).toSorted());
  });

  it.each(Object.keys(SOURCES) as (keyof typeof SOURCES)[])('A-70: every method of %s is called by these tests', (part) => {
    const members = new Set(publicMembers(join(FOLDER, 'structures', SOURCES[part])));
    expect(Object.keys(PARTS[part]).toSorted()).toEqual([...members].toSorted());
  });

  it('is the one in docs/ignore-exceptions.md', () => {
    const page = readFileSync(join(process.cwd(), 'docs/ignore-exceptions.md'), 'utf8');
    const rows = Object.entries(TABLE).flatMap(([name, row]) => {
      if (row.does === 'is internal') return [];
      if (row.does === 'answers') return [`| \`${name}\` | ${row.words} | ${row.django} |`];
      return row.does === 'rejects' ? [`| \`${name}\` | rejects: ${row.why} | has none |`] : [`| \`${name}\` | ${row.words} | |`];
    });
    const table = ['| method | during an outage | django-redis |', '|---|---|---|', ...rows].join('\n');
    expect(page.slice(page.indexOf('| method |')).split('\n\n')[0]).toBe(table);
  });
});

describe('while Redis is dead', () => {
  let redis: LocalRedis;
  let caches: SentinelCaches;
  let ignored: IgnoredError[];
  const listen = (event: unknown): void => void ignored.push(event as IgnoredError);

  beforeAll(async () => {
    redis = await startLocalRedis({ password: 'admin' });
    caches = createCaches(settings(redis, { IGNORE_EXCEPTIONS: true }));
    await caches.get().set('k', 'v', 60);
    await redis.kill();
    await until('it is known', async () => (await rejectionOf(caches.get('strict').get('k'))).executed === false);
  });
  afterAll(async () => {
    await caches?.close();
    await redis?.stop();
  });
  beforeEach(() => {
    ignored = [];
    subscribe(CHANNEL, listen);
  });
  afterEach(() => {
    unsubscribe(CHANNEL, listen);
  });

  const withAnswer = Object.entries(TABLE).flatMap(([name, row]) =>
    row.does === 'answers' ? [[name, row.answer()] as const] : [],
  );
  it.each(withAnswer)('A-69: %s answers %p, and it is published', async (name, answer) => {
    expect(await CALLS[name]!(caches.get())).toEqual(answer);
    expect(ignored.length).toBeGreaterThan(0);
    for (const event of ignored) {
      expect(event.alias).toBe('default');
      expect(event.error).toBeInstanceOf(CacheUnavailableError);
    }
  });

  const rejecting = Object.entries(TABLE).flatMap(([name, row]) => (row.does === 'rejects' ? [name] : []));
  it('A-69: a set or add that would not keep the value answers false as well: nobody knows whether the key is absent', async () => {
    expect(await caches.get().set('k', 1, 0, { nx: true })).toBe(false);
    expect(await caches.get().add('k', 1, 0)).toBe(false);
    expect(await caches.get().set('k', 1, 0)).toBe(false);
  });

  it.each(rejecting)('A-69: %s rejects all the same', async (name) => {
    expect(await rejectionOf(CALLS[name]!(caches.get()))).toBeInstanceOf(CacheUnavailableError);
    expect(ignored).toEqual([]);
  });

  it('A-69: clear of the whole database rejects, and a lock is not had', async () => {
    expect(await rejectionOf(caches.get().clear({ database: true }))).toBeInstanceOf(CacheUnavailableError);
    expect(await rejectionOf(caches.get().lock('l', { timeout: 10 }).acquire({ blocking: false }))).toBeInstanceOf(
      CacheUnavailableError,
    );
  });

  const parts = Object.entries(PARTS).flatMap(([part, methods]) =>
    Object.entries(methods).flatMap(([name, args]) => (args ? [[part as keyof typeof PARTS, name, args] as const] : [])),
  );
  it.each(parts)('A-70: %s.%s answers with what is empty, and it is published', async (part, name, args) => {
    const methods = caches.get()[part] as unknown as Record<string, (...args: unknown[]) => unknown>;
    const given = methods[name]!(...args);
    expect(saysNothing(name === 'iterate' ? await allOf(given as AsyncIterable<unknown>) : await given)).toBe(true);
    expect(ignored.map(({ alias }) => alias)).toEqual(['default']);
  });

  it.each(Object.keys(CALLS))('A-68: without IGNORE_EXCEPTIONS %s rejects', async (name) => {
    expect(await rejectionOf(CALLS[name]!(caches.get('strict')))).toBeInstanceOf(CacheUnavailableError);
    expect(ignored).toEqual([]);
  });
});

describe('what is no outage', () => {
  let redis: LocalRedis;
  let caches: SentinelCaches;
  let ignored: IgnoredError[];
  const listen = (event: unknown): void => void ignored.push(event as IgnoredError);

  beforeAll(async () => {
    redis = await startLocalRedis({ password: 'admin' });
    caches = createCaches(settings(redis, { IGNORE_EXCEPTIONS: true, tags: false }, {}, '5s'));
  });
  afterAll(async () => {
    await caches?.close();
    await redis?.stop();
  });
  beforeEach(async () => {
    await caches.get().clear({ database: true });
    ignored = [];
    subscribe(CHANNEL, listen);
  });
  afterEach(() => {
    unsubscribe(CHANNEL, listen);
  });

  it('A-68: a refusal for what the program did is told (WRONGTYPE), where Django ignores every ResponseError', async () => {
    const cache = caches.get();
    await cache.command('RPUSH', cache.makeKey('list'), 'a');
    for (const name of ['get', 'incr'] as const) {
      const error = await rejectionOf(cache[name]('list'));
      expect([name, error]).toMatchObject([name, { redisCode: 'WRONGTYPE', executed: false }]);
      expect(error).toBeInstanceOf(CommandRejectedError);
    }
    expect(ignored).toEqual([]);
  });

  it('A-68: a refusal for the state that the server is in is ignored (OOM): the write is dropped, and published', async () => {
    const cache = caches.get();
    await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    await redis.command('CONFIG', 'SET', 'maxmemory', '1');
    try {
      expect([await cache.set('k', 'v', 60), await cache.getOrSet('l', () => 'made', 60)]).toEqual([false, 'made']);
      expect(await rejectionOf(caches.get('strict').set('k', 'v', 60))).toMatchObject({ redisCode: 'OOM', executed: false });
    } finally {
      await redis.command('CONFIG', 'SET', 'maxmemory', '0');
    }
    expect(ignored.map(({ alias, operation }) => `${alias} ${operation}`)).toEqual(['default set', 'default getOrSet']);
  });

  it('A-32: bytes that can not be read are a miss that is counted, for that key alone; strict caches tell', async () => {
    const cache = caches.get();
    await cache.setMany({ good: 1, other: 'two' }, 60);
    await cache.command('SET', cache.makeKey('bad'), 'no pickle');
    expect(await cache.get('bad', { default: 'instead' })).toBe('instead');
    expect(await cache.getWithPttl('bad')).toBeUndefined();
    expect(await cache.getMany(['good', 'bad', 'other'])).toEqual(
      new Map<string, unknown>([
        ['good', 1],
        ['other', 'two'],
      ]),
    );
    expect(ignored.map(({ alias, operation, error }) => [alias, operation, error instanceof CodecError])).toEqual(
      Array.from({ length: 3 }, () => ['default', 'decode', true]),
    );
    expect(await cache.getOrSet('bad', () => 'good', 60)).toBe('good');
    expect(await caches.get('strict').get('bad')).toBe('good');
    await cache.command('SET', cache.makeKey('bad'), 'no pickle');
    expect(await rejectionOf(cache.getWithToken('bad'))).toBeInstanceOf(CodecError);
    for (const call of [caches.get('strict').get('bad'), caches.get('strict').getMany(['good', 'bad'])])
      expect(await rejectionOf(call)).toMatchObject({ code: 'SENTINEL_CACHE_CODEC', key: ':1:bad' });
  });
});

describe('where it is switched on', () => {
  let redis: LocalRedis;
  beforeAll(async () => {
    redis = await startLocalRedis({ password: 'admin' });
    await redis.kill();
  });
  afterAll(async () => {
    await redis?.stop();
  });

  /** What `get` does, and the lines of the log about it. */
  async function outcome(own: object, module: object): Promise<{ ignores: boolean; lines: string[] }> {
    const lines: string[] = [];
    const caches = createCaches(settings(redis, own, module), {
      onEvent: ({ level, message }) => void (message.startsWith('IGNORE_EXCEPTIONS, ') && lines.push(`${level} ${message}`)),
    });
    try {
      const ignores = await caches.get().get('k').then((value) => value === undefined, () => false); // prettier-ignore
      await rejectionOf(caches.get('strict').get('k'));
      return { ignores, lines };
    } finally {
      await caches.close();
    }
  }

  it.each([
    [{}, {}, false],
    [{ IGNORE_EXCEPTIONS: true }, {}, true],
    [{}, { DJANGO_REDIS_IGNORE_EXCEPTIONS: true }, true],
    [{ IGNORE_EXCEPTIONS: false }, { DJANGO_REDIS_IGNORE_EXCEPTIONS: true }, false],
  ])('A-68: OPTIONS %p beside %p ignores outages: %p', async (own, module, expected) => {
    expect(await outcome(own, module)).toEqual({ ignores: expected, lines: [] });
  });

  it.each([
    [{ LOG_IGNORED_EXCEPTIONS: true }, {}, true],
    [{}, { DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS: true }, true],
    [{ LOG_IGNORED_EXCEPTIONS: false }, { DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS: true }, false],
  ])('A-71: OPTIONS %p beside %p logs what is ignored: %p, as an error', async (own, module, expected) => {
    const { ignores, lines } = await outcome({ IGNORE_EXCEPTIONS: true, ...own }, module);
    expect(ignores).toBe(true);
    expect(lines).toEqual(expected ? [expect.stringMatching(/^error IGNORE_EXCEPTIONS, get of 'default': .*127\.0\.0\.1/)] : []);
  });

  it('A-71: a stream of ignored errors is ten lines and a count, not a flood', async () => {
    const lines: string[] = [];
    const caches = createCaches(settings(redis, { IGNORE_EXCEPTIONS: true, LOG_IGNORED_EXCEPTIONS: true }), {
      onEvent: ({ message }) => void (message.includes('IGNORE_EXCEPTIONS, ') && lines.push(message)),
    });
    await Promise.all(Array.from({ length: 200 }, () => caches.get().get('k')));
    expect(lines).toHaveLength(10);
    await caches.close();
    expect(lines).toHaveLength(11);
    expect(lines[10]).toContain('190 similar lines were left out');
  });

  it('A-72: while the breaker is open no call waits for a deadline', async () => {
    const caches = createCaches(settings(redis, { IGNORE_EXCEPTIONS: true, tags: false }, {}, '5s'));
    try {
      await caches.get().get('k');
      const startedAt = performance.now();
      for (let i = 0; i < 100; i += 1) expect(await caches.get().get('k')).toBeUndefined();
      // A hundred deadlines, one after the other, would be five hundred seconds.
      expect(performance.now() - startedAt).toBeLessThan(60_000);
    } finally {
      await caches.close();
    }
  });
});
