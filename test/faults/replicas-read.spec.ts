import { setImmediate as nextTurn } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LocalSentinel } from 'local-sentinel';

import { connectedPrimary } from '../connection/connected-primary.js';
import { until } from '../connection/until.js';
import { CallLedger } from './support/call-ledger.js';
import { CLIENT, openCaches, type OpenCaches } from './support/open-caches.js';
import { connectionIds, healed, startQuickTopology } from './support/quick-topology.js';
import { getsAnswered, readFromReplicas } from './support/server-facts.js';

const DEADLINE_MS = 600;
/** Bounds of seconds: what takes longer hangs. */
const SOON_MS = 2000;

describe('reading from replicas', () => {
  let topology: LocalSentinel;
  let at: OpenCaches;
  beforeAll(async () => {
    topology = await startQuickTopology({ downAfterMs: 30_000, proxies: true });
  });
  afterAll(() => topology.stop());
  beforeEach(async () => {
    // It is counted who answers reads: no near tier.
    at = await openCaches(topology.location(), { deadline: DEADLINE_MS, nearCache: undefined });
    await until(() => at.topology().replicas.filter(({ connected, lagMs }) => connected && lagMs !== null).length === 2);
    await at.strict.set('settled', 1);
    await readFromReplicas(at.strict, 'settled', topology.primary);
  });
  afterEach(async () => {
    await at.caches.close();
    await healed(topology);
  });

  it('fault 31: what a replica without its primary refuses (MASTERDOWN) is asked of the primary, and nobody is told', async () => {
    await Promise.all(topology.replicas.map((replica) => replica.command('CONFIG', 'SET', 'replica-serve-stale-data', 'no')));
    try {
      await Promise.all(topology.replicas.map((replica) => replica.command('REPLICAOF', '127.0.0.1', '1')));
      for (const replica of topology.replicas) await expect(replica.command('GET', 'k')).rejects.toThrow(/MASTERDOWN/);
      const ledger = new CallLedger();
      for (let i = 0; i < 200; i += 1) {
        ledger.make(() => at.strict.get('settled'));
        if (i % 10 === 0) await ledger.settle();
      }
      expect(await ledger.settle()).toBe(0);
      expect(new Set(ledger.calls.map(({ value }) => value))).toEqual(new Set([1]));
      expect(ledger.longestMs()).toBeLessThan(DEADLINE_MS + SOON_MS);
      expect(at.log).toHaveLength(1);
    } finally {
      const { host, port } = topology.primary;
      await Promise.all(topology.replicas.map((replica) => replica.command('REPLICAOF', host, String(port))));
      await Promise.all(topology.replicas.map((replica) => replica.command('CONFIG', 'SET', 'replica-serve-stale-data', 'yes')));
    }
  });

  it('fault 40: with all replicas gone the primary answers, at once and without an error', async () => {
    await Promise.all(topology.replicas.map((replica) => replica.kill()));
    const before = await getsAnswered(topology.primary);
    const ledger = new CallLedger();
    for (let i = 0; i < 100; i += 1) {
      ledger.make(() => at.strict.get('settled'));
      // Each in a turn of its own, which is asked by itself.
      await nextTurn();
    }
    expect(await ledger.settle()).toBe(0);
    expect(new Set(ledger.calls.map(({ value }) => value))).toEqual(new Set([1]));
    expect(ledger.longestMs()).toBeLessThan(SOON_MS);
    await until(() => at.topology().replicas.every(({ connected }) => !connected));
    expect(await getsAnswered(topology.primary)).toBeGreaterThanOrEqual(before + 90);
  });

  it('fault 41: a replica that falls behind is read neither for what this process wrote, nor at all once it is too far behind', async () => {
    const other = await openCaches(topology.location(), { clientName: 'other' });
    let written = 0;
    // The stream of replication stands still; the link counts as up.
    topology.primary.proxy.mode('blackhole', { only: 'nodes' });
    try {
      const ledger = new CallLedger();
      const behind = until(() => at.topology().replicas.every(({ lagMs }) => lagMs !== null && lagMs > 5000), 15_000);
      await ledger.makeUntil(behind, 25, async (id) => {
        written = id;
        await other.strict.set('elsewhere', id);
        await at.strict.set('own', id);
        expect(await at.strict.get('own')).toBeGreaterThanOrEqual(id);
      });
      expect(ledger.unsettled()).toEqual([]);
      expect(ledger.rejected()).toEqual([]);
      expect(at.topology().replicas.map(({ connected }) => connected)).toEqual([true, true]);
      const before = await Promise.all(topology.replicas.map(getsAnswered));
      for (let i = 0; i < 20; i += 1) expect(await at.strict.get('elsewhere')).toBe(written);
      expect(await Promise.all(topology.replicas.map(getsAnswered))).toEqual(before);
    } finally {
      topology.primary.proxy.mode('pass');
      await other.caches.close();
    }
    await until(() => at.topology().replicas.every(({ lagMs }) => lagMs !== null && lagMs < 1000));
    await readFromReplicas(at.strict, 'elsewhere', topology.primary);
  });

  it('fault 42: a replica that keeps a reader waiting costs a third of the deadline once, and is left alone for a while', async () => {
    const [slow] = topology.replicas;
    const ledger = new CallLedger();
    const naps = (async () => {
      for (let i = 0; i < 3; i += 1) await slow!.command('DEBUG', 'SLEEP', '1');
    })();
    await ledger.makeUntil(naps, 20, () => at.strict.get('settled'));
    expect(ledger.unsettled()).toEqual([]);
    expect(new Set(ledger.calls.map(({ value }) => value))).toEqual(new Set([1]));
    const waited = ledger.calls.filter(({ startedAtMs, settledAtMs }) => settledAtMs! - startedAtMs > DEADLINE_MS / 4);
    expect(waited.length).toBeLessThan(ledger.calls.length / 10);
    await until(() => at.topology().replicas.every(({ connected }) => connected));
    const before = await getsAnswered(slow!);
    for (let i = 0; i < 20; i += 1) expect(await at.strict.get('settled')).toBe(1);
    expect(await getsAnswered(slow!)).toBe(before);

    await Promise.all(topology.replicas.map((replica) => replica.hang()));
    const startedMs = performance.now();
    for (let i = 0; i < 50; i += 1) expect(await at.strict.get('settled')).toBe(1);
    expect(performance.now() - startedMs).toBeLessThan(DEADLINE_MS + SOON_MS);
  });

  it('fault 43: reads leave a replica that was promoted within a second or so; none fails', async () => {
    const old = topology.primary;
    const ledger = new CallLedger();
    const moved = (async () => {
      await topology.failover();
      await until(() => connectedPrimary(at) === topology.primary.address);
      await until(() => at.topology().replicas.every(({ address }) => address !== topology.primary.address), SOON_MS);
    })();
    await ledger.makeUntil(moved, 10, () => at.strict.get('settled'));
    expect(topology.primary).not.toBe(old);
    expect(ledger.unsettled()).toEqual([]);
    expect(ledger.rejected()).toEqual([]);
    expect(new Set(ledger.calls.map(({ value }) => value))).toEqual(new Set([1]));
    // One socket: the primary's own. That of the reader is gone.
    await until(async () => (await connectionIds(topology.primary, CLIENT)).length === 1);
    await topology.settled();
    await at.strict.set('after', 2);
    await readFromReplicas(at.strict, 'after', topology.primary);
    expect(await at.strict.get('after')).toBe(2);
  });
});
