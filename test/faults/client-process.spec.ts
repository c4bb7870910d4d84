import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis, type LocalSentinel } from 'local-sentinel';
import { createCaches, type CacheEvent, type DjangoSettings } from 'nestjs-sentinel-cache';

import { deadPort, startBlackHole, type BlackHole } from '../cache/support/ports.js';
import { rejectionOf, until } from '../cache/support/waiting.js';
import { transpile, type Transpiled } from '../nest/support/transpile.js';
import { CallLedger } from './support/call-ledger.js';
import { startChild, type ChildClient } from './support/child-client.js';
import { openCaches, settingsFor } from './support/open-caches.js';
import { healed, startQuickTopology } from './support/quick-topology.js';

/** Bounds of seconds: what takes longer hangs. */
const SOON_MS = 2000;

let library: Transpiled;
let topology: LocalSentinel;
let redis: LocalRedis;
let hole: BlackHole;
let child: ChildClient | undefined;
beforeAll(async () => {
  [library, topology, redis, hole] = await Promise.all([
    transpile('sentinel-cache'),
    startQuickTopology(),
    startLocalRedis({ password: 'admin' }),
    startBlackHole(),
  ]);
});
afterAll(async () => {
  await Promise.all([library.remove(), topology.stop(), redis.stop(), hole.stop()]);
});
afterEach(async () => {
  child?.kill();
  if (redis.primary.isHung) await redis.resume();
  if (!redis.isRunning) await redis.restart();
  await healed(topology);
});

const start = async (settings: DjangoSettings): Promise<ChildClient> => (child = await startChild(library, settings));

/** Its name, where it connects to, what its calls come to first, and what happens then. */
type State = readonly [
  string,
  () => DjangoSettings | Promise<DjangoSettings>,
  ('answered' | 'rejected') | undefined,
  (() => Promise<void>) | undefined,
];

describe('a process that listens to nothing', () => {
  it('fault 49: lives through crash, freeze and wrong answers of Redis without an error event, and prints nothing', async () => {
    const one = await start(settingsFor(redis.url(), { deadline: 300 }));
    await one.answered();
    await redis.kill();
    await one.rejected();
    await redis.restart();
    await one.answered();
    await redis.hang();
    await one.rejected();
    await redis.resume();
    await one.answered();
    await redis.command('CONFIG', 'SET', 'requirepass', 'another');
    await redis.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await one.rejected();
    await redis.command('CONFIG', 'SET', 'requirepass', 'admin');
    await one.answered();
    const { exit, accidents, untyped } = await one.close();
    expect({ exit, accidents, untyped, noise: one.noise }).toEqual({ exit: [0, null], accidents: [], untyped: [], noise: [] });
  });

  it('fault 50: no rejection is left unhandled while primary and sentinels die and come back, and no warning is given', async () => {
    const one = await start(settingsFor(topology.location(), { deadline: 300 }));
    await one.answered();
    await Promise.all(topology.sentinels.map((sentinel) => sentinel.kill()));
    await topology.primary.kill();
    await one.rejected();
    await healed(topology);
    await one.answered();
    await topology.failover();
    await one.answered();
    await topology.primary.hang();
    await one.rejected();
    await topology.settled();
    await one.answered();
    const { exit, accidents, untyped, unsettled } = await one.close();
    expect({ exit, accidents, untyped, unsettled }).toEqual({ exit: [0, null], accidents: [], untyped: [], unsettled: 0 });
    expect(one.noise).toEqual([]);
  });

  it.each<State>([
    ['ready', () => settingsFor(redis.url()), 'answered', undefined],
    ['ready on Sentinel', () => settingsFor(topology.location()), 'answered', undefined],
    [
      'connecting, to an address that does not answer',
      () => settingsFor(`redis://${hole.host}:${hole.port}/0`),
      undefined,
      undefined,
    ],
    ['down, nobody listens', async () => settingsFor(`redis://127.0.0.1:${await deadPort()}/0`), 'rejected', undefined],
    ['down, no sentinel listens', async () => settingsFor(`mymaster/127.0.0.1:${await deadPort()}/0`), 'rejected', undefined],
    ['hung', () => settingsFor(redis.url()), 'answered', () => redis.hang()],
    ['reconnecting', () => settingsFor(redis.url()), 'answered', () => redis.kill()],
    [
      'reconnecting on Sentinel, which hangs',
      () => settingsFor(topology.location()),
      'answered',
      async () => void (await Promise.all([topology.primary, ...topology.sentinels].map((node) => node.hang()))),
    ],
  ])('fault 51: closes and ends by itself, each call settled: %s', async (_state, settings, first, inflict) => {
    const one = await start(await settings());
    if (first) await one[first]();
    await inflict?.();
    const words = await one.close();
    expect(words).toMatchObject({ exit: [0, null], accidents: [], untyped: [], unsettled: 0 });
    expect(words.closedInMs).toBeLessThan(SOON_MS);
    expect(words.endedInMs).toBeLessThan(SOON_MS + 1000);
    expect(one.noise).toEqual([]);
  });

  it('fault 59: a process that was frozen during a failover goes on at the new primary; nothing of it is lost, doubled or late', async () => {
    const one = await start(settingsFor(topology.location()));
    for (let i = 0; i < 20; i += 1) await one.answered();
    const old = topology.primary;
    one.signal('SIGSTOP');
    await topology.failover();
    await topology.settled();
    expect(topology.primary).not.toBe(old);
    one.signal('SIGCONT');
    const thawedMs = performance.now();
    // The first ones may be answers that had come before.
    for (let i = 0; i < 60; i += 1) await one.answered();
    expect(performance.now() - thawedMs).toBeLessThan(3 * SOON_MS);
    const words = await one.close();
    expect(words).toMatchObject({ exit: [0, null], accidents: [], untyped: [], unsettled: 0 });
    expect(words.primary).toBe(topology.primary.address);
    const held = ((await topology.primary.command('LRANGE', 'strict:1:pushed', 0, -1)) as string[]).map(Number);
    const last = held.slice(held.lastIndexOf(1));
    expect(new Set(last).size).toBe(last.length);
    expect(words.acknowledged.filter((number) => !last.includes(number))).toEqual([]);
    expect(words.notExecuted.filter((number) => last.includes(number))).toEqual([]);
  });
});

describe('beginning and end', () => {
  it('fault 52: closing while it reconnects rejects everything that waits, once; and it is the end', async () => {
    // A deadline by which nobody would be rejected in time.
    const at = await openCaches(redis.url(), { deadline: 20_000 });
    await redis.kill();
    const ledger = new CallLedger();
    for (let i = 0; i < 100; i += 1) ledger.make((id) => (id % 2 ? at.strict.get('k') : at.strict.set('k', id)));
    const startedMs = performance.now();
    await Promise.all([at.caches.close(), at.caches.close()]);
    expect(performance.now() - startedMs).toBeLessThan(SOON_MS);
    expect(await ledger.settle(SOON_MS)).toBe(0);
    expect(ledger.rejected()).toHaveLength(100);
    expect(ledger.untyped()).toEqual([]);
    expect(ledger.reasons().closed).toBeGreaterThanOrEqual(ledger.rejected(false).length);
    expect(ledger.rejected(false).length).toBeGreaterThan(0);
    expect(at.topology().state.status).toBe('closed');
    const said = at.log.length;
    await redis.restart();
    expect(await rejectionOf(at.strict.get('k'))).toMatchObject({ reason: 'closed', executed: false });
    expect(await rejectionOf(at.soft.get('k'))).toMatchObject({ reason: 'closed', executed: false });
    await at.caches.close();
    expect(at.log).toHaveLength(said);
  });

  it('fault 53: with everything down it starts at once, tells so, reads as empty where that is wished, and recovers by itself', async () => {
    await Promise.all(topology.nodes.map((node) => node.kill()));
    const log: CacheEvent[] = [];
    const startedMs = performance.now();
    const caches = createCaches(settingsFor(topology.location()), { onEvent: (event) => log.push(event) });
    caches.start();
    expect(performance.now() - startedMs).toBeLessThan(SOON_MS / 2);
    try {
      expect(await rejectionOf(caches.get().get('k'))).toMatchObject({ reason: 'no-sentinel', executed: false });
      expect(await caches.get('soft').get('k', { default: 'none' })).toBe('none');
      expect(await caches.get('soft').set('k', 1)).toBe(false);
      expect(caches.topology()).toMatchObject({
        primary: { address: null, connected: false },
        state: { status: 'down', reason: 'no-sentinel' },
      });
      expect(performance.now() - startedMs).toBeLessThan(2 * SOON_MS);
      const ledger = new CallLedger();
      await ledger.makeUntil(healed(topology), 50, () => caches.get().get('k'));
      expect(ledger.unsettled()).toEqual([]);
      expect(ledger.untyped()).toEqual([]);
      await until('it has recovered', async () =>
        caches
          .get()
          .set('k', 1)
          .catch(() => false),
      );
      expect(caches.topology()).toMatchObject({
        primary: { address: topology.primary.address, connected: true },
        state: { status: 'up' },
      });
      expect(log.length).toBeLessThanOrEqual(8);
    } finally {
      await caches.close();
    }
  });
});

// Fault 57 (a near tier that is stale after a failover) is tested where the near tier is.
