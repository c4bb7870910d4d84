import { describe, expect, it } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';

import { OwnWork } from './own-work.js';

describe('OwnWork', () => {
  it('knows the keys that the calling code makes, those of the functions around it included', async () => {
    const work = new OwnWork();
    const seen = async (): Promise<boolean[]> => ['inner', 'outer', 'other'].map((key) => work.isFor(key));
    const made = await work.run('outer', async () => {
      await turn();
      return { inside: await work.run('inner', seen), between: await seen() };
    });
    expect(made).toEqual({ inside: [true, true, false], between: [false, true, false] });
    expect(await seen()).toEqual([false, false, false]);
  });

  it('what a function leaves behind is part of it until it has ended', async () => {
    const work = new OwnWork();
    const seen: boolean[] = [];
    let isOver = false;
    let stopped!: Promise<void>;
    const endless = async (): Promise<void> => {
      while (!isOver) await turn();
      seen.push(work.isFor('k'));
    };
    await work.run('k', async () => {
      stopped = endless();
      seen.push(work.isFor('k'));
    });
    isOver = true;
    await stopped;
    await expect(work.run('k', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(seen).toEqual([true, false]);
  });
});
