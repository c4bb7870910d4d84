import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { until } from '../connection/until.js';
import { startSentinelFixture, type SentinelFixture } from './sentinel-fixture.js';

/** Seconds; longer than a failover takes. */
const LONG = 60;

describe('locks while the primary is killed with SIGKILL', () => {
  let at: SentinelFixture;
  beforeAll(async () => {
    at = await startSentinelFixture();
  });
  afterAll(() => at.stop());

  it('A-58: a replicated lock stays its owner´s, and who waits for one gets it at the new primary', async () => {
    const { cache, topology, recording } = at;
    const held = cache.lock('held', { timeout: LONG });
    await held.acquire();
    await until(async () => {
      const copies = await Promise.all(topology.replicas.map((node) => node.command('GET', held.key)));
      return copies.every((copy) => copy !== null);
    });

    const change = recording.firstSwitch('mymaster', { timeoutMs: 60_000 });
    await topology.primary.kill();
    const waiting = cache.lock('free', { timeout: LONG, blockingTimeout: 30 });
    const order: string[] = [];
    const works = ['a', 'b'].map((name) =>
      cache.lock('worked', { timeout: LONG, blockingTimeout: 30, sleep: 0.02 }).run(async () => {
        order.push(`${name}+`);
        await cache.set(`by:${name}`, 1);
        order.push(`${name}-`);
      }),
    );
    expect(await waiting.acquire()).toBe(true);
    await Promise.all(works);
    await change;

    expect(order.join()).toMatch(/^(a\+,a-,b\+,b-|b\+,b-,a\+,a-)$/);
    expect([await held.owned(), await waiting.owned()]).toEqual([true, true]);
    expect(await cache.lock('held', { blocking: false }).acquire()).toBe(false);
    await held.release();
    await waiting.release();
    expect([await held.locked(), await waiting.locked(), await cache.lock('worked').locked()]).toEqual([false, false, false]);
  });
});
