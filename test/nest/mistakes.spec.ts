import { Cache, CACHE_MANAGER, CacheModule } from '@nestjs/cache-manager';
import {
  Controller,
  Get,
  Global,
  Inject,
  Injectable,
  Module,
  Scope,
  Session,
  type DynamicModule,
  type ModuleMetadata,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createCache } from 'cache-manager';
import { Redis } from 'ioredis';
import { Keyv } from 'keyv';
import { startLocalSentinel, type LocalSentinel } from 'local-sentinel';
import {
  createCaches,
  CurrentUser,
  getCacheManagerToken,
  getCacheToken,
  ImproperlyConfiguredError,
  InjectCache,
  login,
  LoginRequired,
  SentinelCache,
  SentinelCacheModule,
  Sessions,
  type CacheSession,
} from 'nestjs-sentinel-cache';
import { keyvAdapter, keyvStore } from 'nestjs-sentinel-cache/keyv';
import { rejectionOf, until } from '../cache/support/waiting.js';
import { boot, closeAll } from './support/boot.js';

/** A mistake at boot: where the error says it is, and what it says to do. */
interface Mistake {
  readonly mistake: string;
  readonly imports: () => ModuleMetadata['imports'];
  readonly providers?: ModuleMetadata['providers'];
  readonly controllers?: ModuleMetadata['controllers'];
  readonly path: string;
  readonly says: RegExp;
}

const SECRET = 'hunter2-hunter2';
const locmem = { BACKEND: 'locmem' };
const PROMISE =
  /^settings: expected an object, got a Promise\. Await it first; in Nest write forRootAsync\(\{ useFactory: \(\) => settings \}\)\.$/;
const caches = { CACHES: { default: locmem } };
const CACHE_ENGINE = { ...caches, SESSION_ENGINE: 'django.contrib.sessions.backends.cache' };
const KEY = 'a key of more than thirty-two characters';
const settings = (given: unknown, options?: unknown) => () => [SentinelCacheModule.forRoot(given as never, options as never)];
const entry = (given: object) => settings({ CACHES: { default: { BACKEND: 'redis', LOCATION: 'redis://h:6379/0', ...given } } });
const option = (given: object) => entry({ OPTIONS: given });
const later = (given?: unknown) => () => [SentinelCacheModule.forRootAsync(given as never)];
const written = (cache: string) => new RegExp(`Write \\{ CACHES: \\{ default: ${cache.replace(/[{}+.*/]/g, '\\$&')} \\} \\}`);

@Injectable()
class WantsOrders {
  constructor(@InjectCache('ordrs') readonly cache: SentinelCache) {}
}
@Injectable()
class WantsManager {
  constructor(@Inject(getCacheManagerToken('ordrs')) readonly cache: unknown) {}
}
@Injectable()
class WantsSessions {
  constructor(readonly sessions: Sessions) {}
}
@Controller()
class Shop {
  @Get() cart(@CurrentUser() user: unknown): unknown {
    return user;
  }
}
@Controller()
class Orders {
  @Get() @LoginRequired() list(): void {}
}
@LoginRequired()
@Controller()
class Guarded {
  @Get() list(): void {}
}
@Injectable()
class NoFactory {}
@Injectable({ scope: Scope.REQUEST })
class Tenant {}
@Injectable()
class Tariff {
  constructor(readonly tenant: Tenant) {}
}
@Injectable({ scope: Scope.TRANSIENT })
class Reader {}
@Module({ providers: [Tenant, Tariff, NoFactory, Reader], exports: [Tenant, Tariff, NoFactory, Reader] })
class Tenants {}
@Injectable({ scope: Scope.REQUEST })
class TenantSettings {
  createSentinelCacheSettings = () => caches;
}
@Global()
@Module({ providers: [{ provide: CACHE_MANAGER, useFactory: () => createCache() }], exports: [CACHE_MANAGER] })
class OwnManager {}
@Global()
@Module({ imports: [CacheModule.register()], exports: [CacheModule] })
class Passing {}

const IN_SETTINGS: readonly Mistake[] = [
  {
    mistake: 'a misspelt setting',
    imports: settings({ ...caches, SESION_ENGINE: 'cache' }),
    path: 'SESION_ENGINE',
    says: /Did you mean SESSION_ENGINE\?/,
  },
  {
    mistake: 'a misspelt key of a cache',
    imports: entry({ KEY_PREFX: 'a' }),
    path: 'CACHES.default.KEY_PREFX',
    says: /Did you mean KEY_PREFIX\?/,
  },
  {
    mistake: 'a misspelt option',
    imports: option({ PASSWROD: SECRET }),
    path: 'CACHES.default.OPTIONS.PASSWROD',
    says: /Did you mean PASSWORD\?/,
  },
  {
    mistake: 'a misspelt BACKEND',
    imports: entry({ BACKEND: 'django_redis.cache.RedisCahce' }),
    path: 'CACHES.default.BACKEND',
    says: /Did you mean 'django_redis\.cache\.RedisCache'\?/,
  },
  {
    mistake: 'a misspelt CLIENT_CLASS',
    imports: option({ CLIENT_CLASS: 'django_sentinel.SentinelCleint' }),
    path: 'CACHES.default.OPTIONS.CLIENT_CLASS',
    says: /Did you mean 'django_sentinel\.SentinelClient'\?/,
  },
  {
    mistake: 'an unknown SERIALIZER',
    imports: option({ SERIALIZER: 'yaml' }),
    path: 'CACHES.default.OPTIONS.SERIALIZER',
    says: /json/,
  },
  {
    mistake: 'an unknown COMPRESSOR',
    imports: option({ COMPRESSOR: 'brotli' }),
    path: 'CACHES.default.OPTIONS.COMPRESSOR',
    says: /zlib/,
  },
  {
    mistake: 'a BACKEND for memcached',
    imports: settings({ CACHES: { default: { BACKEND: 'django.core.cache.backends.memcached.PyMemcacheCache' } } }),
    path: 'CACHES.default.BACKEND',
    says: /Write 'django_redis\.cache\.RedisCache'/,
  },
  {
    mistake: 'no cache named default',
    imports: settings({ CACHES: { sessions: locmem } }),
    path: 'CACHES.default',
    says: /alias 'default'/,
  },
  {
    mistake: 'a cache beside CACHES',
    imports: settings({ ...caches, sessions: locmem }),
    path: 'sessions',
    says: /Move it into CACHES/,
  },
  {
    mistake: 'a TIMEOUT in words',
    imports: entry({ TIMEOUT: '5 minutes' }),
    path: 'CACHES.default.TIMEOUT',
    says: /Write 300 for five minutes/,
  },
  {
    mistake: 'a deadline in words',
    imports: option({ deadline: '1 second' }),
    path: 'CACHES.default.OPTIONS.deadline',
    says: /'500ms' or '2s'/,
  },
  {
    mistake: 'a password without quotes',
    imports: option({ PASSWORD: 5550123 }),
    path: 'CACHES.default.OPTIONS.PASSWORD',
    says: /Put it in quotes/,
  },
  {
    mistake: 'a URL for the sentinel client',
    imports: option({ CLIENT_CLASS: 'sentinel' }),
    path: 'CACHES.default.LOCATION',
    says: /takes no URL/,
  },
  {
    mistake: 'sentinels without the sentinel client',
    imports: entry({ LOCATION: 'mymaster/h:26379/0' }),
    path: 'CACHES.default.LOCATION',
    says: /needs OPTIONS\.CLIENT_CLASS 'django_sentinel\.SentinelClient'/,
  },
  {
    mistake: 'an @ in a password that is not encoded',
    imports: entry({ LOCATION: `redis://:${SECRET}@x@h/0` }),
    path: 'CACHES.default.LOCATION',
    says: /Percent-encode/,
  },
  {
    mistake: 'a database that is no number',
    imports: entry({ LOCATION: 'redis://h:6379/cache' }),
    path: 'CACHES.default.LOCATION',
    says: /Write redis:\/\/host:6379\/0/,
  },
  { mistake: 'no settings', imports: settings(undefined), path: 'settings', says: /Write \{ CACHES: \{ default/ },
  { mistake: 'a list of caches', imports: settings({ CACHES: [locmem] }), path: 'CACHES', says: /Write \{ \.\.\. \}/ },
];

const OF_OTHERS: readonly Mistake[] = [
  {
    mistake: "ioredis' options",
    imports: settings({ host: '10.0.0.5', port: 6380, password: SECRET }),
    path: 'settings',
    says: written("{ BACKEND: 'redis', LOCATION: 'redis://10.0.0.5:6380/0', OPTIONS: { PASSWORD: '***' } }"),
  },
  {
    mistake: "ioredis' options for Sentinel",
    imports: settings({
      sentinels: [
        { host: 's1', port: 26379 },
        { host: 's2', port: 26380 },
      ],
      name: 'orders',
    }),
    path: 'settings',
    says: written("{ BACKEND: 'redis', LOCATION: 'orders/s1:26379,s2:26380/0', OPTIONS: { CLIENT_CLASS: 'sentinel' } }"),
  },
  {
    mistake: 'a client of ioredis',
    imports: settings(new Redis({ host: 'h', port: 6380, lazyConnect: true })),
    path: 'settings',
    says: written("{ BACKEND: 'redis', LOCATION: 'redis://h:6380/0' }"),
  },
  {
    mistake: "cache-manager's options",
    imports: settings({ stores: [], ttl: 60_000 }),
    path: 'settings',
    says: written("{ BACKEND: 'redis', LOCATION: 'redis://localhost:6379/0', TIMEOUT: '60s' }"),
  },
  {
    mistake: 'a store of cache-manager 4',
    imports: settings({ store: () => ({}), url: 'redis://h:6380' }),
    path: 'settings',
    says: written("{ BACKEND: 'redis', LOCATION: 'redis://h:6380/0' }"),
  },
  {
    mistake: "node-redis' options",
    imports: settings({ socket: { host: 'h', port: 6380, tls: true }, database: 2 }),
    path: 'settings',
    says: written("{ BACKEND: 'redis', LOCATION: 'rediss://h:6380/2' }"),
  },
  {
    mistake: 'nodes of a cluster',
    imports: settings({ rootNodes: [{ url: 'redis://a:7000' }, { url: 'redis://b:7001' }] }),
    path: 'settings',
    says: written("{ BACKEND: 'redis', LOCATION: 'redis+cluster://a:7000,b:7001' }"),
  },
  {
    mistake: 'a URL as the settings',
    imports: settings(`redis://:${SECRET}@h:6380/1`),
    path: 'settings',
    says: written("{ BACKEND: 'redis', LOCATION: 'redis://h:6380/1', OPTIONS: { PASSWORD: '***' } }"),
  },
  {
    mistake: "ioredis' options as a cache",
    imports: settings({ CACHES: { default: { host: 'h', port: 6380 } } }),
    path: 'CACHES.default',
    says: written("{ BACKEND: 'redis', LOCATION: 'redis://h:6380/0' }"),
  },
  {
    mistake: 'a lifetime of cache-manager beside LOCATION',
    imports: entry({ ttl: 60_000 }),
    path: 'CACHES.default.ttl',
    says: /Write TIMEOUT, in seconds/,
  },
  {
    mistake: 'isGlobal among the settings',
    imports: settings({ ...caches, isGlobal: true }),
    path: 'isGlobal',
    says: /forRoot\(settings, \{ isGlobal \}\)/,
  },
  {
    mistake: 'pages among the settings',
    imports: settings({ ...caches, pages: {} }),
    path: 'pages',
    says: /forRoot\(settings, \{ pages \}\)/,
  },
];

const OF_SESSIONS: readonly Mistake[] = [
  {
    mistake: 'a misspelt SESSION_ENGINE',
    imports: settings({ ...caches, SESSION_ENGINE: 'django.contrib.sessions.backends.cahce' }),
    path: 'SESSION_ENGINE',
    says: /Did you mean 'django\.contrib\.sessions\.backends\.cache'/,
  },
  {
    mistake: 'sessions in a cache that is not there',
    imports: settings({ ...CACHE_ENGINE, SESSION_CACHE_ALIAS: 'sessions' }),
    path: 'SESSION_CACHE_ALIAS',
    says: /Name a cache of CACHES/,
  },
  {
    mistake: 'sessions in a database without its table',
    imports: settings({ ...caches, SESSION_ENGINE: 'db', SECRET_KEY: KEY }),
    path: 'sessionRepository',
    says: /new PgSessionRepository\(pool\)/,
  },
  {
    mistake: 'signed sessions without a key',
    imports: settings({ ...caches, SESSION_ENGINE: 'signed_cookies' }),
    path: 'SECRET_KEY',
    says: /the engine signed_cookies signs with it.*Write Django's SECRET_KEY/,
  },
  {
    mistake: 'logins without a key',
    imports: settings(CACHE_ENGINE, { loadUser: () => null }),
    path: 'SECRET_KEY',
    says: /loadUser is given.*Write Django's SECRET_KEY/,
  },
  {
    mistake: 'backends of logins without a key',
    imports: settings({ ...CACHE_ENGINE, AUTHENTICATION_BACKENDS: ['django.contrib.auth.backends.ModelBackend'] }),
    path: 'SECRET_KEY',
    says: /AUTHENTICATION_BACKENDS is given/,
  },
  {
    mistake: '@CurrentUser() without loadUser',
    imports: settings({ ...CACHE_ENGINE, SECRET_KEY: KEY }),
    controllers: [Shop],
    path: 'loadUser',
    says: /since Shop\.cart has @CurrentUser\(\).*\{ loadUser: \(id\) =>/,
  },
  {
    mistake: '@LoginRequired() without loadUser',
    imports: settings({ ...CACHE_ENGINE, SECRET_KEY: KEY }),
    controllers: [Orders],
    path: 'loadUser',
    says: /since Orders\.list has @LoginRequired\(\)/,
  },
  {
    mistake: '@LoginRequired() of a controller without sessions',
    imports: settings(caches),
    controllers: [Guarded],
    path: 'SESSION_ENGINE',
    says: /since Guarded has @LoginRequired\(\).*Write SESSION_ENGINE/,
  },
  {
    mistake: 'Sessions injected without sessions',
    imports: settings(caches),
    providers: [WantsSessions],
    path: 'SESSION_ENGINE',
    says: /since WantsSessions injects Sessions.*Write SESSION_ENGINE/,
  },
];

const OF_MODULES: readonly Mistake[] = [
  {
    mistake: 'an alias that nobody configured',
    imports: settings({ default: locmem, orders: locmem }),
    providers: [WantsOrders],
    path: 'CACHES.ordrs',
    says: /since WantsOrders injects it.*Did you mean 'orders'\?/,
  },
  {
    mistake: 'the same with forRootAsync',
    imports: later({ useFactory: () => ({ default: locmem, orders: locmem }) }),
    providers: [WantsOrders],
    path: 'CACHES.ordrs',
    says: /since WantsOrders injects it.*Did you mean 'orders'\?/,
  },
  {
    mistake: 'a cache-manager of an alias that nobody configured',
    imports: later({ useFactory: () => caches }),
    providers: [WantsManager],
    path: 'CACHES.ordrs',
    says: /since WantsManager injects it.*Add 'ordrs' to CACHES/,
  },
  {
    mistake: 'an unknown alias in a factory',
    imports: settings(caches),
    providers: [{ provide: 'MADE', inject: [getCacheToken('nowhere')], useFactory: () => 1 }],
    path: 'CACHES.nowhere',
    says: /since MADE injects it/,
  },
  {
    mistake: 'an unknown alias in aliases',
    imports: later({ aliases: ['sesions'], useFactory: () => ({ default: locmem, sessions: locmem }) }),
    path: 'CACHES.sesions',
    says: /`aliases` lists it.*Did you mean 'sessions'\?/,
  },
  {
    mistake: 'forRootAsync without arguments',
    imports: later(),
    path: 'forRootAsync(options)',
    says: /expected an object, got nothing/,
  },
  {
    mistake: 'forRootAsync without a source',
    imports: later({}),
    path: 'forRootAsync(options)',
    says: /Write useFactory: \(\) => \(\{ CACHES/,
  },
  {
    mistake: 'settings in place of a useFactory',
    imports: later({ useFactory: caches }),
    path: 'useFactory',
    says: /expected a function that returns settings, got an object/,
  },
  {
    mistake: 'a useFactory that returns nothing',
    imports: later({ useFactory: () => undefined }),
    path: 'settings',
    says: /got nothing from useFactory.*Write \{ CACHES/,
  },
  {
    mistake: 'a useFactory that resolves to null',
    imports: later({ useFactory: () => Promise.resolve(null) }),
    path: 'settings',
    says: /got null from useFactory/,
  },
  {
    mistake: "a useFactory that returns ioredis' options",
    imports: later({ useFactory: () => ({ host: 'h', port: 6380 }) }),
    path: 'settings',
    says: written("{ BACKEND: 'redis', LOCATION: 'redis://h:6380/0' }"),
  },
  {
    mistake: 'inject that is no array',
    imports: later({ useFactory: () => caches, inject: NoFactory }),
    path: 'inject',
    says: /Write inject: \[ConfigService\]/,
  },
  {
    mistake: 'inject of a class that is not there yet',
    imports: later({ useFactory: () => caches, inject: [undefined] }),
    path: 'inject',
    says: /a file that imports this one/,
  },
  {
    mistake: 'inject of a service that is made for each request',
    imports: later({ useFactory: () => caches, inject: [Tenant], imports: [Tenants] }),
    path: 'inject',
    says: /got Tenant, which is made for each request.*Give one without Scope\.REQUEST/,
  },
  {
    mistake: 'inject of a service behind which something is made for each request',
    imports: later({
      useFactory: () => CACHE_ENGINE,
      inject: [NoFactory, { token: Tariff, optional: true }],
      imports: [Tenants],
    }),
    path: 'inject',
    says: /got Tariff, which is made for each request/,
  },
  {
    mistake: 'inject of the request',
    imports: later({ useFactory: () => caches, inject: [REQUEST] }),
    path: 'inject',
    says: /got REQUEST, which is made for each request/,
  },
  {
    mistake: 'a useClass that is made for each request',
    imports: later({ useClass: TenantSettings }),
    path: 'forRootAsync(options)',
    says: /got TenantSettings, which is made for each request/,
  },
  {
    mistake: 'imports that are no array',
    imports: later({ useFactory: () => caches, imports: OwnManager }),
    path: 'imports',
    says: /Write imports: \[ConfigModule\]/,
  },
  {
    mistake: 'two sources',
    imports: later({ useFactory: () => caches, useClass: NoFactory }),
    path: 'forRootAsync(options)',
    says: /got useFactory and useClass\. Keep one/,
  },
  {
    mistake: 'a useClass without the method',
    imports: later({ useClass: NoFactory }),
    path: 'forRootAsync(options)',
    says: /createSentinelCacheSettings\(\) \{ return/,
  },
  { mistake: 'a useClass that is no class', imports: later({ useClass: {} }), path: 'useClass', says: /Write the class itself/ },
  {
    mistake: 'a Promise of settings',
    imports: settings(Promise.resolve(caches)),
    path: 'settings',
    says: PROMISE,
  },
  {
    mistake: 'a misspelt option of the module',
    imports: settings(caches, { isGlobl: false }),
    path: 'forRoot(settings, options).isGlobl',
    says: /Did you mean isGlobal\?/,
  },
  {
    mistake: 'aliases where every alias can be injected',
    imports: settings(caches, { aliases: ['default'] }),
    path: 'forRoot(settings, options).aliases',
    says: /Leave it out.*Only forRootAsync/,
  },
  {
    mistake: 'a useFactory of forRoot',
    imports: settings(caches, { useFactory: () => caches }),
    path: 'forRoot(settings, options).useFactory',
    says: /forRootAsync/,
  },
  {
    mistake: 'an unknown option of forRootAsync',
    imports: later({ useFactory: () => caches, wholeProcess: true }),
    path: 'forRootAsync(options).wholeProcess',
    says: /Known are .*useFactory.*inject.*aliases.*isGlobal/,
  },
  {
    mistake: 'a misspelt option of pages',
    imports: settings(caches, { pages: { ignoreCookies: '_ga*' } }),
    path: 'pages.ignoreCookies',
    says: /expected a list of cookie names/,
  },
  {
    mistake: 'a setting among the options of the module',
    imports: later({ useFactory: () => caches, SECRET_KEY: SECRET }),
    path: 'forRootAsync(options).SECRET_KEY',
    says: /Write it among the settings/,
  },
  {
    mistake: 'a loadUser that is no function',
    imports: settings(caches, { loadUser: { id: 1 } }),
    path: 'loadUser',
    says: /expected a function, got an object/,
  },
  {
    mistake: 'a sessionRepository that is a pool',
    imports: settings(caches, { sessionRepository: { query: () => undefined } }),
    path: 'sessionRepository',
    says: /new PgSessionRepository\(pool\)/,
  },
  {
    mistake: 'a CacheModule left over, before ours',
    imports: () => [CacheModule.register({ isGlobal: true }), ...settings(caches)()],
    path: 'CacheModule',
    says: /Remove CacheModule\.register/,
  },
  {
    mistake: 'a CacheModule left over, after ours',
    imports: () => [...settings(caches)(), CacheModule.register({ isGlobal: true })],
    path: 'CacheModule',
    says: /Remove CacheModule\.register/,
  },
  {
    mistake: 'a CacheModule left over, made by registerAsync',
    imports: () => [...settings(caches)(), CacheModule.registerAsync({ isGlobal: true, useFactory: () => ({ ttl: 5 }) })],
    path: 'CacheModule',
    says: /order of imports.*Remove CacheModule\.register/,
  },
  {
    mistake: 'a global module with a CACHE_MANAGER of its own',
    imports: () => [OwnManager, ...settings(caches)()],
    path: 'OwnManager',
    says: /Remove CACHE_MANAGER from the exports of OwnManager/,
  },
  {
    mistake: 'a global module that passes CacheModule on',
    imports: () => [Passing, ...settings(caches)()],
    path: 'Passing',
    says: /not global/,
  },
];

afterEach(closeAll);

describe.each([
  ['in the settings', IN_SETTINGS],
  ['of another library', OF_OTHERS],
  ['of sessions and logins', OF_SESSIONS],
  ['of modules', OF_MODULES],
] as const)('a mistake %s', (_, mistakes) => {
  it.each(mistakes)(
    '$mistake: ends the boot, says where and what to do',
    async ({ imports, providers, controllers, path, says }) => {
      const more = { ...(providers ? { providers } : {}), ...(controllers ? { controllers } : {}) };
      const error = await rejectionOf((async () => boot(imports() as DynamicModule[], more))());
      expect(error).toBeInstanceOf(ImproperlyConfiguredError);
      expect(error.problems.map((problem) => problem.path)).toEqual([path]);
      expect(error.message).toMatch(says);
      expect(error.message).not.toMatch(/Remove it\.|hunter2|5550123/);
    },
  );
});

it('a Promise of settings is refused by createCaches in the words of forRoot', () => {
  expect(() => createCaches(Promise.resolve(caches) as never)).toThrow(PROMISE);
});

describe('several mistakes', () => {
  it('of settings, options, pages, aliases and logins are one error', async () => {
    const error = await rejectionOf(
      boot(settings({ ...caches, SESSION_ENGINE: 'cached_db', TYPO: 1 }, { isGlobal: 'yes', pages: { host: 'x' } })(), {
        controllers: [Shop],
        providers: [WantsOrders],
      }),
    );
    expect(error.problems.map(({ path }) => path).toSorted()).toEqual(
      ['CACHES.ordrs', 'SECRET_KEY', 'TYPO', 'isGlobal', 'loadUser', 'pages.host', 'sessionRepository'].toSorted(),
    );
  });
});

describe('what is no mistake', () => {
  it('inject of a transient service: the factory has one of its own, made at boot', async () => {
    const imports = later({
      useFactory: (reader: Reader) => (reader instanceof Reader ? caches : {}),
      inject: [Reader],
      imports: [Tenants],
    });
    expect((await boot(imports() as DynamicModule[])).app.get(SentinelCache).alias).toBe('default');
  });

  it('a CacheModule of a module of its own, which keeps its own memory', async () => {
    @Injectable()
    class Own {
      constructor(@Inject(CACHE_MANAGER) readonly manager: Cache) {}
    }
    @Injectable()
    class Root {
      constructor(readonly manager: Cache) {}
    }
    @Module({ imports: [CacheModule.register()], providers: [Own] })
    class Feature {}
    const { app } = await boot([...settings(caches)(), Feature], { providers: [Root] });
    await app.get(SentinelCache).set('k', 'ours');
    expect(await app.get(Root).manager.get('k')).toBe('ours');
    expect(await app.get(Own, { strict: false }).manager.get('k')).toBeUndefined();
  });

  it('a global CacheModule over one of our caches, by keyvStore or keyvAdapter', async () => {
    const others = createCaches(caches);
    for (const store of [keyvStore(others.get()), new Keyv({ store: keyvAdapter(others.get()) as never })])
      await boot([...settings(caches)(), CacheModule.register({ isGlobal: true, stores: [store] })]);
    await others.close();
  });

  it('an alias that another module of the process asked for', async () => {
    expect((await boot(settings(caches)(), { providers: [] })).app.get(SentinelCache).alias).toBe('default');
  });
});

describe('a mistake in a call', () => {
  const opened = createCaches({ default: locmem });
  const cache = opened.get();
  afterAll(() => opened.close());

  it.each<[string, () => Promise<unknown>, string, RegExp]>([
    [
      'a timeout as digits',
      () => cache.set('k', 1, '300' as never),
      'SENTINEL_CACHE_INVALID_ARGUMENT',
      /Write '5m' for five minutes/,
    ],
    [
      'options in place of the timeout',
      () => cache.set('k', 1, { ttl: 5 } as never),
      'SENTINEL_CACHE_INVALID_ARGUMENT',
      /expected seconds/,
    ],
    ['undefined as a value', () => cache.set('k', undefined), 'SENTINEL_CACHE_CODEC', /undefined/],
    ['a function in a value', () => cache.set('k', { a: () => 1 }), 'SENTINEL_CACHE_CODEC', /\.a can't be written/],
    ['an object as a key', () => cache.get({} as never), 'SENTINEL_CACHE_INVALID_KEY', /key/],
    ['a count of what is not there', () => cache.incr('nothing'), 'SENTINEL_CACHE_MISSING_KEY', /nothing/],
    [
      'nx and xx together',
      () => cache.set('k', 1, 5, { nx: true, xx: true }),
      'SENTINEL_CACHE_INVALID_ARGUMENT',
      /Give one of them/,
    ],
    ['text for a list of keys', () => cache.getMany('ab' as never), 'SENTINEL_CACHE_INVALID_ARGUMENT', /Write \[key\] for one/],
    [
      'an alias that is not there',
      async () => opened.get('nope'),
      'SENTINEL_CACHE_IMPROPERLY_CONFIGURED',
      /Add 'nope' to CACHES/,
    ],
    [
      'a session without SESSION_ENGINE',
      () => login(undefined as unknown as CacheSession, { id: 1, passwordHash: 'x' }),
      'SENTINEL_CACHE_INVALID_ARGUMENT',
      /Set SESSION_ENGINE/,
    ],
  ])('%s: rejects, and says what to do', async (_, call, code, says) => {
    const error = await rejectionOf((async () => call())());
    expect(error.code).toBe(code);
    expect(error.message).toMatch(says);
  });
});

describe('milliseconds where seconds belong', () => {
  const warnings = async (TIMEOUT: unknown, use: (cache: SentinelCache) => Promise<unknown>): Promise<string[]> => {
    const lines: string[] = [];
    const opened = createCaches({ default: { ...locmem, TIMEOUT } } as never, {
      onEvent: ({ level, message }) => void lines.push(`${level}: ${message}`),
    });
    await use(opened.get());
    await use(opened.get().ignoringOutages());
    await opened.close();
    return lines;
  };
  const MONTH_MS = 30 * 86_400_000;

  it.each([[MONTH_MS], [String(MONTH_MS)]])('in TIMEOUT (%p) are one warning at boot, and none at calls', async (TIMEOUT) => {
    expect(await warnings(TIMEOUT, (cache) => cache.set('k', 1, 3_600_000))).toEqual([
      expect.stringMatching(
        /^warn: CACHES\.default\.TIMEOUT: 2592000000 are seconds, 30000 days: were milliseconds meant\?.*'60s'/,
      ),
    ]);
  });

  it('in calls are one warning for each cache', async () => {
    const lines = await warnings(300, async (cache) => {
      for (const key of ['a', 'b']) await cache.set(key, 1, 3_600_000);
      await cache.touch('a', 3_600_000);
      await cache.lock('c', { timeout: 3_600_000 }).run(async () => undefined);
    });
    expect(lines).toEqual([
      expect.stringMatching(/^warn: Cache 'default': a call gave a timeout of 3600000 are seconds.*milliseconds meant/),
    ]);
  });

  it('are none where the unit is written, or thirty days are not passed', async () => {
    expect(
      await warnings('90d', async (cache) => {
        await cache.set('k', 1, '60d');
        await cache.set('k', 1, 2_592_000);
        await cache.set('k', 1, null);
        await cache.pexpire('k', 3_600_000_000);
      }),
    ).toEqual([]);
  });

  it('are none in what cache-manager and sessions write', async () => {
    @Controller()
    class Writes {
      @Get() async write(@Session() session: CacheSession): Promise<void> {
        await session.set('a', 1);
      }
    }
    const { app, log } = await boot(settings({ ...CACHE_ENGINE, SESSION_COOKIE_AGE: 90 * 86_400 })(), { controllers: [Writes] });
    await app
      .get<{ set(key: string, value: unknown, ttl: number): Promise<unknown> }>(CACHE_MANAGER)
      .set('k', 1, 90 * 86_400_000);
    await app.listen(0, '127.0.0.1');
    expect((await fetch(await app.getUrl())).headers.get('set-cookie')).toContain('Max-Age=7776000');
    expect(log.ours).toEqual([]);
  });
});

describe("a Sentinel's port in a redis:// LOCATION", () => {
  let topology: LocalSentinel;
  beforeAll(async () => {
    topology = await startLocalSentinel({ replicas: 0, sentinels: 1, masterName: 'orders' });
  });
  afterAll(() => topology?.stop());

  it.each([0, 3])(
    'is named by what answers there: the error has the LOCATION to write, database %d included',
    async (database) => {
      const sentinel = topology.sentinels[0]!.address;
      const { app, log } = await boot(
        settings({ default: { BACKEND: 'redis', LOCATION: `redis://${sentinel}/${database}`, OPTIONS: { deadline: '20s' } } })(),
      );
      const error = await rejectionOf(app.get(SentinelCache).get('k'));
      const location = `LOCATION: 'orders/${sentinel}/${database}' and OPTIONS: { CLIENT_CLASS: 'sentinel' }`;
      expect(error).toMatchObject({ code: 'SENTINEL_CACHE_UNAVAILABLE', reason: 'no-primary', executed: false });
      expect(error.message).toContain(location);
      await until('the log says so', () => log.ours.length > 0);
      expect(log.ours.map(({ level, message }) => [level, message.includes(location)])).toEqual([['error', true]]);
    },
  );

  it('is guessed by the port where nothing answers', async () => {
    const { app } = await boot(
      settings({ default: { BACKEND: 'redis', LOCATION: 'redis://127.0.0.1:26379/2', OPTIONS: { deadline: '20s' } } })(),
    );
    const log = await rejectionOf(app.get(SentinelCache).get('k'));
    expect(log.message).toContain("LOCATION: 'mymaster/127.0.0.1:26379/2' and OPTIONS: { CLIENT_CLASS: 'sentinel' }");
  });

  it('is not guessed for any other port', async () => {
    const { app } = await boot(
      settings({ default: { BACKEND: 'redis', LOCATION: 'redis://127.0.0.1:1/0', OPTIONS: { deadline: '5s' } } })(),
    );
    expect((await rejectionOf(app.get(SentinelCache).get('k'))).message).not.toMatch(/sentinel/i);
  });
});
