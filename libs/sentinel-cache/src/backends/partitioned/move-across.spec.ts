import { describe, expect, it } from '@jest/globals';

import { SYSTEM_CLOCK } from '../../time/clock.js';
import { MemoryBackend } from '../memory/memory.backend.js';
import { MemoryStore } from '../memory/memory-store.js';
import { moveAcross, type MoveStep } from './move-across.js';

const memory = (): MemoryBackend =>
  new MemoryBackend(new MemoryStore({ maxEntries: 10, cullFrequency: 3, clock: SYSTEM_CLOCK }), 'a');
type Step = MoveStep & { readonly source: MemoryBackend; readonly target: MemoryBackend };
const step = (change: Partial<Step> = {}): Step => {
  const source = memory();
  const endsAtMs = performance.now() + 1000;
  const parts = { endsAtMs, options: {}, partOptions: () => ({}) };
  return { source, from: 'k', target: memory(), to: 'l', alias: 'a', callDeadlineMs: 1000, ...parts, ...change };
};

describe('an entry that is moved to another place', () => {
  it('A-29: is there with its life, no longer here, and leaves no lock', async () => {
    const call = step();
    await call.source.set('k', 'v', 60_000, 'always');
    expect(await moveAcross(call)).toBe(true);
    expect(String(await call.target.get('l'))).toBe('v');
    expect(await call.target.remaining('l')).toBeGreaterThan(50_000);
    for await (const keys of call.source.scan('*')) expect(keys).toEqual([]);
    expect(await moveAcross(call)).toBe(false);
  });

  it('A-29: the caller does not wait for a lock that can not be given back, when the move has failed', async () => {
    const target = memory();
    target.set = () => Promise.reject(new Error('away'));
    const call = step({ target });
    call.source.locks.drop = () => new Promise(() => undefined);
    await call.source.set('k', 'v', 'forever', 'always');
    await expect(moveAcross(call)).rejects.toThrow('away');
    expect(String(await call.source.get('k'))).toBe('v');
  });

  it('A-29: nothing that fails while a lock is given back hides the outcome', async () => {
    const call = step();
    call.source.locks.drop = () => Promise.reject(new Error('away'));
    await call.source.set('k', 'v', 'forever', 'always');
    expect(await moveAcross(call)).toBe(true);
  });
});
