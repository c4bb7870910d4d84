import { setTimeout as pause } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventRecording, LocalSentinel, SwitchEvent } from 'local-sentinel';

import { connectedPrimary } from '../connection/connected-primary.js';
import { rejectionOf, until } from '../cache/support/waiting.js';
import { Clients } from './support/clients.js';
import { healed, infoNumber, startQuickTopology } from './support/quick-topology.js';
import { report, underLoad } from './support/under-load.js';

describe('the network between us and the primary breaks, while 100 calls a second write', () => {
  let topology: LocalSentinel;
  let recording: EventRecording;
  const clients = new Clients();
  beforeAll(async () => {
    topology = await startQuickTopology({ proxies: true });
    recording = await topology.recordEvents();
  });
  afterAll(() => topology.stop());
  afterEach(async () => {
    for (const node of topology.nodes) node.proxy.mode('pass');
    topology.heal();
    await clients.closeAll();
    await healed(topology);
  });

  it('fault 5: packets to and from the primary vanish: it is left in one move, no call hangs, and what arrives late harms nobody', async () => {
    const client = await clients.connect(topology);
    let change!: SwitchEvent;
    const outcome = await underLoad(client, {
      inflict: async () => {
        const atMs = performance.now();
        topology.partition(topology.primary);
        change = await recording.firstSwitch('mymaster', { after: atMs });
      },
      heal: async () => {
        topology.heal();
        await healed(topology);
      },
    });
    report('fault 5', outcome);
    expect(client.moves()).toHaveLength(1);
    expect(connectedPrimary(client.caches)).toBe(change.to);
    expect(client.log.map(({ level }) => level)).toEqual(['info', 'warn', 'info']);
    expect(outcome.ledger.firstAcknowledgedAfter(change.at)!.settledAtMs! - change.at).toBeLessThan(2000);
    // Silence is noticed at the first deadline: later calls are not handed to that socket.
    expect(outcome.unknown.filter(({ startedAtMs }) => startedAtMs > outcome.faultAtMs + 1500)).toEqual([]);
    expect(outcome.lost.filter(({ startedAtMs }) => startedAtMs > outcome.faultAtMs + 100)).toEqual([]);
  });

  it('fault 6: requests arrive and replies do not: what was executed is unknown to its caller, and never sent again', async () => {
    const client = await clients.connect(topology);
    const { primary } = topology;
    const before = await infoNumber(primary, 'total_connections_received');
    const outcome = await underLoad(client, {
      inflict: async () => {
        primary.proxy.mode('dropReplies', { only: 'clients' });
        const increment = rejectionOf(client.cache.command('INCR', client.cache.makeKey('six')));
        expect(await increment).toMatchObject({ executed: 'unknown' });
        await pause(1000);
        // What was held back shall not arrive after all: what stands is reset at once.
        primary.proxy.mode('reset', { only: 'clients' });
        primary.proxy.mode('pass');
      },
    });
    report('fault 6', outcome);
    expect(await primary.command('GET', client.cache.makeKey('six'))).toBe('1');
    expect(outcome.lost).toEqual([]);
    // The half partition was one: of what its caller does not know about, at least some was executed.
    const executed = await Promise.all(
      outcome.unknown.filter(({ kind }) => kind === 'set').map(({ key }) => primary.command('EXISTS', key)),
    );
    expect(executed).toContain(1);
    expect(client.moves()).toEqual([]);
    expect((await infoNumber(primary, 'total_connections_received')) - before).toBeLessThanOrEqual(15);
  });

  it('fault 12: in a split brain the majority is right: a client that heard no announcement leaves the minority, which still takes writes', async () => {
    const client = await clients.connect(topology);
    const old = topology.primary;
    const [minority, ...majority] = topology.sentinels;
    let healedAtMs = 0;
    let movedAtMs = 0;
    const outcome = await underLoad(client, {
      inflict: async (ledger) => {
        const atMs = performance.now();
        // Nobody tells us: we reach the old primary, and the one sentinel that is cut off with it.
        for (const sentinel of majority) sentinel.proxy.mode('blackhole', { only: 'clients' });
        topology.splitBrain(old, minority!);
        const change = await recording.firstSwitch('mymaster', { after: atMs });
        await until('the minority still takes our writes', () =>
          ledger.entries.some((entry) => entry.acknowledged && entry.startedAtMs > change.at),
        );
        expect(connectedPrimary(client.caches)).toBe(old.address);
        for (const sentinel of majority) sentinel.proxy.mode('reset', { only: 'clients' });
        for (const sentinel of majority) sentinel.proxy.mode('pass');
        healedAtMs = performance.now();
        await until('the majority is followed', () => connectedPrimary(client.caches) === change.to, 5000);
        movedAtMs = performance.now();
      },
      afterwardsMs: 1500,
      heal: async () => {
        topology.heal();
        await healed(topology);
      },
    });
    report('fault 12', outcome);
    process.stdout.write(`fault 12: moved ${Math.round(movedAtMs - healedAtMs)} ms after the majority could be heard\n`);
    expect(client.moves()).toHaveLength(1);
    expect(connectedPrimary(client.caches)).toBe(topology.primary.address);
    expect(topology.primary.address).not.toBe(old.address);
    expect(outcome.lost.filter(({ startedAtMs }) => startedAtMs > movedAtMs)).toEqual([]);
  });
});
