import { describe, expect, it } from '@jest/globals';
import { RecentKeys } from './recent-keys.js';

describe('RecentKeys', () => {
  it('knows the latest hundred thousand, and takes no new key for a known one', () => {
    const recent = new RecentKeys();
    let fresh = 0;
    for (let i = 0; i < 350_000; i += 1) {
      if (recent.isNew(`k${i}`)) fresh += 1;
      if (i % 10_000 === 0) expect(recent.isNew(`k${Math.max(0, i - 99_999)}`)).toBe(false);
    }
    expect(fresh).toBe(350_000);
    expect(recent.isNew('k0')).toBe(true);
  });
});
