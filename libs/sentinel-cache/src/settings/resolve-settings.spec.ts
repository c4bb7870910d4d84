import { describe, expect, it } from '@jest/globals';
import { resolveSettings } from './resolve-settings.js';
describe('x', () => { it('y', () => {
  const c = resolveSettings({
  CACHES: {
    default: {
      BACKEND: 'django_redis.cache.RedisCache',
      LOCATION: 'mymaster/192.168.1.1:26379,192.168.1.2:26380,192.168.1.3:26381/0',
      OPTIONS: {
        PASSWORD: 'admin',
        CLIENT_CLASS: 'django_sentinel.SentinelClient',
        CONNECTION_POOL_KWARGS: { max_connections: 100 },
      },
    },
  },
  SESSION_ENGINE: 'django.contrib.sessions.backends.cache',
});
console.log(c.warnings, JSON.stringify([...c.caches], null, 1));
try { resolveSettings({CACHES: { default: { BACKEND: 'redis', LOCATION: 'redis://:hunter2@h/0x', TIMEOUT: true, OPTIONS: {PASSWORT: 'x', CLIENT_CLASS: 'django_redis.client.DefaultClient', COMPRESSOR: 'zlib', nearCache: {}}}, b: {BACKEND: 'memcached'}}, SESSION_COKIE_AGE: 3}) } catch (e) { console.log(String(e)) }
})});
