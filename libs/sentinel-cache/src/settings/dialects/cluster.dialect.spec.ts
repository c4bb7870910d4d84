import { describe, expect, it } from '@jest/globals';

import type { RedisCacheConfig } from '../shapes/resolved-settings.js';
import { resolveSettings } from '../resolve-settings.js';
import { problemsFrom } from '../../../../../test/support/setting-problems.js';

const LOCATION = 'redis+cluster://:secret@a:7000,b:7001,c:7002';

function resolved(cache: Record<string, unknown>, settings: Record<string, unknown> = {}) {
  const all = resolveSettings({ ...settings, CACHES: { default: { BACKEND: 'redis', LOCATION, ...cache } } });
  return { config: all.caches.get('default') as RedisCacheConfig, warnings: all.warnings };
}

const problemsOf = (cache: Record<string, unknown>, settings: Record<string, unknown> = {}) =>
  problemsFrom(() => resolved(cache, settings)).map(({ path }) => path);

describe('a LOCATION of a Redis Cluster', () => {
  it.each(['redis', 'django_redis.cache.RedisCache', 'django.core.cache.backends.redis.RedisCache'])(
    'is read with BACKEND %s',
    (BACKEND) => {
      const { connection } = resolved({ BACKEND }).config;
      expect(connection.topology).toEqual({
        kind: 'cluster',
        nodes: [
          { host: 'a', port: 7000 },
          { host: 'b', port: 7001 },
          { host: 'c', port: 7002 },
        ],
        natMap: undefined,
      });
      expect(connection).toMatchObject({ database: 0, tls: false, credentials: { username: '', password: 'secret' } });
    },
  );

  it('may stand in a list of one, and takes OPTIONS as any other', () => {
    const natMap = { '10.0.0.1:6379': { host: 'a', port: 1 } };
    const OPTIONS = { PASSWORD: 'other', deadline: '250ms', natMap };
    const { connection } = resolved({ LOCATION: ['redis+cluster://a'], OPTIONS }).config;
    expect(connection).toMatchObject({ callDeadlineMs: 250, credentials: { password: 'other' }, topology: { natMap } });
  });

  it('has TLS by rediss+cluster, and a herd by HerdClient', () => {
    const { config } = resolved({
      LOCATION: 'rediss+cluster://a/0',
      OPTIONS: { CLIENT_CLASS: 'django_redis.client.HerdClient' },
    });
    expect(config.connection.tls).not.toBe(false);
    expect(config.herdMs).toBe(60_000);
  });

  it('goes its own way beside a global sentinel factory', () => {
    const factory = { DJANGO_REDIS_CONNECTION_FACTORY: 'django_redis.pool.SentinelConnectionFactory' };
    expect(resolved({}, factory).config.connection.topology.kind).toBe('cluster');
  });

  it.each([
    ['another database in the URL', { LOCATION: `${LOCATION}/1` }, ['CACHES.default.LOCATION']],
    ['another database in OPTIONS', { OPTIONS: { CONNECTION_POOL_KWARGS: { db: 1 } } }, ['CACHES.default.LOCATION']],
    ['several URLs', { LOCATION: ['redis+cluster://a', 'redis+cluster://b'] }, ['CACHES.default.LOCATION']],
    ['a plain URL beside it', { LOCATION: ['redis://a', 'redis+cluster://b'] }, ['CACHES.default.LOCATION']],
    ['an unknown query argument', { LOCATION: 'redis+cluster://a?is_master=0' }, ['CACHES.default.LOCATION']],
    [
      'ssl: false with TLS',
      { LOCATION: 'rediss+cluster://a', OPTIONS: { CONNECTION_POOL_KWARGS: { ssl: false } } },
      ['CACHES.default.LOCATION'],
    ],
    ['shards', { OPTIONS: { CLIENT_CLASS: 'django_redis.client.ShardClient' } }, ['CACHES.default.OPTIONS.CLIENT_CLASS']],
    ['sentinels', { OPTIONS: { CLIENT_CLASS: 'django_sentinel.SentinelClient' } }, ['CACHES.default.OPTIONS.CLIENT_CLASS']],
    [
      'a sentinel factory of its own',
      { OPTIONS: { CONNECTION_FACTORY: 'django_redis.pool.SentinelConnectionFactory' } },
      ['CACHES.default.OPTIONS.CONNECTION_FACTORY'],
    ],
    [
      'options of sentinels, all at once',
      { LOCATION: 'redis+cluster://', OPTIONS: { SENTINELS: [['a', 1]], eagerFailover: true } },
      ['CACHES.default.LOCATION', 'CACHES.default.OPTIONS.SENTINELS', 'CACHES.default.OPTIONS.eagerFailover'],
    ],
  ])('refuses %s', (_what, cache, paths) => {
    expect(problemsOf(cache)).toEqual(paths);
  });

  it('warns of caches that share it: a cluster has one database', () => {
    const other = { BACKEND: 'redis', LOCATION: 'redis+cluster://c:7002' };
    const { warnings } = resolveSettings({ default: { BACKEND: 'redis', LOCATION }, other });
    expect(warnings).toEqual([
      expect.stringContaining('share one database and one KEY_PREFIX'),
      expect.stringContaining('in plain text'),
    ]);
  });
});
