import { setTimeout as pause } from 'node:timers/promises';

import { describe, expect, it } from '@jest/globals';

import { executedOf } from '../../failover/write-ledger.js';
import { startProvingGround, type Bench } from '../proving-ground.js';

const CALLS = 10_000;
const PER_TICK = 10;
const EVERY_MS = 10;
/** Between two losses: long enough to connect again, short enough for many of them. */
const WELL_MS = 400;
const LOST_MS = 60;

/** P7: the proxy takes requests to Redis and swallows the replies, then cuts the connection; again and again. */
export function describeLostReplies(bench: Bench): void {
  describe('P7: replies lost on the way', () => {
    it(`P7: of ${CALLS} INCRs none is executed twice, and none that was acknowledged is missing`, async () => {
      const at = await startProvingGround(bench, { servers: { proxies: true, downAfterMs: 10_000 } });
      try {
        const { cache, topology } = at;
        const { proxy } = topology.primary;
        const key = cache.makeKey('counter');
        const counts = { acknowledged: 0, unknown: 0, notExecuted: 0, other: 0 };
        const count = (error: unknown): void => {
          const executed = executedOf(error);
          counts[executed === false ? 'notExecuted' : executed === 'unknown' ? 'unknown' : 'other'] += 1;
        };
        const calls: Promise<void>[] = [];
        let losses = 0;
        const loseReplies = async (): Promise<void> => {
          while (calls.length < CALLS) {
            proxy.mode('dropReplies', { only: 'clients' });
            await pause(LOST_MS);
            proxy.mode('reset', { only: 'clients' });
            proxy.mode('pass', { only: 'clients' });
            losses += 1;
            await pause(WELL_MS);
          }
        };
        const losing = loseReplies();
        while (calls.length < CALLS) {
          for (let i = 0; i < PER_TICK; i += 1)
            calls.push(cache.command('INCR', key).then(() => void (counts.acknowledged += 1), count));
          await pause(EVERY_MS);
        }
        await Promise.all([...calls, losing]);
        const stored = Number(await topology.primary.command('GET', key));
        const { acknowledged, unknown, notExecuted, other } = counts;
        bench.table.add({
          promise: 'P7',
          about: `${CALLS} INCRs, replies lost ${losses} times: stored`,
          figures: `${stored} (${acknowledged} acknowledged, ${unknown} unknown, ${notExecuted} not executed)`,
          limit: `${acknowledged} to ${acknowledged + unknown}`,
          runs: 1,
        });
        expect(losses).toBeGreaterThan(10);
        expect(unknown).toBeGreaterThan(losses);
        expect(other).toBe(0);
        expect(stored).toBeGreaterThanOrEqual(acknowledged);
        expect(stored).toBeLessThanOrEqual(acknowledged + unknown);
      } finally {
        await at.stop();
      }
    });
  });
}
