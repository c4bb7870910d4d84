import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ImproperlyConfiguredError } from '../errors/improperly-configured.error.js';
import { resolveSettings } from './resolve-settings.js';

const SECRET = 'S3CRETx';

/** Everything a log could print of an error, or of warnings. */
function printedOf(settings: unknown): string {
  try {
    return resolveSettings(settings).warnings.join('\n');
  } catch (error) {
    if (!(error instanceof ImproperlyConfiguredError)) throw error;
    return [error.message, error.stack, JSON.stringify(error.problems), JSON.stringify(error), String(error.cause)].join('\n');
  }
}

const redis = (LOCATION: unknown, OPTIONS: object = {}, more: object = {}) => ({
  CACHES: { default: { BACKEND: 'redis', LOCATION, OPTIONS, ...more } },
});
const sentinel = { CLIENT_CLASS: 'django_sentinel.SentinelClient' };

describe('secrets of bad settings', () => {
  it.each([
    [redis(`redis://user:${SECRET}@h:bad/0`)],
    [redis(`redis://:pa/${SECRET}@h/0`)],
    [redis(`redis://:pa#${SECRET}@h/0`)],
    [redis(`redis://:pa?${SECRET}=1@h/0`)],
    [redis(`redis://:pa?x&${SECRET}`)],
    [redis(`redis://h/0?password=${SECRET}&passwort=${SECRET}`)],
    [redis(`redis://h/0?${SECRET}=1`)],
    [redis(`redis://h/0?socket_timeout=${SECRET}`)],
    [redis(`http://:${SECRET}@h`)],
    [redis([`redis://:${SECRET}@h`, `redis://:other@h`])],
    [redis([`redis://:${SECRET}@h:x`, 5])],
    [redis(`unix://:${SECRET}@host/x`)],
    [redis(`mymaster/:${SECRET}@h:26379/0`, sentinel)],
    [redis(`mymaster/h:26379/${SECRET}`, sentinel)],
    [redis(`mymaster/h:${SECRET}/0`, sentinel)],
    [redis('redis://h', { PASSWORD: [SECRET] })],
    [redis('redis://h', { PASSWORD: { value: SECRET } })],
    [redis('redis://h', { PASSWORD: 5550123, CONNECTION_POOL_KWARGS: { password: 5550123 } })],
    [redis('redis://h', { PASSWROD: SECRET })],
    [redis('redis://h', { password: SECRET })],
    [redis('redis://h', { CONNECTION_POOL_KWARGS: { password: [SECRET], passwd: SECRET, ssl_password: 7 } })],
    [redis('redis://h', { CONNECTION_POOL_KWARGS: SECRET })],
    [
      redis('redis://h', {
        CONNECTION_POOL_KWARGS: { ssl: true, ssl_ca_certs: SECRET, ssl_ca_data: SECRET, ssl_keyfile: SECRET },
      }),
    ],
    [redis('m/h:1/0', { ...sentinel, SENTINEL_KWARGS: { password: 5550123, username: [SECRET], pasword: SECRET } })],
    [
      redis('redis://h', {
        SERIALIZER: SECRET,
        CLIENT_CLASS: SECRET,
        COMPRESSOR: SECRET,
        deadline: SECRET,
        clientName: `${SECRET} x`,
      }),
    ],
    [redis('redis://h', SECRET as never)],
    [redis('redis://h', {}, { TIMEOUT: SECRET, KEY_PREFIX: [SECRET], VERSION: [SECRET], KEY_FUNCTION: SECRET, BACKEND: SECRET })],
    [{ CACHES: { default: SECRET } }],
    [{ CACHES: SECRET, SECRET_KEY: SECRET }],
    [{ CACHES: { default: { BACKEND: 'locmem' } }, SECRET_KEY: SECRET, SECRET_KEYS: SECRET, SECRET_KEY_FALLBACKS: [SECRET] }],
    [{ CACHES: { [`redis://:${SECRET}@h`]: { BACKEND: 'x' } } }],
    [{ CACHES: { default: { BACKEND: 'locmem', LOCATION: [SECRET] } } }],
    [
      {
        default: {
          BACKEND: 'django.core.cache.backends.redis.RedisCache',
          LOCATION: `redis://:${SECRET};x@h`,
          OPTIONS: { PASSWORD: SECRET },
        },
      },
    ],
    [{ default: { BACKEND: 'django_redis_sentinel.cache.RedisSentinelCache', LOCATION: [[`:${SECRET}@h`, 1]], OPTIONS: {} } }],
  ])('appear in no text of the error (%#)', (settings) => {
    expect(printedOf(settings)).not.toMatch(/S3CRETx|S3CRET|5550123/);
  });

  it('appear in no warning of good settings', () => {
    const good = redis(`redis://:${SECRET}@h/0`, { CLOSE_CONNECTION: true, PASSWORD: SECRET }, {});
    const printed = printedOf({ ...good, SECRET_KEY: SECRET });
    expect(printed).not.toContain(SECRET);
  });

  it('appear nowhere, wherever in a URL they stand', () => {
    const parts = fc.array(fc.constantFrom(SECRET, ':', '@', '/', '?', '#', '&', '=', 'h', '[', ']', '0', ',', ' '), {
      maxLength: 12,
    });
    fc.assert(fc.property(parts, (list) => !printedOf(redis(`redis://${list.join('')}`)).includes(SECRET)));
  });
});
