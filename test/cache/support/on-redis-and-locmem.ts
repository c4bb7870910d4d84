import { afterAll, beforeAll, beforeEach, describe } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { createCaches, type CachesSetting, type SentinelCache, type SentinelCaches } from 'nestjs-sentinel-cache';

export type Setting = (more?: Record<string, unknown>) => CachesSetting[string];

/** What the tests of one kind of cache get; empty before each test. */
export interface Ground {
  readonly kind: 'Redis' | 'locmem';
  readonly setting: Setting;
  cache(): SentinelCache;
  /** Caches of other settings over the same entries; closed at the end. */
  others(settings: CachesSetting): SentinelCaches;
  /** Undefined on locmem. */
  redis(): LocalRedis | undefined;
}

/** Registers the same tests on a real Redis and in memory. */
export function onRedisAndLocmem(title: string, body: (ground: Ground) => void): void {
  for (const kind of ['Redis', 'locmem'] as const) {
    describe(`${title} on ${kind}`, () => {
      let redis: LocalRedis | undefined;
      let caches: SentinelCaches | undefined;
      const more: SentinelCaches[] = [];
      const setting: Setting = (own) =>
        kind === 'Redis'
          ? { BACKEND: 'redis', LOCATION: redis!.url(1), OPTIONS: { deadline: '5s' }, ...own }
          : { BACKEND: 'locmem', LOCATION: title, MAX_ENTRIES: 1_000_000, ...own };
      beforeAll(async () => {
        if (kind === 'Redis') redis = await startLocalRedis({ password: 'admin' });
        caches = createCaches({ default: setting() });
      });
      beforeEach(async () => {
        await caches!.get().clear({ database: true });
      });
      afterAll(async () => {
        for (const each of [...more, caches]) await each?.close();
        await redis?.stop();
      });
      const others = (settings: CachesSetting): SentinelCaches => {
        more.push(createCaches(settings));
        return more.at(-1)!;
      };
      body({ kind, setting, cache: () => caches!.get(), others, redis: () => redis });
    });
  }
}
