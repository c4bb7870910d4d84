import { CACHE_MANAGER, Cache } from '@nestjs/cache-manager';
import { Inject, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, startLocalSentinel, type LocalRedis, type LocalSentinel } from 'local-sentinel';
import {
  getCacheManagerToken,
  getCacheToken,
  ImproperlyConfiguredError,
  InjectCache,
  SentinelCache,
  SentinelCacheModule,
  SentinelCaches,
  type DjangoSettings,
} from 'nestjs-sentinel-cache';
import { rejectionOf, until } from '../cache/support/waiting.js';
import { boot, bootWith, closeAll } from './support/boot.js';
import { LogLines } from './support/log-lines.js';

let topology: LocalSentinel;
let redis: LocalRedis;
beforeAll(async () => {
  [topology, redis] = await Promise.all([
    startLocalSentinel({ replicas: 1, sentinels: 3, password: 'admin' }),
    startLocalRedis({ password: 'admin' }),
  ]);
});
afterEach(closeAll);
afterAll(async () => {
  await topology?.stop();
  await redis?.stop();
});

/** The dict of README.md, hosts replaced. */
const pasted = () => ({
  CACHES: {
    default: {
      BACKEND: 'django_redis.cache.RedisCache',
      LOCATION: topology.location('mymaster', 0),
      OPTIONS: {
        PASSWORD: 'admin',
        CLIENT_CLASS: 'django_sentinel.SentinelClient',
        CONNECTION_POOL_KWARGS: { max_connections: 100 },
      },
    },
  },
  SESSION_ENGINE: 'django.contrib.sessions.backends.cache',
});

const locmem = (name = 'spec') => ({ BACKEND: 'locmem', LOCATION: name });
const onRedis = (database: number, more: Record<string, unknown> = {}) => ({
  BACKEND: 'redis',
  LOCATION: redis.url(database),
  OPTIONS: { deadline: '5s' },
  ...more,
});

/** Every way to get the default cache, and one more alias. */
@Injectable()
class Consumer {
  constructor(
    @InjectCache() readonly implied: SentinelCache,
    @InjectCache('default') readonly byAlias: SentinelCache,
    readonly byClass: SentinelCache,
    @Inject(getCacheToken('default')) readonly byToken: SentinelCache,
    readonly caches: SentinelCaches,
    @Inject(CACHE_MANAGER) readonly manager: Cache,
    readonly managerByClass: Cache,
    @Inject(getCacheManagerToken()) readonly managerByToken: Cache,
  ) {}
}

@Injectable()
class WithSessions {
  constructor(
    @InjectCache('sessions') readonly cache: SentinelCache,
    @Inject(getCacheManagerToken('sessions')) readonly manager: Cache,
  ) {}
}

describe('forRoot', () => {
  it('boots from the dict pasted from README.md against real sentinels, and caches', async () => {
    const { app, log } = await boot([SentinelCacheModule.forRoot(pasted())], { providers: [Consumer] });
    const { byAlias, caches } = app.get(Consumer);
    // The pasted dict has the default deadline, which a busy machine may miss.
    await until('the first write is stored', () => byAlias.set('user:7', { name: 'Ada' }, '15m').catch(() => false));
    expect(await byAlias.get('user:7')).toEqual({ name: 'Ada' });
    expect(await topology.primary.command('EXISTS', ':1:user:7')).toBe(1);
    expect(caches.topology()).toMatchObject({
      kind: 'sentinel',
      masterName: 'mymaster',
      primary: { address: topology.primary.address, connected: true },
    });
    expect(log.ours.filter(({ level }) => level === 'error')).toEqual([]);
    expect(log.ours.filter(({ message }) => message.includes('SESSION_ENGINE'))).toEqual([]);
    expect(log.ours.filter(({ message }) => message.includes(topology.primary.address))).toHaveLength(1);
    expect(log.lines.map(({ message }) => message).join('\n')).not.toContain('admin');
  });

  it('boots from the pasted dict without SESSION_ENGINE with no warning but those of the dict', async () => {
    const { CACHES } = pasted();
    const { log } = await bootWith({ CACHES });
    expect(log.ours.filter(({ level }) => level !== 'log').every(({ message }) => message.includes('CACHES.default'))).toBe(true);
  });

  it('takes a bare CACHES dict', async () => {
    const { app } = await boot(
      [SentinelCacheModule.forRoot({ default: onRedis(0), sessions: onRedis(0, { KEY_PREFIX: 's' }) })],
      {
        providers: [Consumer, WithSessions],
      },
    );
    await app.get(WithSessions).cache.set('k', 'session', 60);
    expect(await app.get(Consumer).byAlias.get('k')).toBeUndefined();
    expect(app.get(SentinelCaches).aliases()).toEqual(['default', 'sessions']);
  });

  it('takes no CACHES at all, as Django does (C-3)', async () => {
    const { app } = await bootWith({ CACHES: undefined } as DjangoSettings).catch(async () => bootWith({}));
    await app.get(SentinelCache).set('k', 1, 60);
    expect(await app.get(SentinelCache).get('k')).toBe(1);
  });

  it('does not touch the settings object', async () => {
    const freeze = <T>(value: T): T => {
      if (typeof value === 'object' && value !== null) for (const inner of Object.values(Object.freeze(value))) freeze(inner);
      return value;
    };
    const settings = freeze(pasted());
    const { app } = await bootWith(settings);
    await until('a write is stored', () =>
      app
        .get(SentinelCache)
        .set('k', 1, 60)
        .catch(() => false),
    );
    expect(settings).toEqual(pasted());
  });

  it('gives one and the same cache under every name of it', async () => {
    const { app } = await boot([SentinelCacheModule.forRoot({ default: locmem() })], { providers: [Consumer] });
    const it = app.get(Consumer);
    expect(it.implied).toBeInstanceOf(SentinelCache);
    for (const same of [it.byAlias, it.byClass, it.byToken, it.caches.get(), it.caches.get('default'), app.get(getCacheToken())])
      expect(same).toBe(it.implied);
    for (const same of [it.managerByClass, it.managerByToken, app.get(Cache), app.get(CACHE_MANAGER)])
      expect(same).toBe(it.manager);
    expect(getCacheManagerToken('default')).toBe(CACHE_MANAGER);
    await it.manager.set('k', 'v');
    expect(await it.implied.get('k')).toBe('v');
  });

  it('pain 28: two aliases on one Redis do not mix, through the cache or through cache-manager', async () => {
    const { app } = await boot(
      [
        SentinelCacheModule.forRoot({
          default: onRedis(1, { KEY_PREFIX: 'd' }),
          sessions: onRedis(1, { KEY_PREFIX: 's', TIMEOUT: 1000 }),
        }),
      ],
      { providers: [Consumer, WithSessions] },
    );
    const [{ byAlias, manager }, sessions] = [app.get(Consumer), app.get(WithSessions)];
    await byAlias.set('k', 'default', 60);
    await sessions.cache.set('k', 'sessions');
    expect([await byAlias.get('k'), await manager.get('k')]).toEqual(['default', 'default']);
    expect([await sessions.cache.get('k'), await sessions.manager.get('k')]).toEqual(['sessions', 'sessions']);
    expect(await sessions.cache.ttl('k')).toBeGreaterThan(900);
    await manager.clear();
    expect(await byAlias.has('k')).toBe(false);
    expect(await sessions.cache.get('k')).toBe('sessions');
  });

  it('pain 28: two aliases in two databases of one server do not mix', async () => {
    const { app } = await boot([SentinelCacheModule.forRoot({ default: onRedis(2), sessions: onRedis(3) })], {
      providers: [Consumer, WithSessions],
    });
    await Promise.all([app.get(Consumer).byAlias.set('k', 2, 60), app.get(WithSessions).cache.set('k', 3, 60)]);
    expect(await app.get(Consumer).manager.get('k')).toBe(2);
    expect(await app.get(WithSessions).manager.get('k')).toBe(3);
  });

  it('two modules in one process share no state: entries, connections, ends', async () => {
    const [one, two] = [await bootWith({ default: locmem() }), await bootWith({ default: locmem() })];
    await one.app.get(SentinelCache).set('k', 'one', 60);
    expect(await two.app.get(SentinelCache).get('k')).toBeUndefined();
    const [three, four] = [await bootWith({ default: onRedis(4) }), await bootWith({ default: onRedis(4) })];
    await three.app.get(SentinelCache).set('k', 'three', 60);
    expect(await four.app.get(SentinelCache).get('k')).toBe('three');
    await three.app.close();
    expect(await four.app.get(SentinelCache).get('k')).toBe('three');
    expect(await rejectionOf(three.app.get(SentinelCache).get('k'))).toMatchObject({ reason: 'closed' });
  });

  it.each(['reference', 'deep-hash'] as const)(
    'pain 28: two modules of one application that each import their own forRoot keep their own settings (module ids by %s)',
    async (moduleIdGeneratorAlgorithm) => {
      const own = (KEY_PREFIX: string) =>
        SentinelCacheModule.forRoot({ default: { ...locmem(KEY_PREFIX), KEY_PREFIX } }, { isGlobal: false });
      @Injectable()
      class One {
        constructor(@InjectCache() readonly cache: SentinelCache) {}
      }
      @Injectable()
      class Two {
        constructor(@InjectCache() readonly cache: SentinelCache) {}
      }
      @Module({ imports: [own('one')], providers: [One] })
      class OneModule {}
      @Module({ imports: [own('two')], providers: [Two] })
      class TwoModule {}
      const testing = await Test.createTestingModule({ imports: [OneModule, TwoModule] }, { moduleIdGeneratorAlgorithm })
        .setLogger(new LogLines())
        .compile();
      const keys = [One, Two].map((consumer) => testing.get<One>(consumer, { strict: false }).cache.makeKey('k'));
      await testing.close();
      expect(keys).toEqual(['one:1:k', 'two:1:k']);
    },
  );

  it('is visible in every module; with isGlobal: false only where it is exported to (pain 27)', async () => {
    @Module({ providers: [Consumer] })
    class Elsewhere {}
    const { app } = await boot([SentinelCacheModule.forRoot({ default: locmem() }), Elsewhere]);
    expect(app.get(Consumer, { strict: false }).byAlias).toBeInstanceOf(SentinelCache);
    const local = () => SentinelCacheModule.forRoot({ default: locmem() }, { isGlobal: false });
    expect(await rejectionOf(boot([local(), Elsewhere]))).toMatchObject({
      message: expect.stringContaining('SENTINEL_CACHE:default'),
    });
    @Module({ imports: [local()], providers: [Consumer] })
    class Here {}
    const inside = await boot([Here]);
    expect(inside.app.get(Consumer, { strict: false }).manager).toBeDefined();
  });
});

describe('forRootAsync', () => {
  @Injectable()
  class Vault {
    readonly password = 'admin';
  }
  @Module({ providers: [Vault], exports: [Vault] })
  class VaultModule {}

  @Injectable()
  class SettingsFactory {
    async createSentinelCacheSettings(): Promise<DjangoSettings> {
      return { default: onRedis(5) };
    }
  }
  @Module({ providers: [SettingsFactory], exports: [SettingsFactory] })
  class SettingsModule {}

  it('useFactory gets what it injects from another module', async () => {
    const { app } = await boot(
      [
        SentinelCacheModule.forRootAsync({
          imports: [VaultModule],
          inject: [Vault],
          useFactory: async ({ password }: Vault) => ({
            CACHES: {
              default: {
                BACKEND: 'django_redis.cache.RedisCache',
                LOCATION: `redis://${redis.host}:${redis.port}/5`,
                OPTIONS: { PASSWORD: password },
              },
            },
          }),
        }),
      ],
      { providers: [Consumer] },
    );
    await app.get(Consumer).byAlias.set('k', 1, 60);
    expect(await app.get(Consumer).manager.get('k')).toBe(1);
  });

  it.each([
    ['useClass', () => SentinelCacheModule.forRootAsync({ useClass: SettingsFactory })],
    ['useExisting', () => SentinelCacheModule.forRootAsync({ imports: [SettingsModule], useExisting: SettingsFactory })],
  ])('%s calls createSentinelCacheSettings', async (_, module) => {
    const { app } = await boot([module()], { providers: [Consumer] });
    await app.get(Consumer).byAlias.set('k', 'v', 60);
    expect(await app.get(Consumer).manager.get('k')).toBe('v');
  });

  it('what @InjectCache names can be injected without being listed; aliases adds others, for app.get', async () => {
    const settings = { default: locmem('a'), sessions: locmem('b'), 'for-app-get': locmem('c'), unnamed: locmem('d') };
    const module = (aliases?: string[]) =>
      SentinelCacheModule.forRootAsync({ useFactory: () => settings, ...(aliases ? { aliases } : {}) });
    const { app } = await boot([module(['for-app-get'])], { providers: [Consumer, WithSessions] });
    const caches = app.get(SentinelCaches);
    expect(app.get(WithSessions).cache).toBe(caches.get('sessions'));
    expect(app.get('SENTINEL_CACHE:for-app-get')).toBe(caches.get('for-app-get'));
    expect(caches.get('unnamed').alias).toBe('unnamed');
    expect(() => app.get('SENTINEL_CACHE:unnamed')).toThrow(/SENTINEL_CACHE:unnamed/);
    expect((await boot([module()], { providers: [WithSessions] })).app.get(WithSessions).cache.alias).toBe('sessions');
  });

  it('what is decorated after forRootAsync ran can be injected, too', async () => {
    const module = SentinelCacheModule.forRootAsync({ useFactory: () => ({ default: locmem(), later: locmem('b') }) });
    @Injectable()
    class Later {
      constructor(@InjectCache('later') readonly cache: SentinelCache) {}
    }
    expect((await boot([module], { providers: [Later] })).app.get(Later).cache.alias).toBe('later');
  });

  it('an alias in aliases that the settings lack is a boot error that names it', async () => {
    const error = await rejectionOf(
      boot([
        SentinelCacheModule.forRootAsync({
          aliases: ['default', 'sesions'],
          useFactory: () => ({ default: locmem(), sessions: locmem('b') }),
        }),
      ]),
    );
    expect(error).toBeInstanceOf(ImproperlyConfiguredError);
    expect(error.problems).toMatchObject([{ path: 'CACHES.sesions' }]);
    expect(error.message).toContain('sesions');
    expect(error.message).toContain("'default', 'sessions'");
  });

  it('pain 29: isGlobal counts outside the factory, and is refused inside', async () => {
    @Module({ providers: [Consumer] })
    class Elsewhere {}
    const useFactory = () => ({ default: locmem() });
    expect((await boot([SentinelCacheModule.forRootAsync({ useFactory }), Elsewhere])).app).toBeDefined();
    await rejectionOf(boot([SentinelCacheModule.forRootAsync({ isGlobal: false, useFactory }), Elsewhere]));
    const inside = () => ({ CACHES: { default: locmem() }, isGlobal: true }) as DjangoSettings;
    const error = await rejectionOf(boot([SentinelCacheModule.forRootAsync({ useFactory: inside })]));
    expect(error).toBeInstanceOf(ImproperlyConfiguredError);
    expect(error.message).toContain('isGlobal');
  });

  it('a factory that rejects ends the boot with its own error', async () => {
    const boom = new Error('the vault is sealed');
    const useFactory = async (): Promise<DjangoSettings> => {
      throw boom;
    };
    expect(await rejectionOf(boot([SentinelCacheModule.forRootAsync({ useFactory })]))).toBe(boom);
  });
});

describe('bad settings', () => {
  const bad = () => ({
    CACHES: {
      default: { BACKEND: 'django_redis.cache.RedisCash', LOCATION: redis.url(0) },
      b: { ...onRedis(0), TIMEOUT: 'soon', KEY_PREFX: 'x' },
      c: { ...onRedis(0), OPTIONS: { deadline: -1, PASSWORD: 12345678 } },
    },
    SESION_ENGINE: 'x',
  });

  it.each([
    ['forRoot', () => SentinelCacheModule.forRoot(bad() as never)],
    ['forRootAsync', () => SentinelCacheModule.forRootAsync({ useFactory: () => bad() as never })],
  ])('%s ends the boot with one ImproperlyConfiguredError that lists every problem with its remedy', async (_, module) => {
    const error = await rejectionOf(
      Test.createTestingModule({ imports: [module()] })
        .setLogger(new LogLines())
        .compile(),
    );
    expect(error).toBeInstanceOf(ImproperlyConfiguredError);
    expect(error.code).toBe('SENTINEL_CACHE_IMPROPERLY_CONFIGURED');
    const paths = error.problems.map(({ path }) => path);
    expect(paths.toSorted()).toEqual(
      [
        'CACHES.default.BACKEND',
        'CACHES.b.TIMEOUT',
        'CACHES.b.KEY_PREFX',
        'CACHES.c.OPTIONS.deadline',
        'CACHES.c.OPTIONS.PASSWORD',
        'SESION_ENGINE',
      ].toSorted(),
    );
    for (const { expected, got, remedy } of error.problems)
      for (const part of [expected, got, remedy]) expect(part.length).toBeGreaterThan(3);
    expect(error.message).not.toContain('12345678');
    expect(error.message).not.toContain('admin');
  });

  it('pain 31: open no connection', async () => {
    const clients = async () => Number(/connected_clients:(\d+)/.exec(String(await redis.command('INFO', 'clients')))?.[1]);
    const before = await clients();
    await rejectionOf(bootWith(bad() as never));
    await rejectionOf(
      boot([SentinelCacheModule.forRootAsync({ aliases: ['nowhere'], useFactory: () => ({ default: onRedis(0) }) })]),
    );
    expect(await clients()).toBe(before);
  });
});

describe('an application whose boot fails elsewhere', () => {
  it('pain 31: leaves no connection once it is closed', async () => {
    const clients = async () => Number(/connected_clients:(\d+)/.exec(String(await redis.command('INFO', 'clients')))?.[1]);
    const before = await clients();
    @Injectable()
    class Failing implements OnModuleInit {
      constructor(@InjectCache() private readonly cache: SentinelCache) {}
      async onModuleInit(): Promise<void> {
        await this.cache.set('k', 1, 60);
        throw new Error('not today');
      }
    }
    const testing = await Test.createTestingModule({
      imports: [SentinelCacheModule.forRoot({ default: onRedis(0) })],
      providers: [Failing],
    })
      .setLogger(new LogLines())
      .compile();
    const app = testing.createNestApplication();
    await expect(app.init()).rejects.toThrow('not today');
    expect(await clients()).toBe(before + 1);
    await app.close();
    await until('its connection is gone', async () => (await clients()) === before);
  });
});
