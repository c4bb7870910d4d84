import { setTimeout as pause } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LocalNode, LocalSentinel } from 'local-sentinel';

import { until } from '../cache/support/waiting.js';
import { connectedPrimary } from '../connection/connected-primary.js';
import { healed, startQuickTopology } from '../faults/support/quick-topology.js';
import { BOUND_MS, openNear, servedNow, untilNear, type NearCaches } from './support/near-caches.js';

const CLIENT = { PASSWORD: 'admin', CLIENT_CLASS: 'django_sentinel.SentinelClient' };

describe('fault 57: the near tier on Redis Sentinel', () => {
  let topology: LocalSentinel;
  let at: NearCaches;
  beforeAll(async () => {
    topology = await startQuickTopology({ proxies: true });
  });
  afterAll(() => topology.stop());
  beforeEach(async () => {
    at = openNear(topology.location(), CLIENT);
    await at.cache.set('k', 'old');
    await untilNear(at, 'k');
  });
  afterEach(async () => {
    await at.caches.close();
    for (const node of topology.nodes) node.proxy.mode('pass');
    topology.heal();
    await healed(topology);
  });

  const writeOn = (node: LocalNode, value: string): Promise<unknown> => node.command('SET', at.cache.makeKey('k'), `"${value}"`);

  /** From here on the cache is at another primary, and what others write there is seen. */
  async function seesWhatIsWrittenOn(primary: () => LocalNode): Promise<void> {
    await until('it moved', () => connectedPrimary(at.caches) === primary().address);
    for (const value of ['one', 'two', 'three']) {
      await writeOn(primary(), value);
      const writtenAtMs = performance.now();
      await until(`${value} is read`, async () => (await at.cache.get('k')) === value, 10_000);
      // The connection stands: only the link could be behind.
      expect(performance.now() - writtenAtMs).toBeLessThan(5000);
      await untilNear(at, 'k');
    }
  }

  it('follows a planned failover', async () => {
    await topology.failover();
    await seesWhatIsWrittenOn(() => topology.primary);
  });

  it('follows a failover after the primary died', async () => {
    const dead = topology.primary;
    await dead.kill();
    await topology.settled();
    await seesWhatIsWrittenOn(() => topology.primary);
    await dead.restart();
  });

  it('follows a failover after the primary hung: it is not believed when it comes back', async () => {
    const hung = topology.primary;
    await hung.hang();
    await topology.settled();
    const seen = seesWhatIsWrittenOn(() => topology.primary);
    await until('it moved', () => connectedPrimary(at.caches) === topology.primary.address);
    await hung.resume();
    await seen;
  });

  it('follows a failover from a primary that is cut off from its sentinels and not from us', async () => {
    topology.splitBrain(topology.primary);
    await topology.settled();
    await seesWhatIsWrittenOn(() => topology.primary);
  });

  it('P16: all that comes from the primary is lost, the link with it: nothing is served that was overwritten 1.5 s ago', async () => {
    const { primary } = topology;
    primary.proxy.mode('dropReplies', { only: 'clients' });
    await writeOn(primary, 'new');
    const writtenAtMs = performance.now();
    let lastOldMs = 0;
    while (performance.now() - writtenAtMs < 2 * BOUND_MS) {
      const askedAtMs = performance.now();
      if ((await servedNow(at, 'k')) === 'old') lastOldMs = askedAtMs - writtenAtMs;
      await pause(10);
    }
    expect(lastOldMs).toBeLessThan(BOUND_MS);
    primary.proxy.mode('pass');
    await until('it reads again', async () => (await at.cache.get('k').catch(() => undefined)) === 'new');
  });

  it('fills from the primary, whatever replicas have', async () => {
    const keys = Array.from({ length: 50 }, (_, i) => `f${i}`);
    // Another one writes: what this process wrote would be read from the primary anyway.
    for (const key of keys) await topology.primary.command('SET', at.cache.makeKey(key), '"of the primary"');
    for (const replica of topology.replicas) {
      await replica.command('CONFIG', 'SET', 'replica-read-only', 'no');
      for (const key of keys.map((name) => at.cache.makeKey(name))) {
        await until('it is replicated', async () => (await replica.command('GET', key)) !== null);
        await replica.command('SET', key, '"of a replica"');
      }
    }
    for (const key of keys) {
      // A read while the link is late fills nothing, so a replica may answer it.
      await untilNear(at, key, (value) => expect(value).toBe('of the primary'));
    }
  });
});
