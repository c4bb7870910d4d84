import { Controller, Injectable, Param, Post } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { Cached, CacheEvict, CachePut } from 'nestjs-sentinel-cache';
import { rejectionOf } from '../cache/support/waiting.js';
import { PLATFORMS, type Platform } from '../http/support/page-app.js';
import { onRedis, run, runs } from './support/decorated-app.js';

@Injectable()
class Catalogue {
  @Cached('15m', { key: 'product:{id}', tags: (id: string) => ['catalogue', `product-${id}`] }) async find(
    id: string,
  ): Promise<unknown> {
    return { id, run: run(`find ${id}`) };
  }
  @Cached('15m', { tags: 'product-{id}' }) async price(id: string): Promise<unknown> {
    return { id, run: run(`price ${id}`) };
  }
  @CachePut({ key: 'product:{id}', tags: ['catalogue', 'product-{result.id}'] }) async save(id: string): Promise<unknown> {
    return { id, saved: true };
  }
  @CachePut({ key: 'product:{id}', tags: () => [5 as never] }) async saveWrongly(id: string): Promise<unknown> {
    return { id };
  }
  @CacheEvict((tags: string[]) => tags) async some(_tags: string[]): Promise<void> {
    await Promise.resolve();
  }
  @CacheEvict('product-{id}') async rename(_: unknown, id: string): Promise<string> {
    return id;
  }
  @CacheEvict((id: string) => `product-${id}`) async remove(id: string): Promise<string> {
    return id;
  }
  @CacheEvict({ tags: ['catalogue'] }) async clear(): Promise<void> {
    await Promise.resolve();
  }
  @CacheEvict({ fromResult: ({ id }: { id: string }) => [`product-${id}`] }) async last(): Promise<{ id: string }> {
    return { id: 'a' };
  }
}

@Controller('catalogue')
class Routes {
  @Post('all') @CacheEvict('catalogue') all(): unknown {
    return {};
  }
  @Post(':id') @CacheEvict({ tags: 'product-{id}' }) one(@Param('id') given: string): unknown {
    return { given };
  }
}

const { start } = onRedis();

/** An application in which all of `a` and `b` is cached. */
async function tagged(platform?: Platform) {
  const on = await start({ OPTIONS: { tags: true }, platform, controllers: [Routes], providers: [Catalogue] });
  const catalogue = on.app.get(Catalogue);
  const read = async () => Promise.all(['a', 'b'].flatMap((id) => [catalogue.find(id), catalogue.price(id)]));
  await read();
  /** Reads all of it; returns what had to be made. */
  const madeAgain = async (): Promise<string[]> => {
    runs.clear();
    await read();
    return [...runs.keys()].sort();
  };
  expect(await madeAgain()).toEqual([]);
  return { ...on, catalogue, madeAgain };
}

describe('a tag ends what has it', () => {
  it.each<[string, (on: Awaited<ReturnType<typeof tagged>>) => Promise<unknown>, string[]]>([
    ['a template', ({ catalogue }) => catalogue.rename(0, 'a'), ['find a', 'price a']],
    ['a function of the arguments', ({ catalogue }) => catalogue.remove('a'), ['find a', 'price a']],
    ['a function of the result', ({ catalogue }) => catalogue.last(), ['find a', 'price a']],
    ['a list', ({ catalogue }) => catalogue.clear(), ['find a', 'find b']],
    ['invalidateTags', ({ cache }) => cache.invalidateTags('product-b'), ['find b', 'price b']],
  ])('named by %s', async (_, evict, made) => {
    const on = await tagged();
    await evict(on);
    expect(await on.madeAgain()).toEqual(made);
  });

  it.each(PLATFORMS)('named on a route of %s: alone, or as a template', async (platform) => {
    const { ask, madeAgain } = await tagged(platform);
    await ask('/catalogue/all', { method: 'POST' });
    expect(await madeAgain()).toEqual(['find a', 'find b']);
    await ask('/catalogue/b', { method: 'POST' });
    expect(await madeAgain()).toEqual(['find b', 'price b']);
  });

  it.each(['a'.repeat(300), 'é'.repeat(126), '', 'half \ud800', 'nul \0tags', ' '])(
    'made of %j, as a request may send it: a template and a function make the same one',
    async (id) => {
      const { catalogue } = await tagged();
      const runOf = async (read: (id: string) => Promise<unknown>) => ((await read.call(catalogue, id)) as { run: number }).run;
      const both = async () => [await runOf(catalogue.find), await runOf(catalogue.price)];
      expect([await both(), await both()]).toEqual([
        [1, 1],
        [1, 1],
      ]);
      await catalogue.rename(0, id);
      expect([await both(), await both()]).toEqual([
        [2, 2],
        [2, 2],
      ]);
      await catalogue.remove(id);
      expect([await both(), await both()]).toEqual([
        [3, 3],
        [3, 3],
      ]);
    },
  );

  it('and was stored by @CachePut', async () => {
    const { catalogue } = await tagged();
    await catalogue.save('a');
    expect(await catalogue.find('a')).toEqual({ id: 'a', saved: true });
    await catalogue.rename(0, 'a');
    expect(await catalogue.find('a')).toEqual({ id: 'a', run: 1 });
  });
});

describe('what is no tag', () => {
  it('rejects, once the tags beside it have ended what has them', async () => {
    const on = await tagged();
    const error = await rejectionOf(on.catalogue.some(['product-a', 5 as never]));
    expect([error.code, await on.madeAgain()]).toEqual(['SENTINEL_CACHE_INVALID_ARGUMENT', ['find a', 'price a']]);
  });

  it('takes the entry of @CachePut away: what is there is older than what the method did', async () => {
    const { catalogue, cache } = await tagged();
    const error = await rejectionOf(catalogue.saveWrongly('a'));
    expect([error.code, await cache.has('product:a')]).toEqual(['SENTINEL_CACHE_INVALID_ARGUMENT', false]);
  });
});

it('2500 tags are more than one invalidation takes, and all of them end', async () => {
  const on = await tagged();
  await on.catalogue.some(Array.from({ length: 2500 }, (_, i) => (i === 2400 ? 'product-b' : `tag ${i}`)));
  expect(await on.madeAgain()).toEqual(['find b', 'price b']);
});
