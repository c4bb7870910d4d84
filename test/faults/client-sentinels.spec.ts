import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { LocalNode, LocalSentinel } from 'local-sentinel';
import { createCaches } from 'nestjs-sentinel-cache';

import { connectedPrimary } from '../connection/connected-primary.js';
import { rejectionOf } from '../cache/support/waiting.js';
import { replicated } from '../failover/sentinel-fixture.js';
import { until } from '../connection/until.js';
import { CallLedger } from './support/call-ledger.js';
import { openCaches, settingsFor, type OpenCaches } from './support/open-caches.js';
import { healed, infoNumber, startQuickTopology } from './support/quick-topology.js';

const DEADLINE_MS = 500;
/** Bounds of seconds: what takes longer hangs. */
const SOON_MS = 3000;

describe('on a Sentinel topology', () => {
  let topology: LocalSentinel;
  let at: OpenCaches;
  beforeAll(async () => {
    topology = await startQuickTopology({ proxies: true });
  });
  afterAll(() => topology.stop());
  afterEach(async () => {
    await at?.caches.close();
    await healed(topology);
  });

  const accepted = (): Promise<number[]> =>
    Promise.all(topology.sentinels.map((sentinel) => infoNumber(sentinel, 'total_connections_received')));

  it('fault 39: scripts that the server has forgotten, or a new primary never had, run once each, many at a time too', async () => {
    at = await openCaches(topology.location(), { deadline: DEADLINE_MS });
    const { strict } = at;
    await strict.set('n', 0);
    const hundred = async (): Promise<bigint[]> =>
      (await Promise.all(Array.from({ length: 100 }, () => strict.incr('n')))).map(BigInt).sort((a, b) => Number(a - b));
    const numbers = (from: number): bigint[] => Array.from({ length: 100 }, (_, i) => BigInt(from + i));
    expect(await hundred()).toEqual(numbers(1));
    await topology.primary.command('SCRIPT', 'FLUSH');
    expect(await hundred()).toEqual(numbers(101));
    const old = topology.primary;
    await replicated(topology);
    await topology.failover();
    await until(() => connectedPrimary(at) === topology.primary.address);
    expect(topology.primary).not.toBe(old);
    expect(await hundred()).toEqual(numbers(201));
    await topology.primary.command('SCRIPT', 'FLUSH');
    const { token } = await strict.getWithToken('n');
    expect(await strict.compareAndSet('n', token, 1)).toBe(true);
    await strict.setMany({ a: 1, b: 2 });
    expect(await strict.getMany(['a', 'b', 'n'])).toEqual(
      new Map([
        ['a', 1],
        ['b', 2],
        ['n', 1],
      ]),
    );
  });

  it('fault 54: five seconds without a primary, or with a name that nobody knows, cost the sentinels one connection each', async () => {
    const before = await accepted();
    at = await openCaches(topology.location(), { deadline: DEADLINE_MS });
    const unknown = createCaches(settingsFor(topology.location().replace('mymaster', 'nobody')));
    expect(await accepted()).toEqual(before.map((count) => count + 1));
    expect(await rejectionOf(unknown.get().get('k'))).toMatchObject({ reason: 'unknown-master', executed: false });
    // Nobody can be promoted: the outage lasts.
    await Promise.all(topology.replicas.map((replica) => replica.hang()));
    await topology.primary.hang();
    const sinceMs = performance.now();
    const ledger = new CallLedger();
    const enough = until(() => performance.now() - sinceMs > 5000);
    await ledger.makeUntil(enough, 20, (id) =>
      id % 2
        ? at.strict.get('k')
        : unknown
            .get()
            .get('k')
            .then(() => 0),
    );
    expect(ledger.unsettled()).toEqual([]);
    expect(await accepted()).toEqual(before.map((count) => count + 2));
    await unknown.close();
    await healed(topology);
    await until(() =>
      at.strict.get('warm').then(
        (value) => value === 1,
        () => false,
      ),
    );
    expect(at.log.length).toBeLessThanOrEqual(6);
  });

  it('fault 55: with every subscription cut a failover that begins at once is followed all the same', async () => {
    at = await openCaches(topology.location(), { deadline: DEADLINE_MS });
    await until(() => at.topology().sentinels.every(({ reachable }) => reachable));
    const old = topology.primary;
    const cut = (sentinel: LocalNode): Promise<unknown> => sentinel.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    const killed = (await Promise.all(topology.sentinels.map(cut))).map(Number);
    expect(killed.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(3);
    const ledger = new CallLedger<boolean>();
    const moved = (async () => {
      await topology.failover();
      await until(() => connectedPrimary(at) === topology.primary.address, SOON_MS);
    })();
    await ledger.makeUntil(moved, 20, (id) => at.strict.set('k', id));
    expect(topology.primary).not.toBe(old);
    expect(ledger.unsettled()).toEqual([]);
    expect(ledger.rejected('unknown')).toEqual([]);
    expect(ledger.untyped()).toEqual([]);
    await until(() => at.topology().sentinels.every(({ reachable }) => reachable));
    expect(at.log.filter(({ message }) => message.includes('the primary is now'))).toHaveLength(1);
  });

  it('fault 56: an announcement that was not heard is made up for by asking as soon as somebody can be asked', async () => {
    at = await openCaches(topology.location(), { deadline: DEADLINE_MS });
    const old = topology.primary;
    const toSentinels = (mode: 'blackhole' | 'reset' | 'pass'): void =>
      topology.sentinels.forEach(({ proxy }) => proxy.mode(mode, { only: 'clients' }));
    toSentinels('blackhole');
    await topology.failover();
    expect(topology.primary).not.toBe(old);
    expect(connectedPrimary(at)).not.toBe(topology.primary.address);
    // What was announced meanwhile is lost with the connections.
    toSentinels('reset');
    toSentinels('pass');
    const askableMs = performance.now();
    await until(() => connectedPrimary(at) === topology.primary.address);
    expect(performance.now() - askableMs).toBeLessThan(SOON_MS);
    expect(await at.strict.set('k', 1)).toBe(true);
    expect(at.log.filter(({ message }) => message.includes('the primary is now'))).toHaveLength(1);
  });
});
