import { describe, expect, it } from '@jest/globals';

import { AbortListeners } from './abort-listeners.js';
import type { LoadPlan } from './load-plan.js';
import { waitFor, type Waiting } from './wait-for.js';

const PLAN = { hardMs: 60_000, softMs: undefined, signal: undefined } as unknown as LoadPlan;
const gaveUp = new Error('gave up waiting');

const waiting = (of: Partial<Waiting<string>>, newer?: () => { readonly value: string }): Waiting<string> => ({
  alias: 'default',
  plan: PLAN,
  aborts: new AbortListeners(),
  older: undefined,
  caller: {
    hasBegun: false,
    leave: () => undefined,
    get newer() {
      return newer?.();
    },
  },
  ...of,
});

describe('a wait for another caller´s run that ends before the caller´s own timer', () => {
  it('gives what is made and not stored yet', async () => {
    const made = waiting({ older: { value: 'older' } }, () => ({ value: 'made' }));
    expect(await waitFor(Promise.reject(gaveUp), made)).toBe('made');
  });

  it('gives the older value where nothing is made', async () => {
    expect(await waitFor(Promise.reject(gaveUp), waiting({ older: { value: 'older' } }))).toBe('older');
  });

  it('rejects where there is neither', async () => {
    await expect(waitFor(Promise.reject(gaveUp), waiting({}))).rejects.toBe(gaveUp);
  });

  it('rejects with what keeps the made value from being copied', async () => {
    const unreadable = new Error('no copy');
    const broken = waiting({}, () => {
      throw unreadable;
    });
    await expect(waitFor(Promise.reject(gaveUp), broken)).rejects.toBe(unreadable);
  });
});
