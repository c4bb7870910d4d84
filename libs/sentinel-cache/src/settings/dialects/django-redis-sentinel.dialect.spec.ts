import { describe, expect, it } from '@jest/globals';
import { resolveSettings } from '../resolve-settings.js';
import { problemsFrom } from '../../../../../test/support/setting-problems.js';

const FACTORY = { DJANGO_REDIS_CONNECTION_FACTORY: 'django_redis.pool.SentinelConnectionFactory' };
const SENTINELS = [['a', 26379], ['b', '26380'], 'c:1', '[::1]:2'];
const CLIENT = { CLIENT_CLASS: 'django_redis.client.SentinelClient' };

function resolve(LOCATION: unknown, OPTIONS: object = {}, globals: object = FACTORY) {
  const cache = { BACKEND: 'django_redis.cache.RedisCache', LOCATION, OPTIONS: { SENTINELS, ...OPTIONS } };
  const { caches, warnings } = resolveSettings({ CACHES: { default: cache }, ...globals });
  const config = caches.get('default')!;
  if (config.backend !== 'redis' || config.connection.topology.kind !== 'sentinel') throw new Error('no sentinel config');
  return { connection: config.connection, topology: config.connection.topology, warnings };
}

const problemsOf = (LOCATION: unknown, OPTIONS: object = {}, globals: object = FACTORY) =>
  problemsFrom(() => resolve(LOCATION, OPTIONS, globals));

describe('django-redis with Sentinel', () => {
  it('C-50: the host of the URL is the service name, in its case', () => {
    expect(resolve('redis://MyMaster/2')).toMatchObject({ topology: { masterName: 'MyMaster' }, connection: { database: 2 } });
  });

  it('C-50: ignores a port in the URL, and says so', () => {
    const { topology, warnings } = resolve('redis://mymaster:6379/0');
    expect(topology.masterName).toBe('mymaster');
    expect(warnings).toEqual([expect.stringContaining('the port is ignored')]);
  });

  it('C-51: SentinelClient with one URL writes to the primary and reads from a replica', () => {
    for (const url of ['redis://m/0', 'redis://m/0?is_master=0', 'redis://m/0?is_master=1']) {
      expect(resolve(url, CLIENT).topology).toMatchObject({ readsFrom: 'replica', readOnly: false });
    }
  });

  it('C-51: SentinelClient leaves a list as it is', () => {
    expect(resolve(['redis://m/0'], CLIENT).topology).toMatchObject({ readsFrom: 'primary', readOnly: false });
    expect(resolve(['redis://m/0?is_master=0'], CLIENT).topology).toMatchObject({ readOnly: true });
    expect(problemsOf('redis://m/0,redis://m/0', CLIENT)).toHaveLength(1);
  });

  it('C-52: without is_master DefaultClient uses the primary; ?is_master=0 alone is a read-only cache', () => {
    expect(resolve('redis://m/0').topology).toMatchObject({ readsFrom: 'primary', readOnly: false });
    expect(resolve('redis://m/0?is_master=True').topology).toMatchObject({ readsFrom: 'primary', readOnly: false });
    for (const word of ['0', 'f', 'False', 'n', 'no']) {
      expect(resolve(`redis://m/0?is_master=${word}`).topology).toMatchObject({ readsFrom: 'replica', readOnly: true });
    }
    expect(problemsOf('redis://m/0?is_master=off')).toHaveLength(1);
  });

  it.each([[['redis://m/0?is_master=1', 'redis://m/0?is_master=0']], ['redis://m/0,redis://m/0?is_master=0']])(
    'C-53: DefaultClient with %p does what SentinelClient does',
    (location) => {
      expect(resolve(location).topology).toMatchObject({ masterName: 'm', readsFrom: 'replica', readOnly: false });
    },
  );

  it.each([
    [['redis://m/0?is_master=0', 'redis://m/0']],
    [['redis://m/0', 'redis://m/0?is_master=0', 'redis://m/0']],
    [['redis://m/0', 'redis://other/0?is_master=0']],
    [['redis://m/0', 'redis://m/1?is_master=0']],
    ['redis:///0'],
    ['unix:///m'],
  ])('C-53: refuses %p', (location) => {
    expect(problemsOf(location)).toEqual([expect.objectContaining({ path: 'CACHES.default.LOCATION' })]);
  });

  it('C-54: SENTINELS are addresses in two parts, or as text', () => {
    expect(resolve('redis://m/0').topology.sentinels).toEqual([
      { host: 'a', port: 26379 },
      { host: 'b', port: 26380 },
      { host: 'c', port: 1 },
      { host: '::1', port: 2 },
    ]);
  });

  it.each([[undefined], [null], [[]], ['a:1'], [{}]])('C-54: SENTINELS %p is a problem', (sentinels) => {
    expect(problemsOf('redis://m/0', { SENTINELS: sentinels })).toEqual([
      expect.objectContaining({ path: 'CACHES.default.OPTIONS.SENTINELS' }),
    ]);
  });

  it.each([[['a']], [['a', 0]], [['a', 65_536]], [['', 1]], [[1, 1]], ['a'], [null], [['a b', 1]], [['a', 1, 2]]])(
    'C-54: the sentinel %p is a problem',
    (sentinel) => {
      expect(problemsOf('redis://m/0', { SENTINELS: [['ok', 1], sentinel] })).toEqual([
        expect.objectContaining({ path: 'CACHES.default.OPTIONS.SENTINELS[1]' }),
      ]);
    },
  );

  it('C-54: SentinelClient without a sentinel factory is a problem that names the setting', () => {
    const problems = problemsOf('redis://m/0', CLIENT, {});
    expect(problems).toEqual([expect.objectContaining({ path: 'CACHES.default.OPTIONS.CLIENT_CLASS' })]);
    expect(problems[0]!.remedy).toContain('DJANGO_REDIS_CONNECTION_FACTORY');
  });

  it.each([
    [{ CONNECTION_FACTORY: 'django_redis.pool.SentinelConnectionFactory' }],
    [{ CONNECTION_POOL_CLASS: 'redis.sentinel.SentinelConnectionPool' }],
  ])('C-54: %p will do instead of the global setting', (OPTIONS) => {
    expect(resolve('redis://m/0', OPTIONS, {}).topology.masterName).toBe('m');
  });

  it('C-54: OPTIONS.CONNECTION_FACTORY wins over the global one', () => {
    const OPTIONS = { SENTINELS: undefined, CONNECTION_FACTORY: 'django_redis.pool.ConnectionFactory' };
    expect(() => resolve('redis://h/0', OPTIONS)).toThrow('no sentinel config');
  });

  it('C-56: min_other_sentinels comes from CONNECTION_POOL_KWARGS', () => {
    expect(resolve('redis://m/0').topology.minOtherSentinels).toBe(0);
    expect(resolve('redis://m/0', { CONNECTION_POOL_KWARGS: { min_other_sentinels: 2 } }).topology.minOtherSentinels).toBe(2);
  });

  it('C-60: rediss:// and ssl: true are TLS to the data nodes, SENTINEL_KWARGS.ssl is TLS to the sentinels', () => {
    expect(resolve('rediss://m/0')).toMatchObject({
      connection: { tls: { rejectUnauthorized: true } },
      topology: { sentinelTls: false },
    });
    const both = resolve('redis://m/0', {
      CONNECTION_POOL_KWARGS: { ssl: true },
      SENTINEL_KWARGS: { ssl: true, ssl_cert_reqs: 'none' },
    });
    expect(both).toMatchObject({
      connection: { tls: { rejectUnauthorized: true } },
      topology: { sentinelTls: { rejectUnauthorized: false } },
    });
    expect(problemsOf('rediss://m/0', { CONNECTION_POOL_KWARGS: { ssl: false } })).toHaveLength(1);
  });

  it('C-61: data credentials come from the URL or CONNECTION_POOL_KWARGS, those of sentinels from SENTINEL_KWARGS alone', () => {
    const { connection, topology } = resolve('redis://m/0', { CONNECTION_POOL_KWARGS: { username: 'u', password: 'p' } });
    expect(connection.credentials).toEqual({ username: 'u', password: 'p' });
    expect(topology.sentinelCredentials).toEqual({ username: '', password: '' });
    expect(resolve('redis://x:y@m/0', { SENTINEL_KWARGS: { username: 'su', password: 'sp' } })).toMatchObject({
      connection: { credentials: { username: 'x', password: 'y' } },
      topology: { sentinelCredentials: { username: 'su', password: 'sp' } },
    });
  });

  it('without SENTINEL_KWARGS the sentinels get the socket timeouts of the data nodes, with them nothing', () => {
    expect(resolve('redis://m/0', { SOCKET_TIMEOUT: 2 }).topology.sentinelDeadlineMs).toBe(2000);
    expect(resolve('redis://m/0', { SOCKET_TIMEOUT: 2, SENTINEL_KWARGS: {} }).topology.sentinelDeadlineMs).toBe(300);
  });

  it('refuses an unknown argument of SENTINEL_KWARGS', () => {
    expect(problemsOf('redis://m/0', { SENTINEL_KWARGS: { pasword: 'x', db: 1 } })).toEqual([
      expect.objectContaining({ path: 'CACHES.default.OPTIONS.SENTINEL_KWARGS.pasword', remedy: 'Did you mean password?' }),
      expect.objectContaining({ path: 'CACHES.default.OPTIONS.SENTINEL_KWARGS.db' }),
    ]);
  });
});
