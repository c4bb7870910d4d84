import { beforeEach, describe, expect, it } from '@jest/globals';

import type { ChangeLink } from '../../connection/contract/change-feed.js';
import { createNearStore, keptBytes } from './near-store.js';
import { MOST_UNTOLD_MS, NearTier } from './near-tier.js';

const CONTENT = keptBytes(Buffer.from('v'));
const GENERATIONS = 'app:\0tag:';

let nowMs: number;
/** The links of two servers: names that end in 2 lie on the second. */
let links: { isCurrent: boolean; toldUntilMs: number }[];
let store: ReturnType<typeof createNearStore>;
let tier: NearTier<typeof CONTENT>;
beforeEach(() => {
  nowMs = 0;
  links = [1, 2].map(() => ({ isCurrent: true, toldUntilMs: 0 }));
  store = createNearStore({ maxBytes: 100_000, maxAgeMs: 1e9, maxEntries: undefined, prefix: undefined });
  const linkOf = (name: string): ChangeLink | undefined => {
    const link = links[name.endsWith('2') ? 1 : 0]!;
    return link.isCurrent ? link : undefined;
  };
  tier = new NearTier({ store, follow: () => ({ linkOf }), generationPrefix: GENERATIONS, maxAgeMs: 1e9, now: () => nowMs });
});

const put = (key: string, ...tags: string[]): boolean =>
  tier.end(tier.begin(key)!, { content: CONTENT, lifeMs: Infinity, generations: tags.map((tag) => GENERATIONS + tag) });
const isThere = (...keys: string[]): boolean[] => keys.map((key) => tier.find(key) !== undefined);

describe('entries with tags in a near tier', () => {
  it('are over when one of their tags changes, and no others are', () => {
    for (const [key, ...tags] of [['a', 't'], ['b', 't', 'u'], ['c', 'u'], ['d']] as const) put(key, ...tags);
    tier.onChange(`${GENERATIONS}t`);
    expect(isThere('a', 'b', 'c', 'd')).toEqual([false, false, true, true]);
    expect(tier.counted()).toMatchObject({ invalidations: 1, flushes: 0 });
    put('a', 't');
    expect(isThere('a', 'b')).toEqual([true, false]);
  });

  it('are over when this process ends a tag, by whichever call', () => {
    put('a', 't');
    tier.wrote(`${GENERATIONS}t`);
    expect(isThere('a')).toEqual([false]);
  });

  it('are dropped, each alone, when what stands beside them changes', () => {
    put('a', 't');
    put('b', 't');
    tier.onChange('a\0tags{1}');
    expect(isThere('a', 'b')).toEqual([false, true]);
  });

  it('are dropped, too, when they are called like what stands beside another one', () => {
    put('a');
    put('a\0tags{1}');
    tier.onChange('a\0tags{1}');
    expect(isThere('a', 'a\0tags{1}')).toEqual([false, false]);
  });

  it('are not kept when a tag changed since the read began: which ones they have is not known then', () => {
    const fill = tier.begin('a')!;
    tier.onChange(`${GENERATIONS}other`);
    expect(tier.end(fill, { content: CONTENT, lifeMs: 1, generations: [`${GENERATIONS}t`] })).toBe(false);
  });

  it('whose tags lie on another server are served while its link is as good as that of the entry', () => {
    put('a', 't2');
    put('b', 't');
    nowMs = links[0]!.toldUntilMs = MOST_UNTOLD_MS + 1;
    expect(isThere('a', 'b')).toEqual([false, true]);
    links[1]!.toldUntilMs = nowMs;
    expect(isThere('a')).toEqual([true]);
    links[1]!.isCurrent = false;
    expect(isThere('a')).toEqual([false]);
  });

  it('whose tags nobody tells of are not kept', () => {
    links[1]!.isCurrent = false;
    expect([put('a', 't', 't2'), put('b', 't')]).toEqual([false, true]);
  });

  it('whose tags another link tells of by now are over', () => {
    put('a', 't');
    links[0] = { isCurrent: true, toldUntilMs: 0 };
    put('b', 't');
    expect(isThere('a', 'b')).toEqual([false, true]);
  });

  it('leave nothing of their tags behind when they go, however they go', () => {
    const { tags } = tier as unknown as { readonly tags: { readonly size: number } };
    const large = { content: { ...CONTENT, sizeBytes: 200_000 }, lifeMs: Infinity, generations: [`${GENERATIONS}large`] };
    for (let i = 0; i < 1000; i += 1) put(`k${i}`, `t${i}`, 'of all');
    expect(store.size).toBeLessThan(200);
    expect(tags.size).toBe(store.size + 1);
    tier.end(tier.begin('large')!, large);
    expect(tags.size).toBe(store.size + 1);
    tier.replace('k999', tier.find('k999')!, CONTENT);
    expect(tags.size).toBe(store.size + 1);
    tier.wrote('k999');
    expect(tags.size).toBe(store.size + 1);
    tier.onChange(`${GENERATIONS}of all`);
    for (let i = 0; i < 1000; i += 1) tier.find(`k${i}`);
    expect([store.size, tags.size]).toEqual([0, 0]);
    put('a', 't');
    tier.onAnyChange();
    expect([store.size, tags.size]).toEqual([0, 0]);
  });

  it('count what their tags take', () => {
    put('a');
    const plain = store.calculatedSize;
    put('b', 'x'.repeat(100));
    expect(store.calculatedSize - 2 * plain).toBeGreaterThan(300);
  });
});

it('a near tier has at most 1000 reads under way whose answers it would keep', () => {
  const fills = Array.from({ length: 1001 }, (_, i) => tier.begin(`k${i}`));
  expect([fills[999] !== undefined, fills[1000]]).toEqual([true, undefined]);
  tier.abandon(fills[0]!);
  expect(tier.begin('k1000')).toBeDefined();
});
