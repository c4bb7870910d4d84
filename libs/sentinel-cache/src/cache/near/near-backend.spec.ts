import { beforeEach, describe, expect, it } from '@jest/globals';

import { MemoryStore } from '../../backends/memory/memory-store.js';
import { MemoryBackend } from '../../backends/memory/memory.backend.js';
import type { Backend } from '../../backends/port/backend.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { TaggedBackend } from '../tags/tagged.backend.js';
import { nearBackend } from './near-backend.js';
import { createNearStore, type NearContent } from './near-store.js';
import { NearTier } from './near-tier.js';

const KEYS = Array.from({ length: 300 }, (_, i) => `app:1:${i}`);

let asked: string[];
let tier: NearTier<NearContent>;
function build(far: Backend): Backend {
  asked = [];
  const store = createNearStore({ maxBytes: 1e8, maxAgeMs: 1e9, maxEntries: undefined, prefix: undefined });
  const link = { isCurrent: true, toldUntilMs: 0 };
  tier = new NearTier({
    store,
    follow: () => ({ linkOf: () => link }),
    generationPrefix: 'app:\0tag:',
    maxAgeMs: 1e9,
    now: () => 0,
  });
  const lives: Pick<Backend, 'remaining'> = { remaining: (key) => (asked.push(key), far.remaining(key)) };
  return nearBackend({
    tier,
    keyPrefix: 'app',
    begin: (key) => (key.startsWith('app:') ? tier.begin(key) : undefined),
    far,
    lives,
  });
}
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('what a near tier takes of a read', () => {
  let memory: MemoryBackend;
  beforeEach(() => {
    memory = new MemoryBackend(new MemoryStore({ maxEntries: 1000, cullFrequency: 3, clock: new FakeClock() }), 'default');
  });

  it('are at most 200 entries of one call, the life of each asked for by itself', async () => {
    const backend = build(memory);
    await memory.setMany(Object.entries(Object.fromEntries(KEYS.map((key) => [key, key]))), 60_000);
    expect((await backend.getMany(KEYS)).map(String)).toEqual(KEYS);
    await settled();
    expect(asked).toEqual(KEYS.slice(0, 200));
    expect(KEYS.filter((key) => tier.find(key))).toEqual(KEYS.slice(0, 200));
  });

  it('has its life and its tags in the same answer where there are tags', async () => {
    const backend = build(new TaggedBackend(memory, { alias: 'default', keyPrefix: 'app', callDeadlineMs: undefined }));
    await backend.set('app:1:a', 'A', 60_000, 'always', { tags: ['t'] });
    await backend.set('app:1:b', 'B', 60_000, 'always');
    expect(String(await backend.get('app:1:a'))).toBe('A');
    expect((await backend.getMany(['app:1:b', 'app:1:none'])).map(String)).toEqual(['B', 'null']);
    expect([asked, tier.find('app:1:a') !== undefined, tier.find('app:1:b') !== undefined]).toEqual([[], true, true]);
    await backend.tags!.invalidate(['t']);
    expect([tier.find('app:1:a') !== undefined, tier.find('app:1:b') !== undefined]).toEqual([false, true]);
  });

  it('is nothing when the read fails, when nothing is there, and under another prefix', async () => {
    const failing = Object.assign(Object.create(memory) as MemoryBackend, { get: () => Promise.reject(new Error('away')) });
    await expect(build(failing).get('app:1:a')).rejects.toThrow('away');
    expect(tier.begin('app:1:a')).toBeDefined();
    const backend = build(memory);
    await memory.set('other', 'O', 60_000, 'always');
    expect([await backend.get('app:1:a'), String(await backend.get('other'))]).toEqual([null, 'O']);
    await settled();
    expect([asked, tier.find('other')]).toEqual([[], undefined]);
    expect(tier.begin('app:1:a')).toBeDefined();
  });

  it('before a write of this process has ended goes when it ends, and when it fails', async () => {
    for (const [write, now] of [
      [() => memory.set('app:1:a', 'new', 60_000, 'always'), 'new'],
      [() => Promise.reject(new Error('away')), 'old'],
    ] as const) {
      let end = (): void => undefined;
      const held = new Promise<void>((resolve) => (end = resolve));
      const backend = build(Object.assign(Object.create(memory) as MemoryBackend, { set: () => held.then(write) }));
      await memory.set('app:1:a', 'old', 60_000, 'always');
      const writing = backend.set('app:1:a', 'new', 60_000, 'always').catch(() => false);
      expect(String(await backend.get('app:1:a'))).toBe('old');
      await settled();
      expect(tier.find('app:1:a')).toBeDefined();
      end();
      await writing;
      expect([tier.find('app:1:a'), String(await memory.get('app:1:a'))]).toEqual([undefined, now]);
    }
  });
});
