import { describe, expect, it } from '@jest/globals';

import { isLeaseName, leaseStem } from './lease-name.js';

describe('the names of leases', () => {
  it('begin with the key of their entry, so that patterns and ACLs of a prefix cover them', () => {
    for (const key of ['app:1:k', '', 'ключ', 'app:1:{a}']) {
      const names = [leaseStem(key), `${leaseStem(key)}@ABO`];
      for (const name of names) expect([name.startsWith(key), isLeaseName(Buffer.from(name))]).toEqual([true, true]);
    }
  });

  it('are told from keys of entries', () => {
    for (const key of ['app:1:lease', 'app:1:\0leases of all', '\0lease of the house', ''])
      expect(isLeaseName(Buffer.from(key))).toBe(false);
  });
});
