import { setTimeout as pause } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventRecording, LocalNode, LocalSentinel } from 'local-sentinel';

import { connectedPrimary } from '../connection/connected-primary.js';
import { rejectionOf, until } from '../cache/support/waiting.js';
import { Clients } from './support/clients.js';
import { connectionIds, healed, nodeAt, PASSWORD, startQuickTopology } from './support/quick-topology.js';
import { startStaleSentinel, type StaleSentinel } from './support/stale-sentinel.js';
import { acknowledgedAgain, report, underLoad } from './support/under-load.js';

/** Sentinel promotes a replica about a second before it says so: what the old primary took meanwhile is lost, and bounded by that. */
const SENTINELS_OWN_WINDOW_MS = 2500;
const CALLS_A_SECOND = 100;

describe('the primary moves, while 100 calls a second write', () => {
  let topology: LocalSentinel;
  let recording: EventRecording;
  let stale: StaleSentinel;
  const clients = new Clients();
  beforeAll(async () => {
    [topology, stale] = await Promise.all([startQuickTopology({ failoverTimeoutMs: 1000 }), startStaleSentinel()]);
    recording = await topology.recordEvents();
  });
  afterAll(() => Promise.all([topology.stop(), stale.stop()]));
  afterEach(async () => {
    await clients.closeAll();
    await healed(topology);
  });

  /** How often that node refused a write for being a replica. */
  const readonlyRefusals = async (node: LocalNode): Promise<number> =>
    Number(/errorstat_READONLY:count=(\d+)/.exec(String(await node.command('INFO', 'errorstats')))?.[1] ?? 0);

  it('fault 7: SENTINEL FAILOVER costs no call, and the old primary, still open and writable, is left at the first announcement (C-59)', async () => {
    const client = await clients.connect(topology, { options: { clientName: 'seven' } });
    const old = topology.primary;
    const outcome = await underLoad(client, { inflict: () => topology.failover() });
    report('fault 7', outcome);
    const change = await recording.firstSwitch('mymaster', { after: outcome.faultAtMs });
    expect(outcome.rejected).toEqual([]);
    expect(connectedPrimary(client.caches)).toBe(change.to);
    expect(await connectionIds(old, 'seven')).toEqual([]);
    expect(outcome.lost.filter(({ startedAtMs }) => startedAtMs > change.at + 500)).toEqual([]);
    expect(outcome.lost.length).toBeLessThan((CALLS_A_SECOND * SENTINELS_OWN_WINDOW_MS) / 1000);
  });

  it('fault 15: what slower sentinels announce later changes nothing: one failover, one connection', async () => {
    const client = await clients.connect(topology, { options: { clientName: 'fifteen' } });
    let first: string[] = [];
    const outcome = await underLoad(client, {
      inflict: async (ledger) => {
        const atMs = performance.now();
        const [sentinel] = topology.sentinels;
        await sentinel!.command('SENTINEL', 'FAILOVER', 'mymaster');
        const { to } = await recording.firstSwitch('mymaster', { after: atMs });
        await acknowledgedAgain(ledger);
        first = await connectionIds(nodeAt(topology, to), 'fifteen');
        const said = () =>
          recording.events.filter(({ channel, at, message }) => channel === '+switch-master' && at > atMs && message !== '')
            .length;
        await until('all three sentinels have announced it', () => said() === 3);
      },
      // All sentinels are asked once a second: two rounds.
      afterwardsMs: 2100,
    });
    report('fault 15', outcome);
    await topology.refresh();
    expect(outcome.rejected).toEqual([]);
    expect(first).toHaveLength(1);
    expect(await connectionIds(topology.primary, 'fifteen')).toEqual(first);
    expect(client.log.map(({ level }) => level)).toEqual(['info', 'info']);
    expect(client.moves()).toHaveLength(1);
  });

  it('fault 8: demoted by hand, it is left at its first READONLY; what it refused is not executed, and is tried again (C-58)', async () => {
    const client = await clients.connect(topology);
    const [old, next] = [topology.primary, topology.replicas[0]!];
    const outcome = await underLoad(client, {
      inflict: async () => {
        await Promise.all(topology.sentinels.map((sentinel) => sentinel.hang()));
        await next.command('REPLICAOF', 'NO', 'ONE');
        await old.command('REPLICAOF', next.host, String(next.port));
        await until('the node is left', () => client.lines().some((line) => line.includes('READONLY')));
        await pause(700);
        // Nobody names the new primary; the old one becomes it again.
        await old.command('REPLICAOF', 'NO', 'ONE');
        await next.command('REPLICAOF', old.host, String(old.port));
      },
      heal: () => healed(topology),
    });
    report('fault 8', outcome);
    expect(outcome.unknown).toEqual([]);
    expect(outcome.rejected.length).toBeGreaterThan(0);
    expect(await readonlyRefusals(old)).toBeLessThan(20);
    expect(connectedPrimary(client.caches)).toBe(old.address);
  });

  it('fault 9: a demoted node that a stale sentinel still names is not written to, and the right one is found when any other sentinel answers', async () => {
    const old = topology.primary;
    await topology.failover();
    await topology.settled();
    await stale.names(old);
    await Promise.all(topology.sentinels.map((sentinel) => sentinel.hang()));
    const refusedBefore = await readonlyRefusals(old);
    const location = topology.location('mymaster', 0).replace('mymaster/', `mymaster/${stale.address},`);
    const client = clients.open(topology, { location });
    expect(await rejectionOf(client.cache.set('nine', 1))).toMatchObject({ reason: 'no-primary', executed: false });
    await until('it says why', () => client.lines().join().includes('says it is a replica'));
    await topology.sentinels[2]!.resume();
    await until('the right one is found', () => client.cache.set('nine', 2).catch(() => false), 3000);
    expect(connectedPrimary(client.caches)).toBe(topology.primary.address);
    expect(await readonlyRefusals(old)).toBe(refusedBefore);
  });

  it('fault 10: a user without @dangerous and @admin proves roles all the same, and follows a failover', async () => {
    for (const node of topology.masters[0]!.nodes)
      await node.command('ACL', 'SETUSER', 'app', 'on', `>${PASSWORD}`, '~*', '&*', '+@all', '-@dangerous', '-@admin');
    await stale.names(topology.replicas[0]!);
    const options = { CONNECTION_POOL_KWARGS: { username: 'app' } };
    const misled = clients.open(topology, { options, location: `mymaster/${stale.address}/0` });
    expect(await rejectionOf(misled.cache.set('ten', 1))).toMatchObject({ reason: 'no-primary', executed: false });
    expect(misled.lines().join()).toContain('says it is a replica');

    const client = await clients.connect(topology, { options });
    await topology.failover();
    await until('it has followed', () => connectedPrimary(client.caches) === topology.primary.address, 3000);
    expect(await client.cache.set('ten', 2)).toBe(true);
    expect(client.moves()).toHaveLength(1);
  });

  it('fault 13: failover upon failover: one move each at most, a standing connection is given up twice a second at most, and the client lives', async () => {
    const client = await clients.connect(topology);
    const outcome = await underLoad(client, {
      inflict: async () => {
        const untilMs = performance.now() + 7000;
        for (let i = 0; performance.now() < untilMs; i += 1) {
          // INPROG and NOGOODSLAVE are what most of these orders get: the next one follows at once.
          await topology.sentinels[i % 3]!.command('SENTINEL', 'FAILOVER', 'mymaster').catch(() => undefined);
          await pause(250);
        }
        await topology.settled();
      },
      heal: () => healed(topology),
    });
    report('fault 13', outcome);
    const said = recording.events.filter(({ channel, at }) => channel === '+switch-master' && at > outcome.faultAtMs);
    // A sentinel that was late with a move leaves it out: so what counts is each new primary, as often as any sentinel named it.
    const named = said.map(({ sentinel, message }) => ({ sentinel, primary: message.split(' ').slice(3).join(':') }));
    const times = (primary: string) =>
      Math.max(
        ...topology.sentinels.map(({ address }) => named.filter((e) => e.primary === primary && e.sentinel === address).length),
      );
    const announced = [...new Set(named.map(({ primary }) => primary))].reduce((sum, primary) => sum + times(primary), 0);
    const switches = Math.max(
      ...topology.sentinels.map(({ address }) => said.filter(({ sentinel }) => sentinel === address).length),
    );
    const moves = client.moves();
    process.stdout.write(`fault 13: ${switches} switches, ${announced} announced, ${moves.length} moves\n`);
    expect(switches).toBeGreaterThanOrEqual(3);
    expect(moves.length).toBeGreaterThan(0);
    expect(moves.length).toBeLessThanOrEqual(announced);
    // A connection that was taken from us is another matter: there we can't be too quick.
    const outages = client.log.filter(({ level }) => level === 'warn').map(({ atMs }) => atMs);
    const broken = (fromMs: number, toMs: number) => outages.some((atMs) => atMs > fromMs && atMs < toMs);
    const gaps = moves.slice(1).flatMap(({ atMs }, i) => (broken(moves[i]!.atMs, atMs) ? [] : [atMs - moves[i]!.atMs]));
    expect(gaps.filter((gapMs) => gapMs < 450)).toEqual([]);
    expect(connectedPrimary(client.caches)).toBe(topology.primary.address);
  });
});

describe('two masters on the same sentinels', () => {
  let topology: LocalSentinel;
  const clients = new Clients();
  beforeAll(async () => {
    topology = await startQuickTopology({
      masters: [1, 1].map((replicas, i) => ({ name: ['mymaster', 'other'][i]!, replicas })),
    });
  });
  afterAll(async () => {
    await clients.closeAll();
    await topology.stop();
  });

  it('fault 14: the failover of the other master costs no call, no connection and no line here', async () => {
    const client = await clients.connect(topology, { options: { clientName: 'fourteen' } });
    const before = await connectionIds(topology.primary, 'fourteen');
    const outcome = await underLoad(client, { inflict: () => topology.failover('other'), afterwardsMs: 1100 });
    report('fault 14', outcome);
    expect(outcome.rejected).toEqual([]);
    expect(outcome.lost).toEqual([]);
    expect(await connectionIds(topology.primary, 'fourteen')).toEqual(before);
    expect(client.lines()).toEqual([`mymaster: connected to the primary ${topology.primary.address}.`]);
  });
});
