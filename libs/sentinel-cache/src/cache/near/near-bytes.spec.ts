import { beforeEach, describe, expect, it } from '@jest/globals';

import { MemoryStore } from '../../backends/memory/memory-store.js';
import { MemoryBackend } from '../../backends/memory/memory.backend.js';
import type { LivingEntry } from '../../backends/port/backend.js';
import { generationName } from '../../keys/tag-names.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { createNear, type Near } from './create-near.js';
import { NearBytes, type KeptBytes } from './near-bytes.js';

const SEEN = { generations: ['g'], atMs: 0 };
const KEY = 'app:1:page';

let near: Near;
let bytes: NearBytes;
let far: MemoryBackend;
beforeEach(() => {
  far = new MemoryBackend(new MemoryStore({ maxEntries: 1000, cullFrequency: 3, clock: new FakeClock() }), 'default');
  const link = {
    isCurrent: true,
    get toldUntilMs() {
      return performance.now();
    },
  };
  const parts = { keyPrefix: 'app', far, lives: far, follow: () => ({ linkOf: () => link }) };
  near = createNear({ maxBytes: 1e6, maxAgeMs: 1e9, maxEntries: undefined, prefix: undefined }, parts);
  bytes = new NearBytes(near, 'app');
});

const keep = (text: string, keptMs = 60_000): KeptBytes => ({ value: { named: ['v'] }, bytes: Buffer.from(text), keptMs });
const fill = (entry: LivingEntry | null, keptMs = 60_000, tags: readonly string[] = ['t'], key = KEY): Promise<string> =>
  bytes.read(
    { storedKeys: [key], tags },
    async () => ({ entries: [entry], seen: SEEN }),
    () => ({ result: 'judged', kept: [entry ? { ...keep('', keptMs), bytes: entry.bytes } : undefined] }),
  );
const entryOf = (text: string): LivingEntry => ({ bytes: Buffer.from(text), life: 60_000 });

describe('bytes of a near tier', () => {
  it.each([3, 5000])(
    'come with what was left of their life, and when, and as a copy for each reader (%i bytes)',
    async (length) => {
      const read = entryOf('x'.repeat(length));
      const beforeMs = performance.now();
      expect(await fill(read)).toBe('judged');
      const afterMs = performance.now();
      read.bytes.fill('y');
      for (let i = 0; i < 2; i += 1) {
        const found = bytes.find(KEY)!;
        expect([String(found.bytes), found.value, found.life, found.seen]).toEqual([
          'x'.repeat(length),
          { named: ['v'] },
          60_000,
          SEEN,
        ]);
        expect([found.atMs >= beforeMs, found.atMs <= afterMs]).toEqual([true, true]);
        found.bytes.fill('z');
      }
    },
  );

  it('are as old as the read that brought them, and have the bytes that it brought', async () => {
    const read = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    let answeredMs!: number;
    await bytes.read(
      { storedKeys: [KEY], tags: [] },
      async () => {
        answeredMs = performance.now();
        return { entries: [{ bytes: read, life: 60_000 }], seen: SEEN };
      },
      () => ({ result: undefined, kept: [{ ...keep(''), bytes: read }] }),
    );
    const found = bytes.find(KEY)!;
    expect([found.atMs <= answeredMs, found.bytes.equals(read)]).toEqual([true, true]);
  });

  it('that were read together are kept each by its own key, for its own time', async () => {
    await bytes.read(
      { storedKeys: [`${KEY}1`, `${KEY}2`, `${KEY}3`], tags: [] },
      async () => ({ entries: [entryOf('1'), null, entryOf('3')], seen: SEEN }),
      () => ({ result: undefined, kept: [undefined, keep('2'), keep('3')] }),
    );
    expect([1, 2, 3].map((i) => bytes.find(`${KEY}${i}`)?.bytes.toString())).toEqual([undefined, undefined, '3']);
  });

  it('stand on the tags of their reader, and on those that they were stored with', async () => {
    for (const tag of ['t', 'own']) {
      await fill({ ...entryOf('v'), tags: ['own'] });
      expect(bytes.find(KEY)).toBeDefined();
      await near.backend.setMany([[generationName('app', tag), 'new']], 1000);
      expect(bytes.find(KEY)).toBeUndefined();
    }
  });

  it('are kept only where their reader says so, and no longer', async () => {
    await fill(entryOf('v'), 0);
    expect(near.figures()).toMatchObject({ fills: 0, entries: 0 });
    await fill(entryOf('v'), 0.001);
    expect(bytes.find(KEY)).toBeUndefined();
    await fill(null);
    expect(bytes.find(KEY)).toBeUndefined();
    await fill(entryOf('v'), 60_000, ['t'], 'other:1:page');
    expect(bytes.find('other:1:page')).toBeUndefined();
  });

  it('are not kept when a tag or the key changed since the read began', async () => {
    for (const name of [KEY, generationName('app', 't'), generationName('app', 'other')]) {
      await bytes.read(
        { storedKeys: [KEY], tags: ['t'] },
        async () => {
          await near.backend.set(name, 'new', 1000, 'always');
          return { entries: [entryOf('old')], seen: SEEN };
        },
        () => ({ result: undefined, kept: [keep('v')] }),
      );
      expect(bytes.find(KEY)).toBeUndefined();
    }
  });

  it('are not kept under names that UTF-8 can not write', async () => {
    await fill(entryOf('v'), 60_000, ['\ud800']);
    expect(bytes.find(KEY)).toBeUndefined();
    await fill(entryOf('v'), 60_000, ['t'], `${KEY}\ud800`);
    expect(bytes.find(`${KEY}\ud800`)).toBeUndefined();
  });

  it('leave no read behind that failed', async () => {
    const away = (): Promise<never> => Promise.reject(new Error('away'));
    await expect(
      bytes.read({ storedKeys: [KEY], tags: ['t'] }, away, () => ({ result: 1, kept: [keep('v', 1)] })),
    ).rejects.toThrow('away');
    expect(near.tier.begin(KEY)).toBeDefined();
  });

  it('are not found where a value was read', async () => {
    await far.set(KEY, 'value', 60_000, 'always');
    await near.backend.get(KEY);
    await new Promise((resolve) => setImmediate(resolve));
    expect(near.tier.find(KEY)).toBeDefined();
    expect(bytes.find(KEY)).toBeUndefined();
  });

  it('are counted with what stands beside them', async () => {
    await fill(entryOf('v'), 60_000, []);
    const { bytes: few } = near.figures();
    const seen = { generations: Array.from({ length: 20 }, () => 'generation'), atMs: 0 };
    await bytes.read(
      { storedKeys: [`${KEY}s`], tags: [] },
      async () => ({ entries: [entryOf('v')], seen }),
      () => ({ result: undefined, kept: [keep('v')] }),
    );
    expect(near.figures().bytes - 2 * few).toBeGreaterThan(20 * 40 - 100);
  });

  it('are counted with generations of any length: they come from Redis as the entry does', async () => {
    const seen = { generations: ['g'.repeat(100_000)], atMs: 0 };
    await bytes.read(
      { storedKeys: [KEY], tags: ['t'] },
      async () => ({ entries: [entryOf('v')], seen }),
      () => ({ result: undefined, kept: [keep('v')] }),
    );
    expect(near.figures().bytes).toBeGreaterThan(100_000);
  });
});
