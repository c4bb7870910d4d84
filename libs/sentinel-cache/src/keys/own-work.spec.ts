import { describe, expect, it, jest } from '@jest/globals';
import { AsyncLocalStorage } from 'node:async_hooks';
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

  it('has ended though another function still runs, and no storage stays on once all have', async () => {
    const work = new OwnWork();
    let goOn!: () => void;
    const other = work.run('other', () => new Promise<void>((resolve) => (goOn = resolve)));
    let late!: Promise<boolean>;
    await work.run('k', async () => {
      late = turn()
        .then(turn)
        .then(() => work.isFor('k'));
    });
    expect(await late).toBe(false);
    const off = jest.spyOn(AsyncLocalStorage.prototype, 'disable');
    goOn();
    await other;
    expect(off).toHaveBeenCalledTimes(1);
    off.mockRestore();
  });
});
