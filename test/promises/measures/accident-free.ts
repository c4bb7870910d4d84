import { describe, expect, it } from '@jest/globals';

import { PASSWORD, type Bench } from '../proving-ground.js';

const SECRETS = [PASSWORD, 'wr0ng'];

/** P13: looks back on all that ran before it, so it stands last. */
export function describeAccidentFree(bench: Bench): void {
  describe('P13: in all measurements together', () => {
    it('P13: no rejection and no exception without an owner, no warning of Node, no word on the console, no secret in a log', () => {
      const { seen, lines } = bench.accidents;
      const told = lines.filter((line) => SECRETS.some((secret) => line.includes(secret)));
      bench.table.add({
        promise: 'P13',
        about: 'rejections, exceptions, warnings, console',
        figures: `${seen.length}`,
        limit: '0',
        runs: 1,
      });
      bench.table.add({
        promise: 'P13',
        about: `secrets in ${lines.length} log lines and messages`,
        figures: `${told.length}`,
        limit: '0',
        runs: 1,
      });
      expect(seen).toEqual([]);
      expect(told).toEqual([]);
    });
  });
}
