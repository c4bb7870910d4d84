import {
  Controller,
  forwardRef,
  Get,
  Headers,
  Inject,
  Injectable,
  Module,
  Param,
  Post,
  Query,
  Req,
  Res,
  Sse,
  type ModuleMetadata,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Cached,
  CacheEvict,
  CachePut,
  ImproperlyConfiguredError,
  SentinelCacheModule,
  SentinelCaches,
  getCacheToken,
  type SentinelCache,
} from 'nestjs-sentinel-cache';
import { NEVER, type Observable } from 'rxjs';
import { rejectionOf } from '../cache/support/waiting.js';
import { boot, closeAll } from '../nest/support/boot.js';

const OPTIONS = { CLIENT_CLASS: 'django_redis.client.HerdClient' };
const herd = { BACKEND: 'django_redis.cache.RedisCache', LOCATION: 'redis://127.0.0.1:1/0', OPTIONS };
const settings = { CACHES: { default: { BACKEND: 'locmem' }, other: { BACKEND: 'locmem' }, herd } };
const provided = (type: new () => object): ModuleMetadata => ({ providers: [type] });
/** A mistake, as a user makes it: outside what TypeScript lets pass. */
const loosely = (decorator: (...args: never[]) => MethodDecorator, ...args: unknown[]): MethodDecorator =>
  decorator(...(args as never[]));

async function problemsOf(more: ModuleMetadata) {
  const error = await rejectionOf(boot([SentinelCacheModule.forRoot(settings)], more));
  expect(error).toBeInstanceOf(ImproperlyConfiguredError);
  return error.problems;
}

/** A provider whose method has these decorators. */
function decorated(...decorators: MethodDecorator[]): new () => object {
  class Users {
    async find(_id: number, _name: string): Promise<number> {
      return 1;
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Users.prototype, 'find')!;
  for (const decorator of decorators) decorator(Users.prototype, 'find', descriptor);
  Injectable()(Users);
  return Users;
}

afterEach(closeAll);

describe('a decorator that can not be followed ends the boot', () => {
  it.each<[string, MethodDecorator, string, RegExp]>([
    [
      'an unknown alias',
      Cached('15m', { cache: 'othr' }),
      'CACHES.othr',
      /since @Cached of Users.find names it.*Did you mean 'other'/,
    ],
    ['an empty alias', Cached('15m', { cache: '' }), '@Cached of Users.find.cache', /an alias of CACHES/],
    [
      'a timeout that is none',
      loosely(Cached, '15 minutes'),
      '@Cached of Users.find',
      /got '15 minutes' \(string\).*Write '15m'/,
    ],
    ['a timeout of NaN', Cached(Number.NaN), '@Cached of Users.find', /a timeout in seconds/],
    ['an unknown option', loosely(Cached, '15m', { ttl: 5 }), '@Cached of Users.find.ttl', /one of key, tags, cache/],
    [
      'a grace that is no time',
      Cached('15m', { grace: 'long' }),
      '@Cached of Users.find.grace',
      /seconds from 0, or text such as '5s'/,
    ],
    ['a grace for ever', loosely(Cached, '15m', { grace: null }), '@Cached of Users.find.grace', /got null/],
    ['an earlyExpiry of 0', Cached('15m', { earlyExpiry: 0 }), '@Cached of Users.find.earlyExpiry', /true, or a number above 0/],
    ['a lock that is too short', Cached('15m', { lock: '10ms' }), '@Cached of Users.find.lock', /from '100ms' to '1h'/],
    ['a softTimeout below 0', Cached('15m', { softTimeout: -1 }), '@Cached of Users.find.softTimeout', /seconds from 0.*got -1/],
    ['a hardTimeout of 0', Cached('15m', { hardTimeout: 0 }), '@Cached of Users.find.hardTimeout', /a time above 0/],
    [
      'a softTimeout above its hardTimeout',
      Cached('15m', { softTimeout: '2s', hardTimeout: '1s' }),
      '@Cached of Users.find.softTimeout',
      /no more than hardTimeout/,
    ],
    ['a jitter above 1', Cached('15m', { jitter: 2 }), '@Cached of Users.find.jitter', /a fraction from 0 to 1/],
    [
      'a signal, which belongs to one call',
      loosely(Cached, '15m', { signal: new AbortController().signal }),
      '@Cached of Users.find.signal',
      /one of key, tags, cache, version, grace, earlyExpiry, lock, softTimeout, hardTimeout, jitter/,
    ],
    [
      'grace where HerdClient has soft ends',
      Cached('15m', { grace: '1h', cache: 'herd' }),
      'CACHES.herd.OPTIONS.CLIENT_CLASS',
      /DefaultClient, since @Cached of Users.find has grace/,
    ],
    ['options that are no object', loosely(Cached, '15m', 'user:{0}'), '@Cached of Users.find', /an object of options/],
    ['a key that is none', loosely(Cached, '15m', { key: 5 }), '@Cached of Users.find.key', /text or a function/],
    ['an empty key', Cached('15m', { key: '' }), '@Cached of Users.find.key', /text or a function/],
    [
      'several keys for one entry',
      loosely(Cached, '15m', { key: ['a', 'b'] }),
      '@Cached of Users.find.key',
      /text or a function/,
    ],
    ['a version that is none', loosely(Cached, '15m', { version: {} }), '@Cached of Users.find.version', /a number or text/],
    [
      'a name that no parameter has',
      Cached('15m', { key: 'user:{id}' }),
      '@Cached of Users.find.key',
      /\{id\}, where the parameters are _id, _name.*Write \{0\}/,
    ],
    [
      'a position that no parameter has',
      Cached('15m', { key: 'user:{2}' }),
      '@Cached of Users.find.key',
      /\{2\}, where the method has 2 parameters/,
    ],
    ['a brace alone', Cached('15m', { key: 'user:{0' }), '@Cached of Users.find.key', /a single \{/],
    ['values side by side', Cached('15m', { key: '{0}{1}' }), '@Cached of Users.find.key', /side by side/],
    ['a result before there is one', Cached('15m', { key: 'user:{result.id}' }), '@Cached of Users.find.key', /\{result\}/],
    ['tags of a wrong template', Cached('15m', { tags: 'user-{id}' }), '@Cached of Users.find.tags', /\{id\}/],
    ['tags that are none', loosely(Cached, '15m', { tags: [5] }), '@Cached of Users.find.tags', /a list of texts/],
    [
      'tags where entries have none',
      Cached('15m', { tags: ['users'] }),
      'CACHES.default.OPTIONS.tags',
      /since @Cached of Users.find names tags/,
    ],
    [
      'a tag where entries have none',
      CacheEvict('users'),
      'CACHES.default.OPTIONS.tags',
      /since @CacheEvict of Users.find names tags/,
    ],
    ['a put without a key', loosely(CachePut, {}), '@CachePut of Users.find.key', /the key of the entry to replace/],
    ['a put of nothing', loosely(CachePut), '@CachePut of Users.find', /Write \{ key: 'user:\{id\}' \}/],
    ['a put with a wrong timeout', loosely(CachePut, 'soon', { key: 'a' }), '@CachePut of Users.find', /a timeout/],
    [
      'an evict of nothing',
      CacheEvict({ cache: 'other' }),
      '@CacheEvict of Users.find',
      /what goes: tags, key, path or fromResult/,
    ],
    ['an evict of what is nothing', loosely(CacheEvict), '@CacheEvict of Users.find', /an object of options/],
    [
      'a path where there are no pages',
      CacheEvict({ path: '/catalogue' }),
      '@CacheEvict of Users.find.path',
      /an application with pages, got one without.*Put @CachePage on a route/,
    ],
    ['a path that is none', CacheEvict({ path: ['catalogue'] }), '@CacheEvict of Users.find.path', /a path that begins with \//],
    ['a path of a wrong template', CacheEvict({ path: '/catalogue/{id}' }), '@CacheEvict of Users.find.path', /\{id\}, where/],
    ['a path of what is cached', loosely(Cached, '15m', { path: '/catalogue' }), '@Cached of Users.find.path', /an unknown name/],
    ['an empty tag', CacheEvict(''), '@CacheEvict of Users.find.tags', /a list of texts/],
    [
      'fromResult that is no function',
      loosely(CacheEvict, { fromResult: 'a' }),
      '@CacheEvict of Users.find.fromResult',
      /a function/,
    ],
  ])('%s', async (_, decorator, path, says) => {
    const [problem, ...others] = await problemsOf(provided(decorated(decorator)));
    expect(others).toEqual([]);
    expect(problem!.path).toBe(path);
    expect(`expected ${problem!.expected}, got ${problem!.got}. ${problem!.remedy}`).toMatch(says);
  });

  it('two @Cached on one method for one cache', async () => {
    const [problem] = await problemsOf(provided(decorated(Cached('15m'), Cached('1m', { key: 'a' }))));
    expect([problem!.path, problem!.expected]).toEqual(['@Cached of Users.find', 'one @Cached for each cache']);
  });

  it('a method whose type says that its caller does not wait', async () => {
    @Injectable()
    class Sums {
      @Cached('15m') number(): number {
        return 1;
      }
      @CacheEvict({ key: 'a' }) date(): Date {
        return new Date();
      }
      @Cached('15m') *generator(): Generator<number> {
        yield 1;
      }
    }
    const problems = await problemsOf(provided(Sums));
    expect(problems.map(({ path, remedy }) => `${path}: ${remedy}`)).toEqual(
      ['@Cached of Sums.number', '@CacheEvict of Sums.date', '@Cached of Sums.generator'].map(
        (path) => `${path}: Declare it async.`,
      ),
    );
  });

  it("a method that returns an iterator, which can't be kept", async () => {
    @Injectable()
    class Rows {
      @Cached('15m') async *all(): AsyncGenerator<number> {
        yield 1;
      }
    }
    expect((await problemsOf(provided(Rows)))[0]!.got).toBe('one that returns an iterator');
  });

  it('a decorator on a static method, an accessor or a field', async () => {
    @Injectable()
    class Places {
      @Cached('15m') static of(): void {}
      @Cached('15m') get size(): number {
        return 1;
      }
    }
    loosely(Cached, '15m')(Places.prototype, 'field', undefined as never);
    const problems = await problemsOf(provided(Places));
    expect(problems.map(({ path, got }) => [path, got])).toEqual([
      ['@Cached of Places.size', 'an accessor or a field'],
      ['@Cached of Places.field', 'an accessor or a field'],
      ['@Cached of Places.of', 'a static method or a field'],
    ]);
  });

  it('@Cached on a route that answers past Nest', async () => {
    @Controller()
    class Pages {
      @Get('a') @Cached('15m') takes(@Res() response: { end(): void }): void {
        response.end();
      }
      @Get('b') @Cached('15m', { key: 'b' }) passes(@Res({ passthrough: true }) _response: unknown): void {}
      @Sse('c') @Cached('15m') events(): Observable<never> {
        return NEVER;
      }
      @Post() @CacheEvict({ key: 'a' }) evicts(@Res() response: { end(): void }): void {
        response.end();
      }
    }
    const problems = await problemsOf({ controllers: [Pages] });
    expect(problems.map(({ path }) => path)).toEqual(['@Cached of Pages.takes', '@Cached of Pages.events']);
  });

  it('@Cached without a key on a route that takes what no key can be made of', async () => {
    @Controller()
    class Pages {
      @Get('a') @Cached('15m') request(@Param('id') _id: string, @Req() _request: unknown): void {}
      @Get('b') @Cached('15m') response(@Res({ passthrough: true }) _response: unknown): void {}
      @Get('d') @Cached('15m', { key: (request: { url: string }) => request.url }) keyed(@Req() _request: unknown): void {}
      @Get('e') @Cached('15m') told(
        @Param('id') _id: string,
        @Query() _query: unknown,
        @Headers('accept') _accept: string,
      ): void {}
      @Post() @CacheEvict('a') evicts(@Req() _request: unknown): void {}
    }
    const problems = await problemsOf({ controllers: [Pages] });
    expect(problems.map(({ path, expected }) => [path, expected])).toEqual([
      ['@Cached of Pages.request.key', 'a key, since none can be made of @Req()'],
      ['@Cached of Pages.response.key', 'a key, since none can be made of @Res()'],
    ]);
  });

  it('a name that one parameter of a route has, and by which @Param takes another', async () => {
    @Controller()
    class Pages {
      @Get(':id') @Cached('15m', { key: '{id}' }) find(@Param('id') _user: string, @Query('user') id: string): string {
        return id;
      }
    }
    expect((await problemsOf({ controllers: [Pages] }))[0]!.got).toBe('{id}, which names the parameters {1} and {0}');
  });

  it('@Cached without a key in a class with a name of one letter, as minifiers give them', async () => {
    const Minified = {
      a: class {
        async find(): Promise<number> {
          return 1;
        }
      },
    }.a;
    Cached('15m')(Minified.prototype, 'find', Object.getOwnPropertyDescriptor(Minified.prototype, 'find')!);
    expect((await problemsOf(provided(Minified)))[0]!.expected).toBe('a key, since a minifier has given the class its name');
  });

  it('a frozen instance', async () => {
    @Injectable()
    class Frozen {
      constructor() {
        Object.freeze(this);
      }
      @Cached('15m') async find(): Promise<number> {
        return 1;
      }
    }
    for (const provider of [
      Frozen,
      { provide: 'value', useValue: new Frozen() },
      { provide: 'made', useFactory: () => new Frozen() },
    ]) {
      expect((await problemsOf({ providers: [provider] }))[0]).toMatchObject({
        path: 'Frozen.find',
        got: 'a frozen or sealed one',
      });
    }
  });

  it('a wrong key on what a factory makes', async () => {
    const Users = decorated(Cached('15m', { key: '{nobody}' }));
    for (const useFactory of [() => new Users(), async () => Promise.resolve(new Users())])
      expect((await problemsOf({ providers: [{ provide: 'users', useFactory }] }))[0]!.path).toBe('@Cached of Users.find.key');
  });

  it('an alias that CACHES lacks, on what a factory makes', async () => {
    const Users = decorated(Cached('15m', { cache: 'nowhere' }));
    for (const useFactory of [() => new Users(), async () => Promise.resolve(new Users())])
      expect((await problemsOf({ providers: [{ provide: 'users', useFactory }] }))[0]!.path).toBe('CACHES.nowhere');
  });

  it('a module that does not import the caches', async () => {
    const Users = decorated(CacheEvict({ key: 'a' }));
    @Module({ providers: [Users] })
    class Blind {}
    const error = await rejectionOf(boot([SentinelCacheModule.forRoot(settings, { isGlobal: false }), Blind]));
    expect(error.problems[0]).toMatchObject({
      path: '@CacheEvict of Users.find',
      got: 'Blind, which does not import SentinelCacheModule',
    });
  });

  it('everything that is wrong, in the decorators and in the settings, at once', async () => {
    const Users = decorated(Cached('15m', { key: '{id}', cache: 'nowhere' }));
    const error = await rejectionOf(
      boot([SentinelCacheModule.forRoot({ CACHES: { default: { BACKEND: 'lokmem' } } })], { providers: [Users] }),
    );
    expect(error.problems.map(({ path }) => path)).toEqual([
      '@Cached of Users.find.key',
      'CACHES.default.BACKEND',
      'CACHES.nowhere',
    ]);
  });
});

describe('an application boots', () => {
  it('with an alias that only a decorator names, which can be injected', async () => {
    const Users = decorated(Cached('15m', { cache: 'named-by-a-decorator' }));
    const useFactory = () => ({ CACHES: { ...settings.CACHES, 'named-by-a-decorator': { BACKEND: 'locmem' } } });
    const { app } = await boot([SentinelCacheModule.forRootAsync({ useFactory })], { providers: [Users] });
    const cache = app.get<SentinelCache>(getCacheToken('named-by-a-decorator'));
    expect(cache).toBe(app.get(SentinelCaches).get('named-by-a-decorator'));
  });

  it('with a decorated class and without this module: its methods run as they are written', async () => {
    const Users = decorated(CacheEvict('users'));
    const testing = await Test.createTestingModule({ providers: [Users] }).compile();
    expect(await (testing.get(Users) as { find(): Promise<number> }).find()).toBe(1);
    await testing.close();
  });

  it('with classes that need each other and have no decorators', async () => {
    @Injectable()
    class Egg {
      constructor(@Inject(forwardRef(() => Hen)) readonly hen: unknown) {}
    }
    @Injectable()
    class Hen {
      constructor(@Inject(forwardRef(() => Egg)) readonly egg: Egg) {}
    }
    const { app } = await boot([SentinelCacheModule.forRoot(settings)], { providers: [Egg, Hen] });
    expect(app.get(Hen).egg).toBe(app.get(Egg));
  });
});
