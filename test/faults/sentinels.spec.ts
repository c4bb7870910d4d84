import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventRecording, LocalNode, LocalSentinel } from 'local-sentinel';

import { rejectionOf, timed, until } from '../cache/support/waiting.js';
import { Clients } from './support/clients.js';
import { connectionIds, healed, infoNumber, nodeAt, startQuickTopology } from './support/quick-topology.js';
import { startStaleSentinel, type StaleSentinel } from './support/stale-sentinel.js';
import { report, underLoad } from './support/under-load.js';

/** A sentinel's patience of ten seconds: who waited for a hung one would miss the call's own deadline of half a second. */
const PATIENT = { SENTINEL_KWARGS: { socket_timeout: 10 } };

describe('sentinels that are stale, cut off, hung or gone', () => {
  let topology: LocalSentinel;
  let recording: EventRecording;
  let stale: StaleSentinel;
  const clients = new Clients();
  beforeAll(async () => {
    [topology, stale] = await Promise.all([startQuickTopology(), startStaleSentinel()]);
    recording = await topology.recordEvents();
  });
  afterAll(() => Promise.all([topology.stop(), stale.stop()]));
  afterEach(async () => {
    await clients.closeAll();
    await healed(topology);
  });

  const roleOf = async (node: LocalNode): Promise<unknown> => ((await node.command('ROLE')) as unknown[])[0];

  it('fault 16: a stale sentinel, first of the list, that names an old primary that takes itself for one is outvoted', async () => {
    const old = topology.primary;
    await topology.failover();
    await topology.settled();
    await stale.names(old);
    const location = topology.location('mymaster', 0).replace('mymaster/', `mymaster/${stale.address},`);
    // The sentinels make it a replica again after a second.
    await old.command('REPLICAOF', 'NO', 'ONE');
    const opened = Array.from({ length: 5 }, () => clients.open(topology, { location }));
    await Promise.all(opened.map(({ cache }, i) => cache.set(`sixteen-${i}`, i)));
    expect(await roleOf(old)).toBe('master');
    const keys = opened.map(({ cache }, i) => cache.makeKey(`sixteen-${i}`));
    expect(await old.command('EXISTS', ...keys)).toBe(0);
    expect(await topology.primary.command('EXISTS', ...keys)).toBe(5);
    for (const client of opened)
      expect(client.lines()).toEqual([`mymaster: connected to the primary ${topology.primary.address}.`]);
  });

  it('fault 17: a sentinel that slept through a failover and answers with the old primary moves nobody back', async () => {
    const [sleeper] = topology.sentinels;
    await sleeper!.hang();
    const client = await clients.connect(topology, { options: { clientName: 'seventeen' } });
    let ids: string[] = [];
    const outcome = await underLoad(client, {
      inflict: async () => {
        const atMs = performance.now();
        await topology.sentinels[1]!.command('SENTINEL', 'FAILOVER', 'mymaster');
        const { to } = await recording.firstSwitch('mymaster', { after: atMs });
        await until('our connection has moved', async () => {
          ids = await connectionIds(nodeAt(topology, to), 'seventeen');
          return ids.length === 1;
        });
        await sleeper!.resume();
      },
      afterwardsMs: 2100,
      heal: () => healed(topology),
    });
    report('fault 17', outcome);
    expect(outcome.rejected).toEqual([]);
    expect(client.moves()).toHaveLength(1);
    expect(await connectionIds(topology.primary, 'seventeen')).toEqual(ids);
  });

  it('fault 18: hung sentinels at the head of the list delay no first call while one answers', async () => {
    await Promise.all(topology.sentinels.slice(0, 2).map((sentinel) => sentinel.hang()));
    const client = clients.open(topology, { options: PATIENT });
    expect(await client.cache.set('eighteen', 1)).toBe(true);
    expect(client.caches.topology()?.sentinels.map(({ reachable }) => reachable)).toEqual([false, false, true]);
  });

  it('fault 19: with all sentinels gone a standing connection fails no call, and the log says so in one line', async () => {
    const client = await clients.connect(topology);
    const outcome = await underLoad(client, {
      inflict: async () => {
        await Promise.all(topology.sentinels.map((sentinel) => sentinel.kill()));
        await until('it is known', () => client.caches.topology()!.sentinels.every(({ reachable }) => !reachable));
      },
      afterwardsMs: 3000,
    });
    report('fault 19', outcome);
    expect(outcome.rejected).toEqual([]);
    expect(outcome.lost).toEqual([]);
    expect(client.caches.topology()?.state.status).toBe('up');
    expect(client.log.filter(({ level }) => level !== 'info')).toHaveLength(1);
  });

  it('fault 20: with all sentinels gone the last known primary is found again as soon as it is back, and has lost nothing', async () => {
    const client = await clients.connect(topology);
    const { primary } = topology;
    await Promise.all(topology.sentinels.map((sentinel) => sentinel.kill()));
    let backAtMs = 0;
    const outcome = await underLoad(client, {
      inflict: async (ledger) => {
        await primary.kill();
        await until('callers are told', () => ledger.rejected().length > 20);
        await primary.restart();
        backAtMs = performance.now();
      },
    });
    report('fault 20', outcome);
    expect(outcome.lost).toEqual([]);
    expect(outcome.ledger.firstAcknowledgedAfter(backAtMs)!.settledAtMs! - backAtMs).toBeLessThan(2000);
    expect(client.moves()).toEqual([]);
  });

  it('fault 21: a name that the sentinels do not know is a typed error within a second, one line, and works as soon as they learn it (C-55)', async () => {
    const client = clients.open(topology, { location: topology.location('mymaster', 0).replace('mymaster', 'MyMaster') });
    const [sentinel] = topology.sentinels;
    const before = await infoNumber(sentinel!, 'total_connections_received');
    const { value: error, tookMs } = await timed(rejectionOf(client.cache.set('twenty-one', 1)), 5000);
    expect(error).toMatchObject({ code: 'SENTINEL_CACHE_UNAVAILABLE', reason: 'unknown-master', executed: false });
    expect(tookMs).toBeLessThan(1000);
    // What follows is told at once, and asks nobody anew.
    for (let i = 0; i < 200; i += 1) expect(await rejectionOf(client.cache.get('k'))).toMatchObject({ reason: 'unknown-master' });
    expect(client.log.map(({ level }) => level)).toEqual(['error']);
    expect((await infoNumber(sentinel!, 'total_connections_received')) - before).toBeLessThanOrEqual(3);

    const { host, port } = topology.primary;
    await Promise.all(
      topology.sentinels.map(async (node) => {
        await node.command('SENTINEL', 'MONITOR', 'MyMaster', host, String(port), '9');
      }),
    );
    await until('it is known', () => client.cache.set('twenty-one', 2).catch(() => false), 5000);
    await Promise.all(topology.sentinels.map((node) => node.command('SENTINEL', 'REMOVE', 'MyMaster')));
  });

  it('fault 29: reconnects with all sentinels at hand never say that sentinels are unreachable', async () => {
    const client = await clients.connect(topology, { options: { clientName: 'twenty-nine' } });
    for (let i = 0; i < 5; i += 1) {
      const [id] = await connectionIds(topology.primary, 'twenty-nine');
      await topology.primary.command('CLIENT', 'KILL', 'ID', id!);
      await until('it is back', async () => {
        const [now] = await connectionIds(topology.primary, 'twenty-nine');
        return now !== undefined && now !== id;
      });
      expect(await client.cache.set('twenty-nine', i)).toBe(true);
    }
    expect(client.lines().filter((line) => /sentinel/i.test(line))).toEqual([]);
    expect(client.lines().length).toBeLessThanOrEqual(12);
  });
});

describe('sentinels with a password', () => {
  const SECRET = 'sentinel-s3cret';
  let topology: LocalSentinel;
  const clients = new Clients();
  beforeAll(async () => {
    topology = await startQuickTopology({ replicas: 1, sentinelPassword: SECRET });
  });
  afterAll(() => topology.stop());
  afterEach(() => clients.closeAll());

  it.each([
    ['wrong', { password: 'wr0ng-s3cret' }],
    ['missing', {}],
  ])('fault 22: %s, it is a typed error within a second, one line without secrets', async (_case, kwargs) => {
    const client = clients.open(topology, { options: { SENTINEL_KWARGS: kwargs } });
    const { value: error, tookMs } = await timed(rejectionOf(client.cache.set('twenty-two', 1)), 5000);
    expect(error).toMatchObject({ code: 'SENTINEL_CACHE_UNAVAILABLE', reason: 'sentinel-auth', executed: false });
    expect(tookMs).toBeLessThan(1000);
    for (let i = 0; i < 50; i += 1) expect(await rejectionOf(client.cache.get('k'))).toMatchObject({ reason: 'sentinel-auth' });
    expect(client.log.map(({ level }) => level)).toEqual(['error']);
    expect(JSON.stringify([error.message, client.log])).not.toContain('s3cret');
  });

  it('fault 23: a user who may only ask for the address is enough, also to follow a failover, and costs a warning at most', async () => {
    const rights = ['-@all', '+auth', '+hello', '+ping', '+subscribe', '+sentinel|get-master-addr-by-name', '&*'];
    for (const sentinel of topology.sentinels) await sentinel.command('ACL', 'SETUSER', 'asker', 'on', '>asker', ...rights);
    const client = await clients.connect(topology, { options: { SENTINEL_KWARGS: { username: 'asker', password: 'asker' } } });
    const outcome = await underLoad(client, { inflict: () => topology.failover(), heal: () => topology.settled() });
    report('fault 23', outcome);
    expect(outcome.rejected).toEqual([]);
    expect(client.moves()).toHaveLength(1);
    expect(client.log.filter(({ level }) => level === 'error')).toEqual([]);
    expect(client.log.filter(({ level }) => level === 'warn').length).toBeLessThanOrEqual(1);
  });
});
