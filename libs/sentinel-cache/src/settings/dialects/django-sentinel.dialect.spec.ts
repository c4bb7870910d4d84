import { describe, expect, it } from '@jest/globals';
import { resolveSettings } from '../resolve-settings.js';
import { problemsFrom } from '../../../../../test/support/setting-problems.js';

const LOCATION = 'mymaster/a:1,b:2/3';

function resolve(OPTIONS: object = {}, more: object = {}) {
  const cache = {
    BACKEND: 'django_redis.cache.RedisCache',
    LOCATION,
    OPTIONS: { CLIENT_CLASS: 'django_sentinel.SentinelClient', ...OPTIONS },
    ...more,
  };
  const { caches, warnings } = resolveSettings({ default: cache });
  const config = caches.get('default')!;
  if (config.backend !== 'redis' || config.connection.topology.kind !== 'sentinel') throw new Error('no sentinel config');
  return { config, connection: config.connection, topology: config.connection.topology, warnings };
}

const problemsOf = (OPTIONS: object, more: object = {}) => problemsFrom(() => resolve(OPTIONS, more));

describe('django-sentinel', () => {
  it('C-30: LOCATION gives master, sentinels and database', () => {
    const { topology, connection } = resolve();
    expect(topology).toMatchObject({
      masterName: 'mymaster',
      sentinels: [
        { host: 'a', port: 1 },
        { host: 'b', port: 2 },
      ],
    });
    expect(connection.database).toBe(3);
  });

  it.each([['django_sentinel.SentinelClient'], ['django_redis_sentinel.SentinelClient'], ['sentinel']])(
    'C-30: CLIENT_CLASS %s reads this grammar',
    (CLIENT_CLASS) => {
      expect(resolve({ CLIENT_CLASS }).topology.masterName).toBe('mymaster');
    },
  );

  it.each([[['m/h:1/0', 'm/h:2/0']], [undefined], [null], [5]])(
    'C-31: refuses LOCATION %p: only one string works',
    (location) => {
      expect(problemsOf({}, { LOCATION: location })).toEqual([
        expect.objectContaining({
          path: 'CACHES.default.LOCATION',
          remedy: expect.stringContaining('mymaster/host1:26379,host2:26379/0'),
        }),
      ]);
    },
  );

  it('C-31: refuses a list in one string', () => {
    expect(problemsOf({}, { LOCATION: 'm/h:1/0,m/h:2/0' })).toEqual([
      expect.objectContaining({ path: 'CACHES.default.LOCATION' }),
    ]);
  });

  it('C-32: SENTINEL_TIMEOUT bounds a question to a sentinel, and nothing else', () => {
    const { topology, connection } = resolve({ SENTINEL_TIMEOUT: 1.5, SOCKET_TIMEOUT: 3 });
    expect(topology.sentinelDeadlineMs).toBe(1500);
    expect(connection.callDeadlineMs).toBe(3000);
    expect(problemsOf({ SENTINEL_TIMEOUT: '1' })).toHaveLength(1);
  });

  it('C-32: PASSWORD goes to the data nodes as it is, never to a sentinel', () => {
    const { topology, connection } = resolve({ PASSWORD: 'p@/w' });
    expect(connection.credentials).toEqual({ username: '', password: 'p@/w' });
    expect(topology.sentinelCredentials).toEqual({ username: '', password: '' });
  });

  it('C-33: reads from replicas, writes to the primary', () => {
    expect(resolve().topology).toMatchObject({ readsFrom: 'replica', readOnly: false });
  });

  it('takes the credentials and TLS of sentinels from SENTINEL_KWARGS', () => {
    const { topology, connection } = resolve({
      SENTINEL_KWARGS: { username: 'u', password: 's', ssl: true, socket_timeout: 0.2, socket_keepalive: true },
    });
    expect(topology.sentinelCredentials).toEqual({ username: 'u', password: 's' });
    expect(topology.sentinelTls).toMatchObject({ rejectUnauthorized: true });
    expect(topology.sentinelDeadlineMs).toBe(200);
    expect(connection.tls).toBe(false);
  });

  it('refuses the options of other ways to Sentinel', () => {
    expect(problemsOf({ SENTINELS: [['a', 1]], SENTINEL_SERVICE_NAME: 'm' }).map(({ path }) => path)).toEqual([
      'CACHES.default.OPTIONS.SENTINELS',
      'CACHES.default.OPTIONS.SENTINEL_SERVICE_NAME',
    ]);
  });

  it('asks a sentinel that is listed twice once', () => {
    const { topology, warnings } = resolve({}, { LOCATION: 'm/a:1,A:1,b:1/0' });
    expect(topology.sentinels).toHaveLength(2);
    expect(warnings).toEqual([expect.stringContaining('listed twice')]);
  });
});
