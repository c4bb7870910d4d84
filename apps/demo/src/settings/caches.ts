import type { DjangoSettings } from 'nestjs-sentinel-cache';

/** What a Django project has in its settings.py, pasted. */
export const settings: DjangoSettings = {
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
};

/** The same settings on other sentinels: `127.0.0.1:26379,127.0.0.1:26380`. */
export function settingsOn(sentinels: string): DjangoSettings {
  const { CACHES } = settings as { CACHES: { default: { BACKEND: string } } };
  return { ...settings, CACHES: { default: { ...CACHES.default, LOCATION: `mymaster/${sentinels}/0` } } };
}

/** No Redis at all: the entries live in the memory of this process. */
export const locmemSettings: DjangoSettings = {
  CACHES: { default: { BACKEND: 'django.core.cache.backends.locmem.LocMemCache' } },
  SESSION_ENGINE: 'django.contrib.sessions.backends.cache',
};
