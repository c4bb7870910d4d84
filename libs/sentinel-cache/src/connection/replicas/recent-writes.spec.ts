import { describe, expect, it } from '@jest/globals';

import { RecentWrites } from './recent-writes.js';

describe('RecentWrites', () => {
  it('does not trust a replica with a key until the window since its last write is over', () => {
    const writes = new RecentWrites(10, 10_000);
    writes.add(['a'], 1000);
    expect(writes.settledFor(['a'], 250, 1200)).toBe(false);
    expect(writes.settledFor(['a'], 250, 1251)).toBe(true);
    expect(writes.settledFor(['b'], 250, 1000)).toBe(true);
    expect(writes.settledFor(['b', 'a'], 250, 1200)).toBe(false);
  });

  it('forgets the oldest when it is full, and trusts no replica with any key until that one is settled', () => {
    const writes = new RecentWrites(2, 10_000);
    writes.add(['a'], 1000);
    writes.add(['b', 'c'], 1100);
    expect(writes.settledFor(['never written'], 250, 1200)).toBe(false);
    expect(writes.settledFor(['never written'], 250, 1251)).toBe(true);
    expect(writes.settledFor(['c'], 250, 1251)).toBe(false);
  });

  it('takes a write of unknown keys for a write of every key', () => {
    const writes = new RecentWrites(10, 10_000);
    writes.add('all', 1000);
    expect(writes.settledFor(['a'], 250, 1250)).toBe(false);
    expect(writes.settledFor(['a'], 250, 1251)).toBe(true);
  });

  it('asks about any key: the newest write of all decides', () => {
    const writes = new RecentWrites(10, 10_000);
    writes.add(['a'], 1000);
    expect(writes.settledFor('all', 250, 1200)).toBe(false);
    expect(writes.settledFor('all', 250, 1251)).toBe(true);
  });

  it('stays bounded under a million writes', () => {
    const writes = new RecentWrites(100, 10_000);
    for (let i = 0; i < 1_000_000; i += 1) writes.add([`k${i}`], i / 1000);
    expect((writes as unknown as { writtenAtMs: Map<string, number> }).writtenAtMs.size).toBeLessThanOrEqual(100);
  });
});
