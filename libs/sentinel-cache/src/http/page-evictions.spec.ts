import { beforeEach, describe, expect, it } from '@jest/globals';

import type { SentinelCaches } from '../cache/sentinel-caches.js';
import { PageEvictions } from './page-evictions.js';

/** What each cache does with evictions: its answer, and whether it keeps any. */
let answers: Record<string, () => Promise<unknown>>;
let keeps: Set<string>;
let sent: [string, readonly string[], number][];
let forgotten: string[][];
let lost: string[];
let evictions: PageEvictions;
beforeEach(() => {
  [answers, keeps, sent, forgotten, lost] = [{}, new Set(), [], [], []];
  const bytes = (alias: string): unknown => ({
    evictions: {
      get isIdle() {
        return !keeps.has(alias);
      },
      evict: (tags: readonly string[], waitsMs: number) => {
        sent.push([alias, tags, waitsMs]);
        return answers[alias]?.() ?? Promise.resolve(undefined);
      },
    },
  });
  evictions = new PageEvictions({
    caches: { bytes } as unknown as SentinelCaches,
    waitsMs: 50,
    forget: (tags) => void forgotten.push([...tags]),
    onLost: (alias) => void lost.push(alias),
  });
  for (const alias of ['a', 'b']) evictions.know(alias);
});

/** Evictions of a cache fail, and are kept. */
function fail(alias: string): void {
  keeps.add(alias);
  answers[alias] = () => Promise.resolve(new Error('away'));
}
function recover(alias: string): void {
  keeps.delete(alias);
  delete answers[alias];
}

describe('PageEvictions', () => {
  it('drops from each cache that has pages, and waits as long as a request does', async () => {
    await evictions.evict(['t', 'u']);
    expect(sent).toEqual([
      ['a', ['t', 'u'], 50],
      ['b', ['t', 'u'], 50],
    ]);
  });

  it('lets nobody join what was begun before, once all caches have answered and not earlier', async () => {
    let answer!: () => void;
    answers['b'] = () => new Promise((resolve) => (answer = () => resolve(undefined)));
    const evicted = evictions.evict(['t', 'u']);
    await new Promise((resolve) => setImmediate(resolve));
    expect([evictions.count, forgotten]).toEqual([0, []]);
    answer();
    await evicted;
    expect([evictions.count, forgotten]).toEqual([1, [['t', 'u']]]);
  });

  it('counts and forgets for one that is kept, too, and for none that names nothing', async () => {
    fail('a');
    await evictions.evict(['t']);
    await evictions.evict([]);
    expect([evictions.count, forgotten, sent.length]).toEqual([1, [['t']], 2]);
  });

  it('tells of each outage of each cache once', async () => {
    fail('a');
    for (let i = 0; i < 3; i += 1) await evictions.evict(['t']);
    expect(lost).toEqual(['a']);
    fail('b');
    for (let i = 0; i < 3; i += 1) await evictions.evict(['t']);
    expect(lost).toEqual(['a', 'b']);
    recover('a');
    await evictions.evict(['t']);
    fail('a');
    await evictions.evict(['t']);
    expect(lost).toEqual(['a', 'b', 'a']);
  });
});
