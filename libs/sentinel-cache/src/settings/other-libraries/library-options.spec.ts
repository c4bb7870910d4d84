import { describe, expect, it } from '@jest/globals';

import { libraryOptionsIn } from './library-options.js';
import { MODULE_OPTIONS } from '../shapes/module-options.js';
import { resolveSettings } from '../resolve-settings.js';
import { problemsFrom } from '../../../../../test/support/setting-problems.js';

const SECRET = 'S3CRETx';

const problemsOf = (settings: unknown) => problemsFrom(() => resolveSettings(settings));

/** What a client of ioredis shows of itself; the real one is in test/nest. */
class Client {
  readonly status = 'wait';
  readonly _events = {};
  constructor(readonly options: object) {}
  sendCommand(): void {}
}

/** The dict that a remedy tells to write, as JavaScript reads it. */
function writtenIn(remedy: string): { CACHES: Record<string, Record<string, unknown>> } {
  const [, dict] = /^Write (\{.*?\})(?:, with your own in place of \*\*\*)?\.(?: Keep .*)?$/.exec(remedy)!;
  return JSON.parse(dict!.replace(/(\w+):(?= )/g, '"$1":').replace(/'([^']*)'/g, (_, text) => JSON.stringify(text))) as never;
}

const SHAPES: readonly (readonly [what: string, options: unknown, cache: Record<string, unknown>])[] = [
  ['ioredis', { host: '10.0.0.5', port: 6380 }, { LOCATION: 'redis://10.0.0.5:6380/0' }],
  ['ioredis, host alone', { host: 'cache.internal' }, { LOCATION: 'redis://cache.internal:6379/0' }],
  ['ioredis, port alone', { port: 6380 }, { LOCATION: 'redis://localhost:6380/0' }],
  ['ioredis, port as text', { port: '6380', host: 'h' }, { LOCATION: 'redis://h:6380/0' }],
  [
    'ioredis, database and password',
    { db: 3, password: SECRET },
    { LOCATION: 'redis://localhost:6379/3', OPTIONS: { PASSWORD: '***' } },
  ],
  [
    'ioredis, user, TLS, prefix',
    { host: 'h', username: SECRET, password: SECRET, tls: {}, keyPrefix: 'app:' },
    {
      LOCATION: 'rediss://h:6379/0',
      KEY_PREFIX: 'app',
      OPTIONS: { PASSWORD: '***', CONNECTION_POOL_KWARGS: { username: '***' } },
    },
  ],
  ['ioredis, IPv6', { host: '::1', port: 6379 }, { LOCATION: 'redis://[::1]:6379/0' }],
  ['ioredis, socket', { path: '/run/redis.sock', db: 1 }, { LOCATION: 'unix:///run/redis.sock?db=1' }],
  [
    'ioredis, sentinels',
    { sentinels: [{ host: 's1', port: 26379 }, { host: 's2' }], name: 'orders', password: SECRET, sentinelPassword: SECRET },
    {
      LOCATION: 'orders/s1:26379,s2:26379/0',
      OPTIONS: { CLIENT_CLASS: 'sentinel', PASSWORD: '***', SENTINEL_KWARGS: { password: '***' } },
    },
  ],
  [
    'sentinels without a name',
    { sentinels: ['s1:26380'] },
    { LOCATION: 'mymaster/s1:26380/0', OPTIONS: { CLIENT_CLASS: 'sentinel' } },
  ],
  [
    'sentinels, other order',
    { name: 'm', db: 2, sentinels: [['s1', 26379]] },
    { LOCATION: 'm/s1:26379/2', OPTIONS: { CLIENT_CLASS: 'sentinel' } },
  ],
  [
    'an ioredis Cluster',
    [
      { host: 'a', port: 7000 },
      { host: 'b', port: 7001 },
    ],
    { LOCATION: 'redis+cluster://a:7000,b:7001' },
  ],
  ['nodes', { nodes: [{ host: 'a', port: 7000 }, 'redis://b:7001'] }, { LOCATION: 'redis+cluster://a:7000,b:7001' }],
  [
    'node-redis createCluster',
    { rootNodes: [{ url: `redis://:${SECRET}@a:7000` }, { socket: { host: 'b', port: 7001 } }], defaults: { password: SECRET } },
    { LOCATION: 'redis+cluster://a:7000,b:7001', OPTIONS: { PASSWORD: '***' } },
  ],
  [
    'node-redis, url',
    { url: `redis://user:${SECRET}@h:6380/4` },
    { LOCATION: 'redis://h:6380/4', OPTIONS: { PASSWORD: '***', CONNECTION_POOL_KWARGS: { username: '***' } } },
  ],
  ['node-redis, socket', { socket: { host: 'h', port: 6380, tls: true }, database: 2 }, { LOCATION: 'rediss://h:6380/2' }],
  [
    'node-redis createSentinel',
    {
      name: 'orders',
      sentinelRootNodes: [{ host: 's1', port: 26379 }],
      nodeClientOptions: { password: SECRET },
      sentinelClientOptions: { password: SECRET },
    },
    {
      LOCATION: 'orders/s1:26379/0',
      OPTIONS: { CLIENT_CLASS: 'sentinel', PASSWORD: '***', SENTINEL_KWARGS: { password: '***' } },
    },
  ],
  ['cache-manager', { stores: [], ttl: 60_000 }, { LOCATION: 'redis://localhost:6379/0', TIMEOUT: '60s' }],
  ['cache-manager, ttl alone', { ttl: 1500 }, { LOCATION: 'redis://localhost:6379/0', TIMEOUT: '1500ms' }],
  ['cache-manager 4', { store: () => undefined, host: 'h', port: 6379, ttl: 0 }, { LOCATION: 'redis://h:6379/0', TIMEOUT: null }],
  ['cache-manager in memory', { store: 'memory', ttl: 5000, max: 100 }, { BACKEND: 'locmem', TIMEOUT: '5s' }],
  ['nested under config', { config: { host: 'h', port: 6380 } }, { LOCATION: 'redis://h:6380/0' }],
  ['nested under connection', { connection: { host: 'h' } }, { LOCATION: 'redis://h:6379/0' }],
  ['a URL', 'redis://h:6380/1', { LOCATION: 'redis://h:6380/1' }],
  ['a URL object', new URL(`rediss://:${SECRET}@h:6380/1`), { LOCATION: 'rediss://h:6380/1', OPTIONS: { PASSWORD: '***' } }],
  ['Keyv', { uri: 'redis://h:6379', namespace: 'app' }, { LOCATION: 'redis://h:6379/0', KEY_PREFIX: 'app' }],
  [
    'an ioredis client',
    new Client({ host: 'h', port: 6380, db: 2, password: SECRET }),
    { LOCATION: 'redis://h:6380/2', OPTIONS: { PASSWORD: '***' } },
  ],
];

describe.each(SHAPES)("another library's options: %s", (_, options, cache) => {
  const expected = { BACKEND: 'redis', ...cache };

  it('given as the settings are one problem, whose remedy is the dict to write', () => {
    const [problem, ...others] = problemsOf(options);
    expect(others).toEqual([]);
    expect(problem!.path).toBe('settings');
    expect(writtenIn(problem!.remedy)).toEqual({ CACHES: { default: expected } });
  });

  it('given as a cache of CACHES are one problem there, with the same dict', () => {
    const [problem, ...others] = problemsOf({ CACHES: { default: { BACKEND: 'locmem' }, orders: options } });
    expect(others).toEqual([]);
    expect(problem!.path).toBe('CACHES.orders');
    expect(writtenIn(problem!.remedy)).toEqual({ CACHES: { orders: expected } });
  });

  it('are answered with a dict that works, and without a secret', () => {
    const [problem] = problemsOf(options);
    expect(resolveSettings(writtenIn(problem!.remedy)).caches.has('default')).toBe(true);
    expect(JSON.stringify(problem)).not.toContain(SECRET);
    expect(JSON.stringify(problem)).not.toContain('Remove it');
  });
});

describe("another library's options", () => {
  it('as CACHES are a problem of CACHES', () => {
    for (const CACHES of [{ host: 'h', port: 6380 }, 'redis://h:6380/0']) {
      const [problem, ...others] = problemsOf({ CACHES, SECRET_KEY: 'x' });
      expect(others).toEqual([]);
      expect(problem).toMatchObject({ path: 'CACHES' });
      expect(writtenIn(problem!.remedy).CACHES['default']!['LOCATION']).toBe('redis://h:6380/0');
    }
  });

  it('hide no other problem: the rest of the dict and of the settings is read, too', () => {
    const problems = problemsOf({
      CACHES: { default: { BACKEND: 'redis', host: 'h', TIMEOUT: 'soon', OPTIONS: { port: 6380, COMPRESSOR: 'brotli' } } },
      SESION_ENGINE: 'cache',
    });
    expect(problems.map(({ path }) => path).toSorted()).toEqual([
      'CACHES.default',
      'CACHES.default.OPTIONS.COMPRESSOR',
      'CACHES.default.TIMEOUT',
      'SESION_ENGINE',
    ]);
    expect(writtenIn(problems.find(({ path }) => path === 'CACHES.default')!.remedy)).toEqual({
      CACHES: { default: { BACKEND: 'redis', LOCATION: 'redis://h:6380/0' } },
    });
    expect(problemsOf({ host: 'h', SESSION_ENGINE: 'nope' }).map(({ path }) => path)).toEqual(['settings', 'SESSION_ENGINE']);
  });

  it('in OPTIONS alone are a problem of the cache', () => {
    const [problem, ...others] = problemsOf({
      default: { BACKEND: 'redis', OPTIONS: { host: 'h', port: 6380, password: SECRET } },
    });
    expect(others).toEqual([]);
    expect(writtenIn(problem!.remedy).CACHES['default']).toEqual({
      BACKEND: 'redis',
      LOCATION: 'redis://h:6380/0',
      OPTIONS: { PASSWORD: '***' },
    });
  });

  it.each([
    ['host', 'LOCATION'],
    ['sentinels', 'LOCATION'],
    ['ttl', 'TIMEOUT'],
    ['stores', 'LOCATION'],
    ['url', 'LOCATION'],
    ['db', 'LOCATION'],
    ['name', 'LOCATION'],
    ['keyPrefix', 'KEY_PREFIX'],
    ['retryStrategy', 'deadline'],
  ])('beside a LOCATION are told one by one: %s, with what to write', (name, word) => {
    for (const cache of [
      { BACKEND: 'redis', LOCATION: 'redis://h', [name]: 1 },
      { BACKEND: 'redis', LOCATION: 'redis://h', OPTIONS: { [name]: 1 } },
    ]) {
      const [problem, ...others] = problemsOf({ default: cache });
      expect(others).toEqual([]);
      expect(problem!.remedy).toContain(word);
      expect(problem!.remedy).not.toBe('Remove it.');
    }
  });

  it.each(MODULE_OPTIONS)('and those of the module: %s among the settings is sent to the second argument', (name) => {
    for (const settings of [
      { CACHES: { default: { BACKEND: 'locmem' } }, [name]: true },
      { default: { BACKEND: 'locmem' }, [name]: true },
    ])
      expect(problemsOf(settings)).toEqual([
        expect.objectContaining({ remedy: expect.stringContaining(`forRoot(settings, { ${name} })`) }),
      ]);
  });

  it.each([...MODULE_OPTIONS, 'aliases'])('leave out %s, which is ours, when they list their names', (name) => {
    expect(libraryOptionsIn({ host: 'h', port: 6380, [name]: {} })!.names).toEqual(['host', 'port']);
  });

  it('aliases among the settings are left out: all of them can be injected', () => {
    expect(problemsOf({ CACHES: { default: { BACKEND: 'locmem' } }, aliases: ['default'] })).toEqual([
      expect.objectContaining({ path: 'aliases', remedy: expect.stringContaining('Leave it out') }),
    ]);
  });

  it('never print a secret that stands where a host, a name or a path belongs', () => {
    const texts = [`redis://:${SECRET}@h:bad`, `:${SECRET}@h`, `h/${SECRET}?x`, `http://${SECRET}@h`];
    for (const text of texts)
      for (const name of ['host', 'url', 'path', 'uri'])
        expect(JSON.stringify(problemsOf({ [name]: text, port: 6379 }))).not.toContain(SECRET);
  });

  it('never print a part of a password that stands unescaped in a URL, whatever cuts it', () => {
    for (const sign of ['/', '?', '#', '/0?', '?db=', ':', '@', '//'])
      for (const password of [`hunter${sign}secret`, `4711${sign}secret`])
        for (const text of [
          `redis://user:${password}@h:6380/0`,
          `redis://:${password}@h`,
          `rediss://${password}@h`,
          `unix://u:${password}@/tmp/s`,
        ])
          for (const given of [text, { url: text }, { host: text }, { socket: { path: text } }, { rootNodes: [{ url: text }] }]) {
            const told = JSON.stringify(problemsOf(given));
            expect([text, told]).toEqual([text, expect.not.stringMatching(/hunter|4711|secret/)]);
          }
  });

  it('that lead back to themselves end', () => {
    const loop: Record<string, unknown> = { port: 1 };
    for (const name of ['redis', 'stores', 'nodes', 'config', 'connection']) loop[name] = name === 'nodes' ? [loop, loop] : loop;
    expect(problemsOf(loop)).toHaveLength(1);
  });
});
