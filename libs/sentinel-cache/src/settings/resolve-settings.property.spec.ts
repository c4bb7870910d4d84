import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ImproperlyConfiguredError } from '../errors/improperly-configured.error.js';
import { resolveSettings } from './resolve-settings.js';

const BACKENDS = [
  'redis',
  'locmem',
  'dummy',
  'django.core.cache.backends.redis.RedisCache',
  'django_redis_sentinel.cache.RedisSentinelCache',
  'nonsense',
];
const CLIENTS = ['django_sentinel.SentinelClient', 'django_redis.client.SentinelClient', 'django_redis.client.DefaultClient'];
const LOCATIONS = ['m/h:1/0', 'redis://h/0', 'redis://h?is_master=0', ['redis://h', 'redis://h?is_master=0'], [['h', 1]], ''];
const NAMES = [
  'PASSWORD',
  'SOCKET_TIMEOUT',
  'SENTINELS',
  'SENTINEL_KWARGS',
  'SERIALIZER',
  'PICKLE_VERSION',
  'COMPRESSOR',
  'deadline',
  'gate',
  'db',
];
const KWARGS = [
  'max_connections',
  'ssl',
  'ssl_cert_reqs',
  'ssl_ca_certs',
  'socket_timeout',
  'password',
  'db',
  '__proto__',
  'constructor',
];

const scalar = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }),
  fc.double(),
  fc.constantFrom(true, null, '5m', '60', 'x', -1, 0, 1, 2 ** 53),
);
const dictOf = (names: string[], value: fc.Arbitrary<unknown>) =>
  fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), value, { maxKeys: 6 });
const options = fc
  .tuple(
    dictOf(NAMES, fc.oneof(scalar, dictOf(KWARGS, scalar))),
    dictOf(KWARGS, scalar),
    fc.option(fc.constantFrom(...CLIENTS), { nil: undefined }),
  )
  .map(([dict, kwargs, client]) => ({ ...dict, CONNECTION_POOL_KWARGS: kwargs, CLIENT_CLASS: client }));
const cache = fc
  .tuple(
    fc.constantFrom(...BACKENDS),
    fc.oneof(fc.constantFrom<unknown>(...LOCATIONS), scalar),
    options,
    dictOf(['TIMEOUT', 'VERSION', 'KEY_PREFIX'], scalar),
  )
  .map(([BACKEND, LOCATION, OPTIONS, more]) => ({ ...more, BACKEND, LOCATION, OPTIONS }));

function outcomeOf(settings: unknown): 'resolved' | 'refused' {
  try {
    resolveSettings(settings);
    return 'resolved';
  } catch (error) {
    if (error instanceof ImproperlyConfiguredError && error.problems.length > 0) return 'refused';
    throw error;
  }
}

/**
 * The best of up to three runs, in milliseconds of this process' own work: what else the machine does is not
 * counted.
 */
function quickest(given: unknown): number {
  let best = Infinity;
  for (let run = 0; run < 3 && best >= 100; run++) {
    const start = process.cpuUsage();
    outcomeOf(given);
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

describe('resolveSettings, whatever it is given', () => {
  it('resolves or throws an ImproperlyConfiguredError, in no time', () => {
    const settings = fc.oneof(
      fc.jsonValue(),
      fc.anything(),
      fc.record({ CACHES: fc.dictionary(fc.oneof(fc.constant('default'), fc.string()), cache) }),
    );
    fc.assert(
      fc.property(settings, (given) => {
        outcomeOf(given);
        return quickest(given) < 100;
      }),
      { numRuns: 300 },
    );
  });

  it('stays quick with ten thousand unknown names and a long one', () => {
    const OPTIONS = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`OPTION_${index}`, index]));
    const start = performance.now();
    expect(outcomeOf({ default: { BACKEND: 'redis', LOCATION: 'redis://h', OPTIONS, ['x'.repeat(1_000_000)]: 1 } })).toBe(
      'refused',
    );
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  it('both resolves and refuses in this test', () => {
    const outcomes = new Set(fc.sample(cache, { numRuns: 300, seed: 7 }).map((one) => outcomeOf({ default: one })));
    expect(outcomes).toEqual(new Set(['resolved', 'refused']));
  });
});
