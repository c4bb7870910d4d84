import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type LocalSentinel } from 'local-sentinel';

import { until } from '../connection/until.js';
import { pastedSettings } from '../failover/sentinel-fixture.js';
import { startQuickTopology } from '../support/quick-topology.js';
import { monitored, monitoredOn, type Monitored } from './monitored.js';

describe('sentinels, monitored', () => {
  let topology: LocalSentinel;
  let subject: Monitored;
  beforeAll(async () => {
    topology = await startQuickTopology({
      sentinelUsers: [
        'watcher on >watch +ping +hello +auth +client +subscribe +sentinel|get-master-addr-by-name resetchannels &+switch-master',
      ],
      users: ['app on >admin ~* &* +@all -@dangerous -@admin'],
    });
  });
  afterAll(() => topology.stop());
  afterEach(() => subject.caches.close());

  it('one that is killed is lost once, back once, and gone from reach and quorum in between', async () => {
    subject = await monitoredOn(topology);
    const victim = topology.sentinels[2]!;
    await victim.kill();
    await until(() =>
      subject.of('node-unreachable').some(({ node, address }) => node === 'sentinel' && address === victim.address),
    );
    expect(subject.of('sentinel-lost')).toMatchObject([{ sentinel: victim.address, masterName: 'mymaster' }]);
    const during = (await subject.caches.monitor.topology())!;
    expect(during.sentinels[2]).toEqual({ address: victim.address, reachable: false, names: null, tellsEvents: false });
    expect(during.quorum).toMatchObject({ quorum: 2, ckquorum: 'ok' });
    await topology.sentinels[1]!.kill();
    await until(async () =>
      (await subject.caches.monitor.topology())!.quorum!.ckquorum?.includes('Not enough available Sentinels'),
    );
    await Promise.all([topology.sentinels[1]!.restart(), victim.restart()]);
    await topology.settled();
    await until(() => subject.of('sentinel-back').length === 2);
    await until(async () => (await subject.caches.monitor.topology())!.quorum!.ckquorum === 'ok');
    expect(subject.of('sentinel-lost')).toHaveLength(2);
  });

  it('fault 23: users who may not ask for details get the primary and null for the rest, and topology() settles', async () => {
    subject = monitored(
      pastedSettings(topology, {
        SENTINEL_KWARGS: { username: 'watcher', password: 'watch' },
        CONNECTION_POOL_KWARGS: { username: 'app' },
      }),
    );
    await subject.caches.get().set('a', 1);
    const seen = (await subject.caches.monitor.topology())!;
    expect(seen).toMatchObject({
      state: { status: 'up' },
      primary: { address: topology.primary.address, connected: true, configEpoch: null },
      quorum: { quorum: null, sentinels: null, ckquorum: null },
    });
    expect(seen.sentinels.every(({ reachable, tellsEvents }) => reachable && !tellsEvents)).toBe(true);
    // The one event that an ACL left is heard.
    await topology.failover();
    await until(() => subject.types().includes('primary-changed'));
    expect(subject.types()).not.toContain('failover-started');
    expect(subject.of('moved')).toHaveLength(1);
    await topology.settled();
  });

  it('with sentinels and primary hung, topology() settles within its deadlines and says what is left', async () => {
    subject = await monitoredOn(topology);
    const nodes = [...topology.sentinels, topology.primary];
    await Promise.all(nodes.map((node) => node.hang()));
    try {
      const startedMs = performance.now();
      const seen = (await subject.caches.monitor.topology())!;
      expect(performance.now() - startedMs).toBeLessThan(20_000);
      expect(seen.sentinels.every(({ reachable }) => !reachable)).toBe(true);
      expect(seen).toMatchObject({ masterName: 'mymaster', primary: { configEpoch: null }, quorum: { ckquorum: null } });
    } finally {
      await Promise.all(nodes.map((node) => node.resume()));
    }
    await topology.settled();
  });

  it('rejects for an alias that CACHES lacks; locmem and dummy have no topology', async () => {
    subject = monitored({ CACHES: { default: { BACKEND: 'locmem' }, none: { BACKEND: 'dummy' } } });
    const { monitor } = subject.caches;
    expect(await monitor.topology()).toBeUndefined();
    expect(await monitor.topology('none')).toBeUndefined();
    await expect(monitor.topology('nope')).rejects.toMatchObject({ code: 'SENTINEL_CACHE_IMPROPERLY_CONFIGURED' });
  });

  it('nothing that it gives or shows holds a password', async () => {
    const { inspect } = await import('node:util');
    subject = await monitoredOn(topology);
    const seen = await subject.caches.monitor.topology();
    const all = inspect([subject.caches.monitor, subject.caches, seen, subject.events], { depth: 12, showHidden: true });
    expect(all).not.toContain('admin');
  });

  it('completes when the caches are closed; afterwards topology() still settles', async () => {
    subject = await monitoredOn(topology);
    let completed = false;
    subject.caches.monitor.events$.subscribe({ complete: () => (completed = true) });
    await subject.caches.close();
    expect(completed).toBe(true);
    expect(await subject.caches.monitor.topology()).toMatchObject({ state: { status: 'closed' }, primary: { connected: false } });
  });

  // The last one: it leaves nothing standing.
  it('with everything down it settles, and the log is five lines at most', async () => {
    subject = await monitoredOn(topology);
    await Promise.all(topology.nodes.map((node) => node.kill()));
    await until(() => subject.of('sentinel-lost').length === 3 && subject.types().includes('connection-lost'));
    const startedMs = performance.now();
    const seen = (await subject.caches.monitor.topology())!;
    expect(performance.now() - startedMs).toBeLessThan(20_000);
    expect(seen.state).toMatchObject({ status: 'down' });
    expect(seen.sentinels.map(({ reachable }) => reachable)).toEqual([false, false, false]);
    await until(() => subject.log.some(({ message }) => /sentinel/.test(message)));
    expect(subject.log.length).toBeLessThanOrEqual(5);
  });
});

describe('two masters on the same sentinels, monitored', () => {
  let topology: LocalSentinel;
  beforeAll(async () => {
    topology = await startQuickTopology({
      masters: [
        { name: 'mymaster', replicas: 1 },
        { name: 'other', replicas: 1 },
      ],
    });
  });
  afterAll(() => topology.stop());

  it("fault 14: the other master's failover is 0 events and 0 swaps", async () => {
    const subject = await monitoredOn(topology);
    const recording = await topology.recordEvents();
    const primary = (await subject.caches.monitor.topology())!.primary.address;
    const before = subject.events.length;
    await topology.failover('other');
    await topology.settled('other');
    expect(recording.events.filter(({ channel }) => channel === '+switch-master')).toHaveLength(3);
    expect(subject.events.slice(before)).toEqual([]);
    expect((await subject.caches.monitor.topology())!.primary).toMatchObject({ address: primary, connected: true });
    recording.stop();
    await subject.caches.close();
  });
});
