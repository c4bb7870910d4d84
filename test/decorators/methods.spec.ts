import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { Readable } from 'node:stream';
import { forwardRef, Inject, Injectable, Module, Scope, StreamableFile, type OnModuleInit } from '@nestjs/common';
import { ContextIdFactory } from '@nestjs/core';
import { describe, expect, it, jest } from '@jest/globals';
import { Cached, CacheEvict, CachePut, type CacheEvictOptions } from 'nestjs-sentinel-cache';
import { concat, defer, EMPTY, firstValueFrom, lastValueFrom, Observable, of, throwError, toArray } from 'rxjs';
import { rejectionOf } from '../cache/support/waiting.js';
import { onRedis, run, runs, startDecorated } from './support/decorated-app.js';

async function listOf<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

const { start, redis } = onRedis();

@Injectable()
class Users {
  @Cached('15m') async find(id: unknown, filter?: unknown): Promise<unknown> {
    return { run: run('find'), id: String(id), filtered: filter !== undefined };
  }
  @Cached('15m', { key: 'user:{id}' }) async byId(id: number): Promise<unknown> {
    return { id, run: run('byId') };
  }
  @Cached(null, { key: (id: number) => `user:${id}`, cache: 'other', version: 3 }) async elsewhere(id: number): Promise<unknown> {
    return { id, run: run('elsewhere') };
  }
  @Cached('15m', { key: 'users:{ids}' }) async byIds(...ids: unknown[]): Promise<unknown> {
    return ids;
  }
  @Cached('15m', { key: ((...both: string[]) => both) as never }) async byTwo(...both: string[]): Promise<unknown> {
    return both;
  }
  @CachePut({ key: ((...both: string[]) => both) as never }) async saveTwo(...both: string[]): Promise<unknown> {
    return both;
  }
  @CachePut('1h', { key: 'user:{id}' }) async save(id: number, name: string): Promise<unknown> {
    return { id, name };
  }
  @CachePut({ key: 'user:{result.id}' }) async create(): Promise<unknown> {
    return { id: 99 };
  }
  @CachePut({ key: 'user:{0}' }) async saveSilently(_id: number): Promise<void> {
    await Promise.resolve();
  }
  @CacheEvict({ key: 'user:{id}' }) async remove(id: number): Promise<number> {
    return id;
  }
  @CacheEvict({ key: ['user:{0}', 'list'] }) async removeAll(_id: number): Promise<void> {
    await Promise.resolve();
  }
  @CacheEvict((ids: number[]) => ({ key: ids.map((id) => `user:${id}`) })) async removeMany(_ids: number[]): Promise<void> {
    await Promise.resolve();
  }
  @CacheEvict({ fromResult: (result: { id: number }, key: string) => ({ key: [key, `user:${result.id}`] }) })
  async removeLast(_key: string): Promise<{ id: number }> {
    return { id: 7 };
  }
  @CacheEvict({
    key: 'user:{0}',
    fromResult: (): never => {
      throw new TypeError('no keys');
    },
  })
  async removeHalf(_id: number): Promise<void> {
    await Promise.resolve();
  }
  @CacheEvict((what: CacheEvictOptions) => what) async removeAny(_what: unknown): Promise<void> {
    await Promise.resolve();
  }
  @CacheEvict({ key: 'user:{0}', version: 2 }) async removeOld(_id: number): Promise<void> {
    await Promise.resolve();
  }
  @CachePut({ key: 'user:{0}', version: 2 }) async saveOld(_id: number): Promise<void> {
    await Promise.resolve();
  }
  @CacheEvict({ key: 'user:{0}' }) async fails(_id: number): Promise<void> {
    throw new TypeError('no');
  }
  @Cached('15m') async failing(): Promise<void> {
    throw new TypeError(`no ${run('failing')}`);
  }
  @Cached('15m') async nothing(): Promise<undefined> {
    run('nothing');
  }
  @Cached('15m') async none(): Promise<null> {
    run('none');
    return null;
  }
  @Cached('15m', { key: 'user:{id}' }) async findOrFail(id: number): Promise<unknown> {
    return this.byId(id);
  }
}

describe('a method of a provider', () => {
  it('runs once for equal arguments, and again for others', async () => {
    const { app } = await start({ providers: [Users] });
    const users = app.get(Users);
    const first = await users.find(7);
    expect(await users.find(7)).toEqual(first);
    expect(await users.find('7')).not.toEqual(first);
    expect(await users.find(7, { a: 1, b: [new Date(5)] })).toEqual(await users.find(7, { b: [new Date(5)], a: 1 }));
    expect(runs.get('find')).toBe(3);
  });

  it('lives as long, and lies where its decorator says', async () => {
    const { app, caches } = await start({ providers: [Users] });
    await app.get(Users).byId(7);
    await app.get(Users).elsewhere(7);
    expect(await caches.get().get('user:7')).toEqual({ id: 7, run: 1 });
    expect(await caches.get().ttl('user:7')).toBeGreaterThan(600);
    expect(await caches.get('other').get('user:7', { version: 3 })).toEqual({ id: 7, run: 1 });
    expect(await caches.get('other').ttl('user:7', { version: 3 })).toBeNull();
  });

  it('has a key of all arguments that a rest parameter takes', async () => {
    const { app, cache } = await start({ providers: [Users] });
    const calls = [[1, 2], [1, 3], [1], [], [[1, 2]]];
    for (const ids of [...calls, ...calls]) expect(await app.get(Users).byIds(...ids)).toEqual(ids);
    expect(await cache.keys('*')).toHaveLength(calls.length);
  });

  it('rejects where a function gives a list for the one key', async () => {
    const { app, cache } = await start({ providers: [Users] });
    const errors = [await rejectionOf(app.get(Users).byTwo('a', 'b')), await rejectionOf(app.get(Users).saveTwo('a', 'b'))];
    expect(errors.map(({ code }) => code)).toEqual(['SENTINEL_CACHE_INVALID_KEY', 'SENTINEL_CACHE_INVALID_KEY']);
    expect(await cache.keys('*')).toEqual([]);
  });

  it('throws what it throws, which is not cached', async () => {
    const { app } = await start({ providers: [Users] });
    const users = app.get(Users);
    await expect(users.failing()).rejects.toThrow(new TypeError('no 1'));
    await expect(users.failing()).rejects.toThrow(new TypeError('no 2'));
  });

  it('caches null, and not undefined', async () => {
    const { app } = await start({ providers: [Users] });
    const users = app.get(Users);
    expect([await users.none(), await users.none(), await users.nothing(), await users.nothing()]).toEqual([
      null,
      null,
      undefined,
      undefined,
    ]);
    expect([runs.get('none'), runs.get('nothing')]).toEqual([1, 2]);
  });

  it('runs once for many callers at a time', async () => {
    const { app } = await start({ providers: [Users] });
    const all = await Promise.all(Array.from({ length: 50 }, () => app.get(Users).byId(1)));
    expect(new Set(all.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(runs.get('byId')).toBe(1);
  });

  it('is the method itself when one under the same key calls it', async () => {
    const { app, cache } = await start({ providers: [Users] });
    expect(await app.get(Users).findOrFail(3)).toEqual({ id: 3, run: 1 });
    expect(await cache.get('user:3')).toEqual({ id: 3, run: 1 });
  });

  it('slows no promise of the process down once it has ended: up to Node 22 a storage that is on does', async () => {
    const { app } = await start({ providers: [Users] });
    const { prototype } = AsyncLocalStorage;
    const [on, off] = [jest.spyOn(prototype, 'run'), jest.spyOn(prototype, 'disable')];
    try {
      await app.get(Users).byId(1);
      expect(on.mock.contexts).not.toEqual([]);
      expect(new Set(off.mock.contexts)).toEqual(new Set(on.mock.contexts));
    } finally {
      on.mockRestore();
      off.mockRestore();
    }
  });

  it('refuses an argument that no key can be made of, and names it', async () => {
    const { app } = await start({ providers: [Users] });
    const error = await rejectionOf(app.get(Users).find(7, { where: [() => 1] }));
    expect(error.code).toBe('SENTINEL_CACHE_INVALID_KEY');
    expect(error.message).toContain('Users.find, argument 1.where[0]: ');
    expect(runs.get('find')).toBeUndefined();
  });
});

describe('the options of getOrSet', () => {
  @Injectable()
  class Reports {
    isDown = false;
    @Cached('15m', { key: 'report', grace: '1h', softTimeout: '30s' }) async read(): Promise<number> {
      if (this.isDown) throw new TypeError('no');
      return run('report');
    }
    @Cached('15m', { key: 'early', earlyExpiry: 1e12, softTimeout: '30s' }) async early(): Promise<number> {
      return run('early');
    }
    @Cached('15m', { key: 'once', lock: '1m' }) async once(): Promise<number> {
      await redis().command('PING');
      return run('once');
    }
    @Cached('15m', { key: 'never', hardTimeout: '100ms' }) async never(): Promise<number> {
      return new Promise(() => undefined);
    }
    @Cached('1h', { key: 'spread:{id}', jitter: 1 }) async spread(id: number): Promise<number> {
      return id;
    }
    @Cached('15m', { key: 'report', grace: '1h' }) async inner(): Promise<number> {
      return run('report');
    }
    @Cached('15m', { key: 'report', grace: '1h', softTimeout: '30s' }) observed(): Observable<number> {
      return defer(() => this.inner());
    }
    @Cached('15m', { key: 'between' }) async between(): Promise<number> {
      return this.inner();
    }
    @Cached('15m', { key: 'report', grace: '1h', softTimeout: '30s' }) async nested(
      through: 'inner' | 'between',
    ): Promise<number> {
      return this[through]();
    }
  }
  const started = async () => {
    const { app, cache } = await start({ providers: [Reports] });
    return { reports: app.get(Reports), cache };
  };
  const outlive = (key: string) => redis().command('PEXPIRE', `:1:${key}`, '1800000');

  it('grace keeps a value for when the method fails', async () => {
    const { reports } = await started();
    expect(await reports.read()).toBe(1);
    await outlive('report');
    reports.isDown = true;
    expect(await reports.read()).toBe(1);
    reports.isDown = false;
    expect([await reports.read(), await reports.read()]).toEqual([2, 2]);
  });

  it.each(['inner', 'between'] as const)(
    'a value that is made anew is no older one: a method under its key, called by way of %s, runs',
    async (through) => {
      const { reports, cache } = await started();
      await reports.read();
      await outlive('report');
      expect(await reports.nested(through)).toBe(2);
      expect(await cache.get('report')).toBe(2);
    },
  );

  it('a value that is made anew is no older one for a method that an Observable calls, either', async () => {
    const { reports } = await started();
    await reports.read();
    await outlive('report');
    expect(await lastValueFrom(reports.observed())).toBe(2);
  });

  it('earlyExpiry makes a value before it has expired', async () => {
    const { reports } = await started();
    expect([await reports.early(), await reports.early()]).toEqual([1, 2]);
  });

  it('lock has the method run in one process at a time', async () => {
    const apps = await Promise.all(Array.from({ length: 3 }, () => start({ providers: [Reports] })));
    const all = await Promise.all(apps.map(({ app }) => app.get(Reports).once()));
    expect(all).toEqual([1, 1, 1]);
  });

  it('hardTimeout ends the wait for a method that never ends', async () => {
    const { reports } = await started();
    expect((await rejectionOf(reports.never())).code).toBe('SENTINEL_CACHE_UNAVAILABLE');
  });

  it('jitter has values of one moment end at several', async () => {
    const { reports, cache } = await started();
    const ids = Array.from({ length: 8 }, (_, i) => i);
    await Promise.all(ids.map((id) => reports.spread(id)));
    const left = await Promise.all(ids.map((id) => cache.ttl(`spread:${id}`)));
    expect(Math.max(...(left as number[])) - Math.min(...(left as number[]))).toBeGreaterThan(60);
  });
});

describe('@CachePut', () => {
  it('stores what each call returned', async () => {
    const { app, cache } = await start({ providers: [Users] });
    const users = app.get(Users);
    await users.byId(7);
    expect(await users.save(7, 'Ann')).toEqual({ id: 7, name: 'Ann' });
    expect(await users.byId(7)).toEqual({ id: 7, name: 'Ann' });
    expect(await cache.ttl('user:7')).toBeGreaterThan(3000);
  });

  it('finds its key in what the method returned', async () => {
    const { app, cache } = await start({ providers: [Users] });
    await app.get(Users).create();
    expect(await cache.get('user:99')).toEqual({ id: 99 });
  });

  it('takes the entry away when the method returns nothing', async () => {
    const { app, cache } = await start({ providers: [Users] });
    await app.get(Users).byId(7);
    await app.get(Users).saveSilently(7);
    expect(await cache.has('user:7')).toBe(false);
  });

  it('takes that of its version away, and leaves others', async () => {
    const { app, cache } = await start({ providers: [Users] });
    for (const version of [1, 2]) await cache.set('user:7', 1, null, { version });
    await app.get(Users).saveOld(7);
    expect([await cache.has('user:7', { version: 1 }), await cache.has('user:7', { version: 2 })]).toEqual([true, false]);
  });

  it.each([7, '', ' ', 'a:b%c', 'x'.repeat(300), 'y'.repeat(100_000), 'half \ud800', 'nul \0lease', 'nul \0tag', 'ü'])(
    'names the entry that @Cached made, and @CacheEvict takes away, for %j',
    async (id) => {
      const { app, cache } = await start({ providers: [Users] });
      const users = app.get(Users) as unknown as Record<'byId' | 'save' | 'remove', (...args: unknown[]) => Promise<unknown>>;
      expect([await users.byId(id), await users.byId(id)]).toEqual([
        { id, run: 1 },
        { id, run: 1 },
      ]);
      await users.save(id, 'Ann');
      expect(await users.byId(id)).toEqual({ id, name: 'Ann' });
      await users.remove(id);
      expect(await users.byId(id)).toEqual({ id, run: 2 });
      expect(await cache.keys('*')).toHaveLength(1);
    },
  );
});

describe('@CacheEvict', () => {
  it.each<[string, (users: Users) => Promise<unknown>, string[]]>([
    ['a template', (users) => users.remove(7), ['user:8', 'list']],
    ['several templates', (users) => users.removeAll(7), ['user:8']],
    ['a function of the arguments', (users) => users.removeMany([7, 8]), ['list']],
    ['a function of the result and the arguments', (users) => users.removeLast('list'), ['user:8']],
  ])('takes away the entries of %s', async (_, call, left) => {
    const { app, cache } = await start({ providers: [Users] });
    await cache.setMany({ 'user:7': 1, 'user:8': 1, list: 1 });
    await call(app.get(Users));
    expect([...(await cache.getMany(['user:7', 'user:8', 'list'])).keys()]).toEqual(left);
  });

  it('rejects with what its function throws, when all else has gone', async () => {
    const { app, cache } = await start({ providers: [Users] });
    await cache.setMany({ 'user:7': 1, list: 1 });
    const error = await rejectionOf(app.get(Users).removeHalf(7));
    expect([error.name, error.message, await cache.has('user:7')]).toEqual(['TypeError', 'no keys', false]);
  });

  it('rejects with what is no key, when those that are have gone', async () => {
    const { app, cache } = await start({ providers: [Users] });
    await cache.setMany({ list: 1, other: 1 });
    const error = await rejectionOf(app.get(Users).removeAny({ key: ['list', { id: 8 }] }));
    expect([error.code, await cache.has('list')]).toEqual(['SENTINEL_CACHE_INVALID_KEY', false]);
    const unknown = await rejectionOf(app.get(Users).removeAny({ key: 'other', tag: 'users' }));
    expect([unknown.code, await cache.has('other')]).toEqual(['SENTINEL_CACHE_INVALID_ARGUMENT', false]);
    expect(unknown.message).toContain('got one with tag. Remove it.');
  });

  it.each<[string, unknown]>([
    ['Promise', Promise.resolve('users')],
    ['Set', new Set(['users'])],
    ['Map', new Map([['key', 'list']])],
  ])('rejects where its function returns a %s, which names nothing', async (name, what) => {
    const { app } = await start({ providers: [Users] });
    const error = await rejectionOf(app.get(Users).removeAny(what));
    expect([error.code, error.message]).toEqual(['SENTINEL_CACHE_INVALID_ARGUMENT', expect.stringContaining(`got a ${name}.`)]);
    await app.get(Users).removeAny({});
    await app.get(Users).removeAny(undefined);
  });

  it('takes away the keys of its version, and leaves those of others', async () => {
    const { app, cache } = await start({ providers: [Users] });
    for (const version of [1, 2]) await cache.set('user:7', 1, null, { version });
    await app.get(Users).removeOld(7);
    expect([await cache.has('user:7', { version: 1 }), await cache.has('user:7', { version: 2 })]).toEqual([true, false]);
  });

  it('takes nothing away when the method throws', async () => {
    const { app, cache } = await start({ providers: [Users] });
    await cache.set('user:7', 1);
    await expect(app.get(Users).fails(7)).rejects.toThrow(TypeError);
    expect(await cache.has('user:7')).toBe(true);
  });
});

describe('instances that Nest makes', () => {
  abstract class Repository {
    @Cached('15m') async all(): Promise<unknown> {
      return `${this.constructor.name} ${run(this.constructor.name)}`;
    }
    @Cached('15m') async overridden(): Promise<number> {
      return run('base');
    }
  }
  @Injectable()
  class Cats extends Repository {}
  @Injectable()
  class Dogs extends Repository {
    override async overridden(): Promise<number> {
      return run('override');
    }
  }
  @Injectable({ scope: Scope.REQUEST })
  class Scoped {
    constructor(private readonly users: Users) {}
    @Cached('15m') async find(id: number): Promise<unknown> {
      return { id, run: run('scoped'), hasUsers: this.users instanceof Users };
    }
  }
  @Injectable({ scope: Scope.TRANSIENT })
  class Transient {
    @Cached('15m') async find(id: number): Promise<unknown> {
      return { id, run: run('transient') };
    }
  }
  @Injectable()
  class Holder {
    constructor(
      readonly transient: Transient,
      @Inject('made') readonly made: Users,
      @Inject('later') readonly later: Users,
      @Inject('value') readonly value: Users,
    ) {}
  }
  @Injectable()
  class Egg {
    constructor(@Inject(forwardRef(() => Hen)) readonly hen: unknown) {}
    @Cached('15m') async find(): Promise<number> {
      return run('egg');
    }
  }
  @Injectable()
  class Hen {
    constructor(@Inject(forwardRef(() => Egg)) readonly egg: Egg) {}
    @Cached('15m') async find(): Promise<number> {
      return run('hen');
    }
  }

  it('have inherited methods, each class under keys of its own', async () => {
    const { app } = await start({ providers: [Cats, Dogs] });
    const [cats, dogs] = [app.get(Cats), app.get(Dogs)];
    expect([await cats.all(), await dogs.all(), await cats.all()]).toEqual(['Cats 1', 'Dogs 1', 'Cats 1']);
  });

  it('have a method that overrides a decorated one as it stands there: without the decorator', async () => {
    const { app } = await start({ providers: [Cats, Dogs] });
    const [cats, dogs] = [app.get(Cats), app.get(Dogs)];
    expect([await cats.overridden(), await cats.overridden()]).toEqual([1, 1]);
    expect([await dogs.overridden(), await dogs.overridden()]).toEqual([1, 2]);
  });

  it('share entries when they come with each request', async () => {
    const { app } = await start({ providers: [Users, Scoped] });
    const resolve = () => app.resolve(Scoped, ContextIdFactory.create());
    const [one, two] = [await resolve(), await resolve()];
    expect(one).not.toBe(two);
    expect(await one.find(1)).toEqual({ id: 1, run: 1, hasUsers: true });
    expect(await two.find(1)).toEqual({ id: 1, run: 1, hasUsers: true });
    expect(one).toBeInstanceOf(Scoped);
    expect(one.constructor).toBe(Scoped);
  });

  it('are found wherever they come from: transient, factories, promises of factories, values', async () => {
    const value = new Users();
    const { app } = await start({
      providers: [
        Transient,
        Holder,
        { provide: 'made', useFactory: () => new Users() },
        { provide: 'later', useFactory: async () => Promise.resolve(new Users()) },
        { provide: 'value', useValue: value },
        { provide: 'class', useClass: Users },
        { provide: 'alias', useExisting: 'made' },
      ],
    });
    const holder = app.get(Holder);
    await holder.transient.find(1);
    await (await app.resolve(Transient)).find(1);
    for (const users of [holder.made, holder.later, holder.value, app.get<Users>('class'), app.get<Users>('alias')])
      await users.byId(1);
    expect([runs.get('transient'), runs.get('byId')]).toEqual([1, 1]);
    expect(app.get('alias')).toBe(holder.made);
  });

  it('are decorated when two classes need each other', async () => {
    const { app } = await start({ providers: [Egg, Hen] });
    const hen = app.get(Hen);
    expect([await hen.find(), await hen.find(), await hen.egg.find(), await hen.egg.find()]).toEqual([1, 1, 1, 1]);
    expect(hen.egg).toBe(app.get(Egg));
  });

  it('are decorated before the first onModuleInit', async () => {
    const seen: unknown[] = [];
    @Injectable()
    class Warm implements OnModuleInit {
      constructor(private readonly users: Users) {}
      async onModuleInit(): Promise<void> {
        seen.push(await this.users.byId(1), await this.users.byId(1));
      }
    }
    @Module({ providers: [Users, Warm] })
    class Deep {}
    await start({ imports: [Deep] });
    expect(seen).toEqual([
      { id: 1, run: 1 },
      { id: 1, run: 1 },
    ]);
  });

  it('leave the class alone: one that is made by hand is not cached', async () => {
    await start({ providers: [Users] });
    const byHand = new Users();
    expect([await byHand.byId(1), await byHand.byId(1)]).toEqual([
      { id: 1, run: 1 },
      { id: 1, run: 2 },
    ]);
    expect(Object.keys(byHand)).toEqual([]);
  });

  it('answer from their own application where two have the same class, or the same value', async () => {
    const value = new Users();
    const providers = [{ provide: 'value', useValue: value }, Users];
    const one = await start({ providers });
    await one.app.get(Users).byId(1);
    await one.app.close();
    const two = await startDecorated({
      settings: { CACHES: { default: { BACKEND: 'locmem', LOCATION: 'two' }, other: { BACKEND: 'locmem' } } },
      providers,
    });
    expect(await two.app.get(Users).byId(1)).toEqual({ id: 1, run: 2 });
    expect(await two.app.get<Users>('value').byId(1)).toEqual({ id: 1, run: 2 });
  });

  it('keep what other decorators wrote on a method', async () => {
    const Mark = (): MethodDecorator => (_target, _name, descriptor) =>
      Reflect.defineMetadata('mark', 'here', descriptor.value as object);
    @Injectable()
    class Marked {
      @Mark() @Cached('15m') async find(): Promise<number> {
        return run('marked');
      }
    }
    const { app } = await start({ providers: [Marked] });
    const marked = app.get(Marked);
    // eslint-disable-next-line typescript/unbound-method -- looked at, not called
    const { find } = marked;
    expect([Reflect.getMetadata('mark', find), Reflect.getOwnMetadataKeys(find).includes('mark'), find.name]).toEqual([
      'here',
      true,
      'find',
    ]);
    expect([await marked.find(), await marked.find()]).toEqual([1, 1]);
  });

  it('are cached below a decorator that puts a function of its own in the place of the method', async () => {
    const Log = (): MethodDecorator => (_target, _name, descriptor) => {
      const inner = descriptor.value as unknown as (...args: unknown[]) => unknown;
      descriptor.value = function (this: unknown, ...args: unknown[]) {
        return inner.apply(this, args);
      } as never;
    };
    @Injectable()
    class Logged {
      @Log() @Cached('15m') async find(id: number): Promise<number> {
        return id + run('logged');
      }
    }
    const { app } = await start({ providers: [Logged] });
    expect([await app.get(Logged).find(1), await app.get(Logged).find(1)]).toEqual([2, 2]);
  });
});

describe('two classes of one name', () => {
  const named = (options?: object) => {
    @Injectable()
    class Members {
      @Cached('15m', options) async find(id: number): Promise<string> {
        return `${id} ${run('members')}`;
      }
    }
    return Members;
  };
  const modules = (one: new () => object, other: new () => object) => {
    @Module({ providers: [one] })
    class AdminModule {}
    @Module({ providers: [other] })
    class PublicModule {}
    return start({ imports: [AdminModule, PublicModule] });
  };
  const refused = [
    {
      path: '@Cached of Members.find',
      got: 'one in AdminModule and one in PublicModule',
      remedy: "Write a key in one of them, such as { key: 'admin-user:{0}' }, or rename the class.",
    },
  ];

  it('would have the same keys, and end the boot', async () => {
    expect((await rejectionOf(modules(named(), named()))).problems).toMatchObject(refused);
  });

  it('end the boot when a factory makes one of them', async () => {
    const Other = named();
    @Module({ providers: [{ provide: 'other', useFactory: async () => Promise.resolve(new Other()) }] })
    class PublicModule {}
    @Module({ providers: [named()] })
    class AdminModule {}
    expect((await rejectionOf(start({ imports: [AdminModule, PublicModule] }))).problems).toMatchObject(refused);
  });

  it.each<[string, object]>([
    ['a key of its own', { key: 'admin:{0}' }],
    ['another cache', { cache: 'other' }],
    ['another version', { version: 2 }],
  ])('do no harm where one has %s', async (_, options) => {
    const [one, other] = [named(options), named()];
    const { app } = await modules(one, other);
    expect([
      await (app.get(one) as { find(id: number): Promise<string> }).find(1),
      await (app.get(other) as InstanceType<typeof other>).find(1),
    ]).toEqual(['1 1', '1 2']);
  });

  it('are one class where two modules provide it', async () => {
    const Both = named();
    const { app } = await modules(Both, Both);
    expect(await app.get(Both, { each: true })[0]!.find(1)).toBe('1 1');
  });
});

describe('what a method started and left running', () => {
  @Injectable()
  class Polls {
    later: () => Promise<number> = () => Promise.reject(new Error('not begun'));
    @Cached('15m', { key: 'poll' }) async find(): Promise<number> {
      this.later = AsyncResource.bind(() => this.find());
      return run('poll');
    }
  }

  it('is cached when the method has ended, as any other call is', async () => {
    const { app, cache } = await start({ providers: [Polls] });
    const polls = app.get(Polls);
    await polls.find();
    expect([await polls.later(), await polls.later()]).toEqual([1, 1]);
    await cache.delete('poll');
    const { later } = polls;
    expect([await later(), await later(), await polls.later()]).toEqual([2, 2, 2]);
  });
});

describe('several decorators on one method', () => {
  @Injectable()
  class Several {
    @CacheEvict({ key: 'list' }) @Cached('15m', { key: 'item' }) async evictsAlways(): Promise<number> {
      return run('several');
    }
    @Cached('15m', { key: 'item' }) @CacheEvict({ key: 'list' }) async evictsOnce(): Promise<number> {
      return run('several');
    }
    @Cached('1m', { key: 'item', cache: 'other' }) @Cached('15m', { key: 'item' }) async twice(): Promise<number> {
      return run('several');
    }
    @CacheEvict({ key: 'a' }) @CacheEvict({ key: 'b', cache: 'other' }) @CachePut({ key: 'item' }) async all(): Promise<number> {
      return run('several');
    }
  }

  it('apply from the bottom up', async () => {
    const { app, cache } = await start({ providers: [Several] });
    const several = app.get(Several);
    for (const method of ['evictsAlways', 'evictsOnce'] as const) {
      const left: boolean[] = [];
      await cache.clear();
      for (let i = 0; i < 2; i++) {
        await cache.set('list', 1);
        await several[method]();
        left.push(await cache.has('list'));
      }
      expect([method, ...left]).toEqual([method, false, method === 'evictsOnce']);
    }
  });

  it('cache in several caches', async () => {
    const { app, caches } = await start({ providers: [Several] });
    await app.get(Several).twice();
    await caches.get('other').delete('item');
    expect(await app.get(Several).twice()).toBe(1);
    expect([await caches.get().get('item'), await caches.get('other').get('item')]).toEqual([1, 1]);
  });

  it('all do what they say', async () => {
    const { app, caches } = await start({ providers: [Several] });
    await caches.get().set('a', 1);
    await caches.get('other').set('b', 1);
    expect(await app.get(Several).all()).toBe(1);
    expect([await caches.get().get('item'), await caches.get().has('a'), await caches.get('other').has('b')]).toEqual([
      1,
      false,
      false,
    ]);
  });
});

describe('what is no promise', () => {
  @Injectable()
  class Streams {
    @Cached('15m') last(): Observable<number> {
      return concat(of(0), new Observable<number>((subscriber) => (subscriber.next(run('last')), subscriber.complete())));
    }
    @Cached('15m') broken(): Observable<number> {
      return throwError(() => new TypeError(`no ${run('broken')}`));
    }
    @CacheEvict({ key: 'list' }) many(): Observable<number> {
      return of(1, 2, 3);
    }
    @CacheEvict({ key: 'list' }) empty(): Observable<number> {
      return EMPTY;
    }
    @CacheEvict({ key: 'list' }) fails(): Observable<number> {
      return throwError(() => new TypeError('no'));
    }
    @CacheEvict({ key: 'list' }) async *rows(count: number): AsyncGenerator<number> {
      for (let i = 0; i < count; i++) yield i;
      if (count === 0) throw new TypeError('no');
    }
    @CacheEvict({ key: 'list' }) undeclared(given: unknown) {
      return given;
    }
    @Cached('15m', { key: 'none' }) undeclaredCached(given: unknown) {
      return given;
    }
  }
  const streams = async () => {
    const { app, cache } = await start({ providers: [Streams] });
    await cache.set('list', 1);
    return { streams: app.get(Streams), hasList: () => cache.has('list') };
  };

  it('an Observable is cached by its last value, and runs when it is subscribed to', async () => {
    const { streams: made } = await streams();
    const last$ = made.last();
    expect(runs.get('last')).toBeUndefined();
    expect(await lastValueFrom(last$.pipe(toArray()))).toEqual([1]);
    expect(await firstValueFrom(made.last())).toBe(1);
    await expect(lastValueFrom(made.broken())).rejects.toThrow('no 1');
    await expect(lastValueFrom(made.broken())).rejects.toThrow('no 2');
  });

  it.each<[string, (made: Streams) => Promise<unknown>, unknown]>([
    ['an Observable of many values', (made) => lastValueFrom(made.many().pipe(toArray())), [1, 2, 3]],
    ['an Observable that is left after its first value', (made) => firstValueFrom(made.many()), 1],
    ['an empty Observable', (made) => lastValueFrom(made.empty(), { defaultValue: 'none' }), 'none'],
    ['an iterator', (made) => listOf(made.rows(2)), [0, 1]],
    [
      'an iterator that is left',
      async (made) => {
        for await (const row of made.rows(5)) return row;
        return undefined;
      },
      0,
    ],
    ['a promise without a type', async (made) => made.undeclared(Promise.resolve(1)), 1],
  ])('%s evicts before its caller sees the end', async (_, call, expected) => {
    const { streams: made, hasList } = await streams();
    expect(await call(made)).toEqual(expected);
    expect(await hasList()).toBe(false);
  });

  it.each<[string, (made: Streams) => Promise<unknown>]>([
    ['an Observable', (made) => lastValueFrom(made.fails())],
    ['an iterator', (made) => listOf(made.rows(0))],
  ])('%s that fails evicts nothing', async (_, call) => {
    const { streams: made, hasList } = await streams();
    await expect(call(made)).rejects.toThrow(new TypeError('no'));
    expect(await hasList()).toBe(true);
  });

  it('a value that is returned at once is refused at the call, since it would become a promise', async () => {
    const { streams: made } = await streams();
    expect(() => made.undeclared(1)).toThrow(/Streams.undeclared: expected a decorated method that returns a promise/);
    const error = await rejectionOf(Promise.resolve(made.undeclaredCached(1)));
    expect(error.code).toBe('SENTINEL_CACHE_INVALID_ARGUMENT');
    expect((await rejectionOf(Promise.resolve(made.undeclaredCached(of(1))))).message).toContain(
      'Declare it as one that returns an Observable',
    );
  });

  it.each<[string, () => unknown]>([
    ['a stream of Node', () => Readable.from(['a'])],
    ['a stream of the web', () => new Blob(['a']).stream()],
    ['a response', () => new Response('a')],
    ['rows that are read as they come', () => ({ [Symbol.asyncIterator]: () => Readable.from(['a'])[Symbol.asyncIterator]() })],
    ["Nest's file", () => new StreamableFile(Buffer.from('a'))],
    ['an iterator', () => ['a'].values()],
  ])('%s is refused: it can be read once', async (_, make) => {
    const { app, cache } = await start({ providers: [Streams] });
    const error = await rejectionOf(Promise.resolve(app.get(Streams).undeclaredCached(Promise.resolve(make()))));
    expect([error.code, error.message]).toEqual(['SENTINEL_CACHE_INVALID_ARGUMENT', expect.stringContaining('got a stream')]);
    expect(await cache.has('none')).toBe(false);
  });
});
