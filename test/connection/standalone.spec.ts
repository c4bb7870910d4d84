import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { createCaches, type DjangoSettings } from 'nestjs-sentinel-cache';

const caching = (location: unknown, options: Record<string, unknown> = {}): DjangoSettings =>
  ({
    default: { BACKEND: 'django_redis.cache.RedisCache', LOCATION: location, OPTIONS: { deadline: '5s', ...options } },
  }) as DjangoSettings;

describe('on one Redis without sentinels', () => {
  let redis: LocalRedis;
  beforeAll(async () => {
    redis = await startLocalRedis({ password: 'p@ss:w/rd', unixSocket: true, databases: 4 });
    await redis.primary.command('ACL', 'SETUSER', 'app', 'on', '>s3cret', '~*', '&*', '+@all', '-@dangerous', '-@admin');
    await redis.primary.command('ACL', 'SETUSER', 'nobody', 'on', '>s3cret', '~*', '-@all');
  });
  afterAll(() => redis.stop());

  const at = (credentials: string, database = ''): string =>
    `redis://${credentials}${redis.primary.host}:${redis.primary.port}${database}`;

  async function roundTrip(settings: DjangoSettings): Promise<unknown> {
    const caches = createCaches(settings);
    try {
      await caches.get().set('k', 'v', 10);
      return await caches.get().get('k');
    } finally {
      await caches.close();
    }
  }

  it('C-21: a percent-encoded password, an ACL user, IPv4 and a Unix socket all get in', async () => {
    expect(await roundTrip(caching(at(`:${encodeURIComponent('p@ss:w/rd')}@`, '/1')))).toBe('v');
    expect(await roundTrip(caching(at('app:s3cret@')))).toBe('v');
    expect(await roundTrip(caching(redis.unixUrl(2)))).toBe('v');
  });

  it('a user without @dangerous and @admin is enough', async () => {
    expect(await roundTrip(caching(at('app:s3cret@', '/3')))).toBe('v');
  });

  it.each([
    ['a wrong password', () => at(':wrong@'), 'auth'],
    ['no password', () => at(''), 'auth'],
    ['a user who may do nothing', () => at('nobody:s3cret@', '/1'), 'wrong-database'],
    ['a database that the server does not have', () => at(`:${encodeURIComponent('p@ss:w/rd')}@`, '/99'), 'wrong-database'],
    ['a port where nobody listens', () => 'redis://127.0.0.1:1/0', 'no-primary'],
    ['a host that does not exist', () => 'redis://no-such-host.invalid:6379/0', 'unreadable-address'],
  ])('%s is a typed error, and nothing was executed', async (_case, location, reason) => {
    const caches = createCaches(caching(location(), { deadline: '3s' }));
    const error: unknown = await caches
      .get()
      .set('k', 'v')
      .then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
    expect(error).toMatchObject({ code: 'SENTINEL_CACHE_UNAVAILABLE', reason, executed: false, alias: 'default' });
    expect(String((error as Error).message)).not.toContain('wrong@');
    await caches.close();
  });

  it('a database that does not exist is never written to database 0 instead', async () => {
    const caches = createCaches(caching(at(`:${encodeURIComponent('p@ss:w/rd')}@`, '/99')));
    await expect(caches.get().set('stray', 1)).rejects.toMatchObject({ reason: 'wrong-database' });
    expect(await redis.primary.command('EXISTS', ':1:stray')).toBe(0);
    await caches.close();
  });

  it('two aliases with different deadlines on one URL keep their own (C-13)', async () => {
    const url = at(`:${encodeURIComponent('p@ss:w/rd')}@`);
    const caches = createCaches({
      CACHES: {
        default: { BACKEND: 'redis', LOCATION: url, KEY_PREFIX: 'a', OPTIONS: { clientName: 'one' } },
        other: { BACKEND: 'redis', LOCATION: url, KEY_PREFIX: 'b', OPTIONS: { clientName: 'two' } },
        third: { BACKEND: 'redis', LOCATION: url, KEY_PREFIX: 'c', OPTIONS: { clientName: 'one' } },
      },
    } as DjangoSettings);
    await Promise.all(['default', 'other', 'third'].map((alias) => caches.get(alias).set('k', alias)));
    const clients = String(await redis.primary.command('CLIENT', 'LIST'));
    expect(clients.match(/name=one /g)).toHaveLength(1);
    expect(clients.match(/name=two /g)).toHaveLength(1);
    await caches.close();
  });

  it('what is in flight at close is answered, and what comes after is refused', async () => {
    const caches = createCaches(caching(at(`:${encodeURIComponent('p@ss:w/rd')}@`)));
    const cache = caches.get();
    await cache.set('k', 1);
    const inFlight = Array.from({ length: 50 }, (_, i) => cache.set(`k${i}`, i));
    await caches.close();
    expect((await Promise.allSettled(inFlight)).every(({ status }) => status === 'fulfilled')).toBe(true);
    await expect(cache.get('k')).rejects.toMatchObject({ reason: 'closed', executed: false });
  });
});
