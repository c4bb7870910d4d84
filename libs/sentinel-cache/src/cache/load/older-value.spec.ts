import { setImmediate as turn } from 'node:timers/promises';

import { describe, expect, it } from '@jest/globals';

import type { LivingEntry } from '../../backends/port/backend.js';
import { NO_ANSWER } from '../entry/get-or-set.js';
import { createLoads, type LoadCall } from './loads.js';
import { readLiving } from './older-value.js';

/** A call with `grace` on a store that answers when it is told to; an outage is ignored. */
function asking() {
  const asked: { readonly answer: (entry: LivingEntry) => void; readonly fail: () => void }[] = [];
  const call = {
    key: 'k',
    plan: { graceMs: 1, beta: 0 },
    loads: createLoads(),
    calls: {},
    policy: { answerWith: (_name: string, neutral: unknown, ask: () => Promise<unknown>) => ask().catch(() => neutral) },
    backend: {
      getWithLife: () =>
        new Promise((answer, reject) => void asked.push({ answer, fail: () => reject(new Error('nobody answers')) })),
    },
  } as unknown as LoadCall<string>;
  return { call, asked };
}
const entryOf = (text: string): LivingEntry => ({ bytes: Buffer.from(text), life: 1000 });

describe('a read that another caller began', () => {
  it('is shared in the same turn of the event loop, and repeated for those who call later', async () => {
    const { call, asked } = asking();
    const [first, second] = [readLiving(call), readLiving(call)];
    await turn();
    const [third, fourth] = [readLiving(call), readLiving(call)];
    asked[0]!.answer(entryOf('old'));
    expect([await first, await second]).toEqual([entryOf('old'), entryOf('old')]);
    await turn();
    asked[1]!.answer(entryOf('new'));
    expect([await third, await fourth, asked.length]).toEqual([entryOf('new'), entryOf('new'), 2]);
  });

  it('is not repeated where nobody answers: an outage that is ignored costs one deadline', async () => {
    const { call, asked } = asking();
    const first = readLiving(call);
    await turn();
    const second = readLiving(call);
    asked[0]!.fail();
    expect(await first).toBe(NO_ANSWER);
    await turn();
    expect(asked).toHaveLength(1);
    expect(await second).toBe(NO_ANSWER);
  });
});
