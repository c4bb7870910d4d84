import { setTimeout as pause } from 'node:timers/promises';

import { describe, expect, it } from '@jest/globals';
import { startLocalSentinel, type LocalSentinel } from 'local-sentinel';

import { timed } from '../../cache/support/waiting.js';
import { WriteLedger } from '../../failover/write-ledger.js';
import { percentile, spread } from '../promise-table.js';
import {
  healed,
  openClient,
  PASSWORD,
  runsOf,
  settingsFor,
  startProvingGround,
  type Bench,
  type ProvingGround,
} from '../proving-ground.js';
import { QUICK_AFTER_HANGS } from '../../support/quick-topology.js';

/** An empty topology of its own, stopped at the end of `work`. */
async function onTopology<T>(work: (topology: LocalSentinel) => Promise<T>): Promise<T> {
  const topology = await startLocalSentinel({
    replicas: 2,
    sentinels: 3,
    password: PASSWORD,
    downAfterMs: 1000,
    sentinelDebug: QUICK_AFTER_HANGS,
  });
  try {
    return await work(topology);
  } finally {
    await topology.stop();
  }
}

/** When the first write after `atMs` was acknowledged, in milliseconds after it; waits for it. */
async function backAfter(ledger: WriteLedger, atMs: number, withinMs = 10_000): Promise<number> {
  const untilMs = performance.now() + withinMs;
  while (!ledger.firstAcknowledgedAfter(atMs) && performance.now() < untilMs) await pause(5);
  return (ledger.firstAcknowledgedAfter(atMs)?.settledAtMs ?? Infinity) - atMs;
}

async function onGround<T>(bench: Bench, work: (at: ProvingGround) => Promise<T>): Promise<T> {
  const at = await startProvingGround(bench, { servers: { sentinelDebug: QUICK_AFTER_HANGS } });
  try {
    return await work(at);
  } finally {
    await at.stop();
  }
}

/** All sentinels die, then the primary dies and comes back: nobody can be asked where it is. */
async function withoutSentinels({ topology, cache }: ProvingGround): Promise<number> {
  const ledger = new WriteLedger(cache, `nosent${performance.now()}`);
  await Promise.all(topology.sentinels.map((node) => node.kill()));
  ledger.start();
  const { primary } = topology;
  await primary.kill();
  await pause(2000);
  await primary.restart();
  const backMs = await backAfter(ledger, performance.now());
  await ledger.stop();
  await healed(topology);
  return backMs;
}

/** A client that never knew anybody; then one of three sentinels comes, and names a primary that can be reached. */
async function firstSentinel(bench: Bench, topology: LocalSentinel): Promise<number> {
  await Promise.all(topology.sentinels.map((node) => node.kill()));
  const { caches, cache } = openClient(settingsFor(topology), bench);
  try {
    const ledger = new WriteLedger(cache, `first${performance.now()}`);
    ledger.start();
    await pause(2000);
    await topology.sentinels[1]!.restart();
    const backMs = await backAfter(ledger, performance.now());
    await ledger.stop();
    return backMs;
  } finally {
    await caches.close();
    await healed(topology);
  }
}

/** How long the first write of a new client takes, with that many sentinels hung. */
async function firstWrite(bench: Bench, topology: LocalSentinel): Promise<number> {
  const { caches, cache } = openClient(settingsFor(topology), bench);
  try {
    return (await timed(cache.set('first', 1), 5000)).tookMs;
  } finally {
    await caches.close();
  }
}

async function costOfHung(bench: Bench, topology: LocalSentinel, hung: number, runs: number): Promise<number> {
  const medianOf = async (): Promise<number> => {
    const all: number[] = [];
    for (let run = 0; run < runs; run += 1) all.push(await firstWrite(bench, topology));
    return percentile(all, 0.5);
  };
  const usual = await medianOf();
  const nodes = topology.sentinels.slice(0, hung);
  await topology.hangHost(nodes);
  const cost = (await medianOf()) - usual;
  await topology.resumeHost(nodes);
  return Math.max(0, cost);
}

/** P2, P5, P6. */
export function describeOutages(bench: Bench): void {
  const { table } = bench;

  describe('P2: never a dead client', () => {
    const runs = runsOf(3);
    it('P2: is back half a second after the last known primary, at the latest, when there is no sentinel', async () => {
      const back = await onGround(bench, async (at) => {
        const all: number[] = [];
        for (let run = 0; run < runs; run += 1) all.push(await withoutSentinels(at));
        return all;
      });
      table.add({
        promise: 'P2',
        about: 'no sentinel, primary restarted: back after, ms',
        figures: spread(back),
        limit: '500 (typical 100)',
        runs,
      });
      for (const ms of back) expect(ms).toBeLessThanOrEqual(500);
    });

    it('P2: is there half a second after one sentinel names a primary that can be reached', async () => {
      const back = await onTopology(async (topology) => {
        const all: number[] = [];
        for (let run = 0; run < runs; run += 1) all.push(await firstSentinel(bench, topology));
        return all;
      });
      table.add({
        promise: 'P2',
        about: 'first sentinel answers: first success after, ms',
        figures: spread(back),
        limit: '500',
        runs,
      });
      for (const ms of back) expect(ms).toBeLessThanOrEqual(500);
    });
  });

  describe('P5: hung sentinels', () => {
    it('P5: one costs nothing, all but one 300 ms at most', async () => {
      const runs = runsOf(10);
      const [one, two] = await onTopology(async (topology) => [
        await costOfHung(bench, topology, 1, runs),
        await costOfHung(bench, topology, 2, runs),
      ]);
      table.add({
        promise: 'P5',
        about: 'first write of a new client, one of three sentinels hung: more ms',
        figures: one!.toFixed(1),
        limit: '0 (25 for a busy machine)',
        runs,
      });
      table.add({
        promise: 'P5',
        about: 'first write of a new client, two of three hung: more ms',
        figures: two!.toFixed(1),
        limit: '300',
        runs,
      });
      expect(one).toBeLessThanOrEqual(25);
      expect(two).toBeLessThanOrEqual(300);
    });
  });

  describe('P6: all sentinels down while connected', () => {
    it('P6: no command fails, and the log holds one line', async () => {
      const runs = runsOf(3);
      const rejected: number[] = [];
      const lines: number[] = [];
      for (let run = 0; run < runs; run += 1) {
        await onGround(bench, async ({ topology, cache, log }) => {
          const ledger = new WriteLedger(cache);
          ledger.start();
          const before = log.length;
          await Promise.all(topology.sentinels.map((node) => node.kill()));
          await pause(4000);
          await ledger.stop();
          rejected.push(ledger.rejected().length);
          lines.push(log.length - before);
        });
      }
      table.add({ promise: 'P6', about: 'all sentinels killed, 4 s: failed calls', figures: spread(rejected), limit: '0', runs });
      table.add({
        promise: 'P6',
        about: 'all sentinels killed, 4 s: log lines',
        figures: spread(lines),
        limit: '1 in 10 s',
        runs,
      });
      expect(Math.max(...rejected)).toBe(0);
      expect(Math.max(...lines)).toBeLessThanOrEqual(1);
    });
  });
}
