import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import type { Backend } from '../../backends/port/backend.js';
import { MemoryStore } from '../../backends/memory/memory-store.js';
import { MemoryBackend } from '../../backends/memory/memory.backend.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import { generationName } from '../../keys/tag-names.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { areUnchanged, TagGenerations } from './tag-generations.js';

let clock: FakeClock;
let backend: MemoryBackend;
let generations: TagGenerations;
beforeEach(() => {
  jest.useFakeTimers({ advanceTimers: false });
  clock = new FakeClock();
  backend = new MemoryBackend(new MemoryStore({ maxEntries: 1000, cullFrequency: 3, clock }), 'default');
  generations = new TagGenerations(backend, 'app');
});
afterEach(() => void jest.useRealTimers());

/** What is seen of the tag 't' before and after. */
async function seenAround(before: Change[], after: Change[]): Promise<boolean> {
  for (const change of before) await CHANGES[change]();
  const seen = await generations.see(['t']);
  for (const change of after) await CHANGES[change]();
  return areUnchanged(seen, (await generations.see(['t'])).generations);
}

const CHANGES = {
  store: async () => void (await generations.stamp(['t'], 60_000)),
  invalidate: () => generations.invalidate(['t']),
  lose: async () => void (await backend.delete([generationName('app', 't')])),
  'have malformed bytes': async () => void (await backend.set(generationName('app', 't'), 'malformed', 'forever', 'always')),
  'wait 29 s': async () => wait(29_000),
  'wait 31 s': async () => wait(31_000),
  'wait 61 s': async () => wait(61_000),
};
type Change = keyof typeof CHANGES;

function wait(ms: number): void {
  clock.advance(ms);
  jest.advanceTimersByTime(ms);
}

describe('what generations tell of what happened between two looks', () => {
  it.each<[Change[], Change[], boolean]>([
    [[], [], true],
    [[], ['store'], true],
    [[], ['store', 'store'], true],
    [[], ['wait 29 s', 'store'], true],
    [[], ['invalidate'], false],
    [[], ['invalidate', 'store'], false],
    [[], ['store', 'invalidate'], false],
    [[], ['store', 'invalidate', 'store'], false],
    [[], ['invalidate', 'wait 29 s', 'store'], false],
    // An invalidation in between could be forgotten by now.
    [[], ['wait 31 s'], false],
    [[], ['invalidate', 'wait 61 s', 'store'], false],
    [['store'], [], true],
    [['store'], ['store'], true],
    [['store'], ['wait 31 s'], true],
    [['store'], ['invalidate'], false],
    [['store'], ['lose'], false],
    [['store'], ['lose', 'store'], false],
    [['invalidate'], [], true],
    [['invalidate'], ['store'], true],
    [['invalidate'], ['invalidate'], false],
    [['store', 'lose'], ['store'], true],
    [[], ['have malformed bytes'], false],
    [['have malformed bytes'], ['store'], false],
  ])('after %j, %j: nothing was invalidated: %s', async (before, after, isUnchanged) => {
    expect(await seenAround(before, after)).toBe(isUnchanged);
  });

  it('it holds for a hundred tags of each kind: no chance has a part in it', async () => {
    const tags = Array.from({ length: 100 }, (_, i) => `t${i}`);
    const seen = await generations.see(tags);
    await generations.stamp(tags, 60_000);
    expect(areUnchanged(seen, (await generations.see(tags)).generations)).toBe(true);
    await generations.invalidate(tags);
    for (const generation of (await generations.see(tags)).generations)
      expect(areUnchanged({ generations: [null], atMs: seen.atMs }, [generation])).toBe(false);
  });

  it('looks at the primary: a replica may not know yet of an invalidation', async () => {
    const asked: (boolean | undefined)[] = [];
    const getMany: Backend['getMany'] = (names, options) => {
      asked.push(options?.fresh);
      return backend.getMany(names);
    };
    const looked = new TagGenerations(Object.create(backend, { getMany: { value: getMany } }) as Backend, 'app');
    await looked.see(['t']);
    await looked.areCurrent([new Map([['t', 'g']])], () => ({}));
    expect(asked).toEqual([true, true]);
  });

  it('looking makes no generation, and an invalidation is kept for a minute', async () => {
    await generations.see(['t']);
    expect(await backend.has(generationName('app', 't'))).toBe(false);
    await generations.invalidate(['t']);
    expect(await backend.remaining(generationName('app', 't'))).toBe(60_000);
  });
});

describe('an invalidation on a Redis that is full', () => {
  const failing = (redisCode: string) => {
    const deleted: string[][] = [];
    const full = {
      setMany: async () => {
        throw new CommandRejectedError(redisCode, 'no', {});
      },
      delete: async (names: string[]) => void deleted.push(names),
    };
    return { deleted, tags: new TagGenerations(full as unknown as Backend, 'app') };
  };

  it('deletes what it has no room to replace', async () => {
    const { deleted, tags } = failing('OOM');
    await tags.invalidate(['a', 'b']);
    expect(deleted).toEqual([[generationName('app', 'a'), generationName('app', 'b')]]);
  });

  it('no other refusal is passed over', async () => {
    const { deleted, tags } = failing('READONLY');
    await expect(tags.invalidate(['a'])).rejects.toThrow(CommandRejectedError);
    expect(deleted).toEqual([]);
  });
});
