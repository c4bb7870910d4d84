import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type EventRecording, type LocalSentinel } from 'local-sentinel';

import { until } from '../connection/until.js';
import { pastedSettings } from '../failover/sentinel-fixture.js';
import { startQuickTopology } from '../support/quick-topology.js';
import { monitored, monitoredOn, type Monitored } from './monitored.js';

/** The steps of the sentinel that leads, in the order in which it takes them. */
const STEPS = ['failover-started', 'failover-leader-elected', 'replica-selected', 'replica-promoted', 'failover-ended'];
/** What is told once the primary has changed, by any sentinel: on a busy machine before or after the leader's last steps. */
const CHANGED = 'primary-changed';

/** The failover is over, and all sentinels know its primary. */
async function failedOver(subject: Monitored): Promise<void> {
  await until(() => [CHANGED, 'failover-ended'].every((type) => subject.types().includes(type)));
}

describe('a failover, monitored', () => {
  let topology: LocalSentinel;
  let recording: EventRecording;
  let subject: Monitored;
  beforeAll(async () => {
    topology = await startQuickTopology();
    recording = await topology.recordEvents();
  });
  afterAll(async () => {
    recording.stop();
    await topology.stop();
  });
  afterEach(() => subject.caches.close());

  it('fault 15: a planned one yields each step once, in order, though three sentinels announce it; topology() follows', async () => {
    subject = await monitoredOn(topology);
    const { monitor } = subject.caches;
    const before = (await monitor.topology())!;
    expect(before).toMatchObject({
      alias: 'default',
      kind: 'sentinel',
      masterName: 'mymaster',
      state: { status: 'up', reason: null },
      primary: { address: topology.primary.address, connected: true, flags: [] },
      quorum: { quorum: 2, sentinels: 3, ckquorum: 'ok' },
    });
    expect(before.replicas.map(({ address }) => address)).toEqual(topology.replicas.map(({ address }) => address).sort());
    expect(before.sentinels.map(({ address }) => address)).toEqual(topology.sentinels.map(({ address }) => address));
    expect(before.sentinels.every(({ reachable, names }) => reachable && names === topology.primary.address)).toBe(true);

    const from = topology.primary.address;
    const startedMs = Date.now();
    await topology.failover();
    await topology.settled();
    await failedOver(subject);
    const to = topology.primary.address;
    const announcements = recording.events.filter(({ channel, wallMs }) => channel === '+switch-master' && wallMs >= startedMs);
    expect(announcements).toHaveLength(3);
    expect(subject.types().filter((type) => STEPS.includes(type))).toEqual(STEPS);
    expect(subject.of(CHANGED)).toMatchObject([{ masterName: 'mymaster', from, to, address: to }]);
    expect(subject.of('moved')).toMatchObject([{ from, address: to, aliases: ['default'] }]);
    expect(subject.types()).not.toContain('connection-lost');
    const after = (await monitor.topology())!;
    expect(after.primary).toMatchObject({ address: to, connected: true, flags: [] });
    expect(after.primary.configEpoch).toBeGreaterThan(before.primary.configEpoch!);
    expect(after.replicas.find(({ address }) => address === from)).toMatchObject({ linkUp: true, usable: true });
  });

  it('a kill yields one loss, one agreement, one recovery; during it topology() settles and says what is down', async () => {
    subject = await monitoredOn(topology);
    const old = topology.primary;
    await old.kill();
    const startedMs = performance.now();
    const during = (await subject.caches.monitor.topology())!;
    expect(performance.now() - startedMs).toBeLessThan(20_000);
    expect(during.state).toMatchObject({ status: 'down', reason: 'no-primary' });
    expect(during.primary).toMatchObject({ address: old.address, connected: false });
    await until(() => subject.types().includes('recovered'));
    await failedOver(subject);
    const order = subject.types().filter((type) => [...STEPS, 'connection-lost', 'primary-down-agreed'].includes(type));
    expect(order).toEqual(['connection-lost', 'primary-down-agreed', ...STEPS]);
    expect(subject.of(CHANGED)).toHaveLength(1);
    const lost = subject.of('node-unreachable').filter(({ node }) => node === 'primary');
    expect(lost).toMatchObject([{ address: old.address }]);
    expect(subject.of('recovered')).toHaveLength(1);
    expect(subject.of('recovered')[0]!.downMs).toBeGreaterThan(500);
    await topology.settled();
    const after = (await subject.caches.monitor.topology())!;
    expect(after.replicas.find(({ address }) => address === old.address)).toMatchObject({ usable: false, linkUp: false });

    await old.restart();
    await topology.settled();
    await until(() => subject.of('node-reachable').some(({ address }) => address === old.address));
  });

  it('two aliases of one deployment share a client, its events and its sockets: P11, one a sentinel', async () => {
    const { default: one } = pastedSettings(topology, { clientName: 'shared' }).CACHES;
    const count = async (): Promise<number[]> =>
      Promise.all(topology.sentinels.map(async (each) => String(await each.command('CLIENT', 'LIST')).split('\n').length));
    const before = await count();
    subject = monitored({ CACHES: { default: one, sessions: { ...one, KEY_PREFIX: 'sessions' } } });
    await Promise.all(subject.caches.aliases().map((alias) => subject.caches.get(alias).set('a', 1)));
    await Promise.all(subject.caches.aliases().map((alias) => subject.caches.monitor.topology(alias)));
    expect((await count()).map((clients, i) => clients - before[i]!)).toEqual([1, 1, 1]);
    await topology.failover();
    await until(() => subject.types().includes('moved'));
    expect(subject.of('connected')).toMatchObject([{ aliases: ['default', 'sessions'] }]);
    expect(subject.of('primary-changed')).toHaveLength(1);
    expect(subject.of('moved')).toMatchObject([{ aliases: ['default', 'sessions'] }]);
    await topology.settled();
  });

  it('(fault 55) a killed subscription costs no later event', async () => {
    subject = await monitoredOn(topology);
    await Promise.all(topology.sentinels.map((sentinel) => sentinel.command('CLIENT', 'KILL', 'TYPE', 'pubsub')));
    const stands = async (): Promise<boolean> => {
      const { sentinels } = (await subject.caches.monitor.topology())!;
      return sentinels.every(({ reachable, tellsEvents }) => reachable && tellsEvents);
    };
    await until(() => subject.of('sentinel-back').length === 3);
    await until(stands);
    await topology.failover();
    await failedOver(subject);
    expect(subject.types().filter((type) => STEPS.includes(type))).toEqual(STEPS);
    expect(subject.of(CHANGED)).toHaveLength(1);
    await topology.settled();
  });

  it('(fault 56) where the announcement is missed, we still move, and say so once', async () => {
    subject = await monitoredOn(topology);
    const from = topology.primary.address;
    let over = false;
    const cut = async (): Promise<void> => {
      while (!over) {
        await Promise.all(topology.sentinels.map((sentinel) => sentinel.command('CLIENT', 'KILL', 'TYPE', 'pubsub')));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    const cutting = cut();
    await topology.failover();
    over = true;
    await cutting;
    await until(() => subject.types().includes('moved'));
    await topology.settled();
    expect(subject.of('moved')).toMatchObject([{ from, address: topology.primary.address }]);
    expect(subject.of('primary-changed').length).toBeLessThanOrEqual(1);
  });
});
