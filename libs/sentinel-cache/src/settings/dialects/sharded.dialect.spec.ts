import { describe, expect, it } from '@jest/globals';
import { ImproperlyConfiguredError } from '../../errors/improperly-configured.error.js';
import { resolveSettings } from '../resolve-settings.js';

const URLS = ['redis://:p%40w@a:1/2', 'rediss://u:q@b', 'unix:///tmp/r.sock?db=4'];

function resolve(LOCATION: unknown, options: object = {}) {
  const OPTIONS = { CLIENT_CLASS: 'django_redis.client.ShardClient', ...options };
  const config = resolveSettings({ default: { BACKEND: 'redis', LOCATION, OPTIONS } }).caches.get('default')!;
  if (config.backend !== 'sharded') throw new Error('no shards');
  return config;
}

function pathsOf(LOCATION: unknown, options: object = {}): readonly string[] {
  try {
    resolve(LOCATION, options);
  } catch (error) {
    if (error instanceof ImproperlyConfiguredError) return error.problems.map(({ path }) => path);
    throw error;
  }
  return [];
}

describe('ShardClient', () => {
  it.each([[URLS], [URLS.join(',')], [new Set(URLS)]])('A-90: %p are servers that keep their names to the letter', (location) => {
    expect(resolve(location).shards.map(({ name }) => name)).toEqual(URLS);
  });

  it('A-90: each URL has its own credentials, database and TLS; what it does not say, OPTIONS say', () => {
    const { shards } = resolve([...URLS, 'redis://c'], { PASSWORD: 'all', CONNECTION_POOL_KWARGS: { db: 7 } });
    expect(shards.map(({ connection }) => connection)).toMatchObject([
      { topology: { primary: { host: 'a', port: 1 }, replicas: [] }, credentials: { password: 'p@w' }, database: 2, tls: false },
      { topology: { primary: { host: 'b' } }, credentials: { username: 'u', password: 'q' }, database: 7, tls: {} },
      { topology: { primary: { path: '/tmp/r.sock' } }, credentials: { password: 'all' }, database: 4 },
      { topology: { primary: { host: 'c' } }, credentials: { password: 'all' }, database: 7 },
    ]);
  });

  it('A-90: one server is a ring too', () => {
    expect(resolve('redis://a').shards).toHaveLength(1);
  });

  it('refuses a server twice, sentinels, and what is no URL; each at its place', () => {
    expect(pathsOf(['redis://a', 'redis://a'])).toEqual(['CACHES.default.LOCATION']);
    expect(pathsOf(['redis://a', 'b:1', 5])).toEqual(['CACHES.default.LOCATION[1]', 'CACHES.default.LOCATION[2]']);
    expect(pathsOf('redis://a, redis://b')).toEqual(['CACHES.default.LOCATION']);
    expect(pathsOf([])).toEqual(['CACHES.default.LOCATION']);
    expect(pathsOf('redis://a', { SENTINELS: [['h', 1]] })).toEqual(['CACHES.default.OPTIONS.SENTINELS']);
    expect(pathsOf('redis://a', { CONNECTION_FACTORY: 'django_redis.pool.SentinelConnectionFactory' })).toEqual([
      'CACHES.default.OPTIONS.CLIENT_CLASS',
    ]);
  });

  it('warns of a cache that shares a database with one of them', () => {
    const { warnings } = resolveSettings({
      default: { BACKEND: 'redis', LOCATION: ['redis://a/1', 'redis://b/1'], OPTIONS: { CLIENT_CLASS: 'shard' } },
      other: { BACKEND: 'redis', LOCATION: 'redis://b/1' },
      apart: { BACKEND: 'redis', LOCATION: 'redis://b/2' },
    });
    expect(warnings).toEqual([expect.stringContaining('CACHES.default and CACHES.other share one database')]);
  });
});
