import { describe, expect, it } from '@jest/globals';
import { ImproperlyConfiguredError } from '../../errors/improperly-configured.error.js';
import { resolveSettings } from '../resolve-settings.js';

function resolve(LOCATION: unknown, OPTIONS: object = {}) {
  const { caches, warnings } = resolveSettings({ default: { BACKEND: 'django_redis.cache.RedisCache', LOCATION, OPTIONS } });
  const config = caches.get('default')!;
  if (config.backend !== 'redis' || config.connection.topology.kind !== 'standalone') throw new Error('no standalone config');
  return { config, connection: config.connection, topology: config.connection.topology, warnings };
}

function pathsOf(LOCATION: unknown, OPTIONS: object = {}): readonly string[] {
  try {
    resolve(LOCATION, OPTIONS);
  } catch (error) {
    if (error instanceof ImproperlyConfiguredError) return error.problems.map(({ path }) => path);
    throw error;
  }
  return [];
}

const PLACE = 'CACHES.default.LOCATION';

describe('django-redis', () => {
  it.each([
    ['redis://a,redis://b:1,redis://c'],
    [['redis://a', 'redis://b:1', 'redis://c']],
    [new Set(['redis://a', 'redis://b:1', 'redis://c'])],
  ])('C-20: the first of %p is the primary, the others are replicas', (location) => {
    expect(resolve(location).topology).toEqual({
      kind: 'standalone',
      primary: { host: 'a', port: 6379 },
      replicas: [
        { host: 'b', port: 1 },
        { host: 'c', port: 6379 },
      ],
    });
  });

  it('C-20: does not trim: a space after the comma is a problem', () => {
    expect(pathsOf('redis://a, redis://b')).toEqual([PLACE]);
  });

  it('C-21: reads user, password, TLS, socket paths and defaults', () => {
    expect(resolve('rediss://u:p%40@h:1/2').connection).toMatchObject({
      credentials: { username: 'u', password: 'p@' },
      tls: { rejectUnauthorized: true, checkHostname: true, minVersion: 'TLSv1.2' },
      database: 2,
      topology: { primary: { host: 'h', port: 1 }, replicas: [] },
    });
    expect(resolve('redis://').connection).toMatchObject({
      database: 0,
      tls: false,
      topology: { primary: { host: 'localhost', port: 6379 } },
    });
    expect(resolve('unix:///tmp/r.sock?db=4').connection).toMatchObject({
      database: 4,
      topology: { primary: { path: '/tmp/r.sock' } },
    });
  });

  it('C-22: ?db= beats the path, and the path beats CONNECTION_POOL_KWARGS.db', () => {
    const OPTIONS = { CONNECTION_POOL_KWARGS: { db: 5 } };
    expect(resolve('redis://h/1?db=2', OPTIONS).connection.database).toBe(2);
    expect(resolve('redis://h/1', OPTIONS).connection.database).toBe(1);
    expect(resolve('redis://h', OPTIONS).connection.database).toBe(5);
  });

  it('C-23: query arguments have their types', () => {
    const { connection, warnings } = resolve(
      'rediss://h?socket_timeout=1.5&socket_connect_timeout=2&max_connections=7&ssl_check_hostname=No' +
        '&retry_on_timeout=true&client_name=shop&username=u&password=p%2B',
    );
    expect(connection).toMatchObject({
      callDeadlineMs: 1500,
      connectDeadlineMs: 2000,
      maxSocketsPerNode: 7,
      clientName: 'shop',
      tls: { checkHostname: false },
      credentials: { username: 'u', password: 'p+' },
    });
    expect(warnings).toEqual([expect.stringContaining('retry_on_timeout'), expect.stringContaining('ssl_check_hostname')]);
  });

  it.each([
    ['redis://h?nosuch=1', PLACE],
    ['redis://h?is_master=0', PLACE],
    ['redis://h?max_connections=many', `${PLACE}.max_connections`],
    ['redis://h?socket_timeout=1s', `${PLACE}.socket_timeout`],
    ['rediss://h?ssl_check_hostname=off', `${PLACE}.ssl_check_hostname`],
  ])('C-23: refuses the query argument of %s', (location, path) => {
    expect(pathsOf(location)).toEqual([path]);
  });

  it.each([['0'], ['F'], ['false'], ['n'], ['NO']])('C-23: %s is a false word', (word) => {
    expect(resolve(`rediss://h?ssl_check_hostname=${word}`).connection.tls).toMatchObject({ checkHostname: false });
  });

  it('C-24: keeps the order of servers, so that reads can go to the others', () => {
    expect(resolve(['redis://z', 'redis://a']).topology).toMatchObject({ primary: { host: 'z' }, replicas: [{ host: 'a' }] });
  });

  it('C-25: REPLICA_READ_ONLY true is accepted, false refused', () => {
    expect(pathsOf('redis://h', { REPLICA_READ_ONLY: true })).toEqual([]);
    expect(pathsOf('redis://h', { REPLICA_READ_ONLY: false })).toEqual(['CACHES.default.OPTIONS.REPLICA_READ_ONLY']);
  });

  it.each([[''], [undefined], [null], [[]], [5], [{}], [['redis://h', 5]], ['h:6379'], ['http://h']])(
    'C-14: refuses LOCATION %p at boot',
    (location) => {
      expect(pathsOf(location)).toHaveLength(1);
    },
  );

  it('refuses URLs that differ in credentials, database or TLS', () => {
    for (const other of ['redis://:x@b', 'redis://b/1', 'rediss://b', 'redis://b?socket_timeout=1'])
      expect(pathsOf(['redis://a', other])).toEqual([PLACE]);
    expect(pathsOf(['redis://:p@a/1', 'redis://b/1'], { PASSWORD: 'p' })).toEqual([]);
  });

  it('refuses sentinel options, which nobody would read', () => {
    expect(pathsOf('redis://h', { SENTINELS: [['a', 1]], SENTINEL_KWARGS: {}, SENTINEL_TIMEOUT: 1 })).toEqual([
      'CACHES.default.OPTIONS.SENTINELS',
      'CACHES.default.OPTIONS.SENTINEL_TIMEOUT',
      'CACHES.default.OPTIONS.SENTINEL_KWARGS',
    ]);
  });

  it('tells only CLIENT_CLASS when it is misspelt, not a LOCATION nobody can read then', () => {
    const OPTIONS = { CLIENT_CLASS: 'django_sentinel.SentinelClint', SENTINEL_TIMEOUT: 1 };
    expect(pathsOf('m/h:1/0', OPTIONS)).toEqual(['CACHES.default.OPTIONS.CLIENT_CLASS']);
    expect(() => resolve('m/h:1/0', OPTIONS)).toThrow("Did you mean 'django_sentinel.SentinelClient'?");
  });
});
