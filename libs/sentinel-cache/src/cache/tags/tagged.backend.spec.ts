import { describe, expect, it } from '@jest/globals';

import { MemoryBackend } from '../../backends/memory/memory.backend.js';
import { MemoryStore } from '../../backends/memory/memory-store.js';
import type { Backend } from '../../backends/port/backend.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { deleteFound } from './delete-found.js';
import { TaggedBackend } from './tagged.backend.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const OPTIONS = { alias: 'default', keyPrefix: 'app', callDeadlineMs: undefined };

function backends() {
  const clock = new FakeClock();
  const memory = new MemoryBackend(new MemoryStore({ clock, maxEntries: 1000, cullFrequency: 3 }), 'default');
  return { clock, memory, tagged: new TaggedBackend(memory, OPTIONS) };
}

describe('an entry in memory whose life is prolonged', () => {
  it.each<[string, (tagged: TaggedBackend, clock: FakeClock) => Promise<unknown>]>([
    ['touch', (tagged) => tagged.touch('k', DAY_MS)],
    ['expireAt', (tagged, clock) => tagged.expireAt('k', clock.wallMs() + DAY_MS)],
    ['persist', (tagged) => tagged.touch('k', 'forever')],
    ['another write', (tagged) => tagged.set('k', 'v', DAY_MS, 'always', { tags: ['t'] })],
  ])('lives as long as %s says, and its tags end it until then', async (_name, prolong) => {
    const { clock, tagged } = backends();
    await tagged.set('k', 'v', MINUTE_MS, 'always', { tags: ['t'] });
    await prolong(tagged, clock);
    clock.advance(DAY_MS - MINUTE_MS);
    expect(await tagged.get('k')).toEqual(Buffer.from('v'));
    await tagged.tags.invalidate(['t']);
    expect(await tagged.get('k')).toBeNull();
  });
});

describe('a write in place of an entry whose tag was invalidated', () => {
  it.each(['nx', 'compareAndSet'] as const)('leaves the same bytes that another stored meanwhile: %s', async (how) => {
    const { memory, tagged: other } = backends();
    let meanwhile: (() => Promise<unknown>) | undefined;
    const { companions } = memory;
    const write: typeof companions.write = async (...args) => {
      const run = meanwhile;
      meanwhile = undefined;
      await run?.();
      return companions.write(...args);
    };
    const inner = Object.create(memory, {
      companions: { value: Object.create(companions, { write: { value: write } }) },
    }) as Backend;
    const tagged = new TaggedBackend(inner, OPTIONS);
    await other.set('k', 'old', MINUTE_MS, 'always', { tags: ['t'] });
    await other.tags.invalidate(['t']);
    meanwhile = () => other.set('k', 'old', MINUTE_MS, 'always', { tags: ['u'] });
    const stored =
      how === 'nx'
        ? await tagged.set('k', 'ours', MINUTE_MS, 'nx')
        : await tagged.compareAndSet('k', 'absent', 'ours', MINUTE_MS);
    expect([stored, String(await other.get('k'))]).toEqual([false, 'old']);
  });
});

describe('what a scan has found, and is to be deleted', () => {
  const refused = (): Promise<never> => Promise.reject(new CommandRejectedError('NOPERM', 'no', { alias: 'default' }));

  it('is half gone, and not untouched, when what belongs to its tags is refused', async () => {
    const { memory } = backends();
    const inner = { delete: refused, command: refused, has: () => memory.has('a') };
    const found = [Buffer.from('a'), Buffer.from('a\0tags')];
    const error = await deleteFound({ alias: 'default', inner, delete: async (keys) => keys.length }, found).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: 'SENTINEL_CACHE_REJECTED', executed: 'unknown' });
  });
});
