import { setTimeout as pause } from 'node:timers/promises';

import { describe, expect, it } from '@jest/globals';
import { startLocalRedis } from 'local-sentinel';
import type { SentinelCache } from 'nestjs-sentinel-cache';

import { percentile, spread } from '../promise-table.js';
import { openClient, runsOf, type Bench } from '../proving-ground.js';

const DEADLINE_MS = 200;
const EVERY_MS = 10;
const INCIDENT_MS = 14_000;
const SLOW_MS = 5;

interface Call {
  readonly startedAtMs: number;
  tookMs: number;
}

interface Incident {
  /** From the hang until no read was slow any more, but for probes. */
  readonly openAfterMs: number;
  readonly openP99Ms: number;
  readonly wholeP99Ms: number;
  readonly longestMs: number;
  readonly unsettled: number;
  /** From SIGCONT to the first hit. */
  readonly backMs: number;
}

/** 100 reads a second, each as somebody who waits for it sees it. */
function startReads(cache: SentinelCache): { calls: Call[]; stop: () => Promise<void> } {
  const calls: Call[] = [];
  const pending: Promise<unknown>[] = [];
  const timer = setInterval(() => {
    const call: Call = { startedAtMs: performance.now(), tookMs: Infinity };
    calls.push(call);
    pending.push(cache.get('k').then(() => void (call.tookMs = performance.now() - call.startedAtMs)));
  }, EVERY_MS);
  const stop = async (): Promise<void> => {
    clearInterval(timer);
    await Promise.all(pending);
  };
  return { calls, stop };
}

async function incident(bench: Bench): Promise<Incident> {
  const redis = await startLocalRedis();
  const OPTIONS = { IGNORE_EXCEPTIONS: true, deadline: `${DEADLINE_MS}ms` };
  const { caches, cache } = openClient({ default: { BACKEND: 'redis', LOCATION: redis.url(), OPTIONS } }, bench);
  try {
    await cache.set('k', 'v');
    const { calls, stop } = startReads(cache);
    await pause(300);
    await redis.hang();
    const hungAtMs = performance.now();
    await pause(INCIDENT_MS);
    await redis.resume();
    const resumedAtMs = performance.now();
    while ((await cache.get('k')) !== 'v' && performance.now() < resumedAtMs + 5000) await pause(5);
    const backMs = performance.now() - resumedAtMs;
    await stop();
    const during = calls.filter(({ startedAtMs }) => startedAtMs >= hungAtMs && startedAtMs < resumedAtMs - DEADLINE_MS);
    const openAtMs = hungAtMs + 2 * DEADLINE_MS;
    const early = during.filter(({ startedAtMs, tookMs }) => startedAtMs < openAtMs && tookMs > SLOW_MS);
    const open = during.filter(({ startedAtMs }) => startedAtMs >= openAtMs);
    return {
      openAfterMs: Math.max(0, ...early.map(({ startedAtMs, tookMs }) => startedAtMs + tookMs - hungAtMs)),
      openP99Ms: percentile(
        open.map(({ tookMs }) => tookMs),
        0.99,
      ),
      wholeP99Ms: percentile(
        during.map(({ tookMs }) => tookMs),
        0.99,
      ),
      longestMs: Math.max(...during.map(({ tookMs }) => tookMs)),
      unsettled: calls.filter(({ tookMs }) => tookMs === Infinity).length,
      backMs,
    };
  } finally {
    await caches.close();
    await redis.stop();
  }
}

/** P4. */
export function describeHungRedis(bench: Bench): void {
  describe('P4: IGNORE_EXCEPTIONS, 100 reads a second, Redis hung for 14 s, deadline 200 ms', () => {
    it('P4: the breaker is open after two deadlines, and a read costs next to nothing from then on', async () => {
      const runs = runsOf(3);
      // Side by side: each is a cache and a Redis of its own, and idle most of the time.
      const all = await Promise.all(Array.from({ length: runs }, () => incident(bench)));
      const add = (about: string, limit: string, figures: number[], digits = 0): void =>
        bench.table.add({ promise: 'P4', about: `Redis hung: ${about}`, limit, figures: spread(figures, digits), runs });
      add(
        'breaker open after, ms',
        `${2 * DEADLINE_MS}`,
        all.map(({ openAfterMs }) => openAfterMs),
      );
      add(
        'p99 of a read once open, ms',
        '5',
        all.map(({ openP99Ms }) => openP99Ms),
        2,
      );
      add(
        'p99 of a read over the whole incident, ms',
        '100',
        all.map(({ wholeP99Ms }) => wholeP99Ms),
      );
      add(
        'longest read, ms',
        `${DEADLINE_MS + 50}`,
        all.map(({ longestMs }) => longestMs),
      );
      add(
        'first hit after SIGCONT, ms',
        '500',
        all.map(({ backMs }) => backMs),
      );
      for (const figures of all) {
        expect(figures.unsettled).toBe(0);
        expect(figures.openAfterMs).toBeLessThanOrEqual(2 * DEADLINE_MS);
        expect(figures.openP99Ms).toBeLessThanOrEqual(5);
        expect(figures.wholeP99Ms).toBeLessThanOrEqual(100);
        expect(figures.longestMs).toBeLessThanOrEqual(DEADLINE_MS + 50);
        expect(figures.backMs).toBeLessThanOrEqual(500);
      }
    });
  });
}
