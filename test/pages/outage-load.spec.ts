import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

import { Controller, Get, Param, Put, UseInterceptors, type INestApplication } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { startLocalRedis } from 'local-sentinel';
import { CachePage, PageCacheInterceptor } from 'nestjs-sentinel-cache';
import { until } from '../cache/support/waiting.js';
import { PLATFORMS, said, startPageApp, type PageApp } from '../http/support/page-app.js';
import { startQuickTopology } from '../support/quick-topology.js';

const REQUESTS_A_SECOND = 200;
/** How long the outage lasts; longer with `OUTAGE_SECONDS=60 npm run test:pages -- outage-load`. */
const OUTAGE_MS = Number(process.env['OUTAGE_SECONDS'] ?? 5) * 1000;
/** Until the circuit breaker is open. */
const FIRST_MS = 1500;
const PAGES = 20;
const HIT = 'sentinel-cache; hit';
/** What the cache may add at p99, in milliseconds, and how long pages may stay uncached. */
const LIMITS = { first: 60, later: 10, cachedAgain: 2000 };
/** Where a page without a cache takes longer than this at p99, the machine is busy with something else. */
const QUIET_MS = 5;
/** What a busy machine may add to each limit. */
const BUSY_MS = 20_000;

@Controller()
@UseInterceptors(PageCacheInterceptor)
class Cached {
  @Get('cached/:id') @CachePage('15m') cached(@Param('id') id: string) {
    return { id };
  }
  @Put('cached/:id') change(@Param('id') id: string) {
    return { id };
  }
}
@Controller('plain')
class Plain {
  @Get(':id') plain(@Param('id') id: string) {
    return { id };
  }
}

interface Timed {
  readonly path: string;
  readonly atMs: number;
  readonly tookMs: number;
}

/** Takes the time of each request from its arrival until its response is out. */
const timing = (times: Timed[]) => (app: INestApplication) =>
  app.use((request: { originalUrl?: string; url: string }, response: ServerResponse, next: () => void) => {
    const atMs = performance.now();
    const path = (request.originalUrl ?? request.url).split('/')[1]!;
    response.once('finish', () => times.push({ path, atMs, tookMs: performance.now() - atMs }));
    next();
  });

/** Sends requests at a steady rate, every other one to a page without a cache, one in twenty of a cookie or a change. */
async function load(app: PageApp, ms: number, hits: number[] = []): Promise<Map<string, number>> {
  const responses = new Map<string, number>();
  const ask = async (i: number): Promise<void> => {
    const path = `/${i % 2 === 0 ? 'cached' : 'plain'}/${i % PAGES}`;
    const how = i % 20 === 4 ? { method: 'PUT' } : i % 20 === 8 ? { headers: { cookie: `id=${i}` } } : {};
    const response = await app.ask(path, how);
    if (said(response) === HIT) hits.push(performance.now());
    const key = `${how.method ?? 'GET'} ${response.status}`;
    responses.set(key, (responses.get(key) ?? 0) + 1);
  };
  const pending: Promise<void>[] = [];
  const startedMs = performance.now();
  for (let i = 0; performance.now() - startedMs < ms; i += 1) {
    pending.push(ask(i));
    const earlyMs = startedMs + ((i + 1) * 1000) / REQUESTS_A_SECOND - performance.now();
    if (earlyMs > 0) await delay(earlyMs);
  }
  await Promise.all(pending);
  return responses;
}

function p99(times: readonly Timed[], path: string, fromMs: number, toMs: number): number {
  const among = times.filter((one) => one.path === path && one.atMs >= fromMs && one.atMs < toMs).map(({ tookMs }) => tookMs);
  return among.toSorted((a, b) => a - b)[Math.floor(among.length * 0.99)] ?? 0;
}

interface Fault {
  readonly settings: object;
  readonly begin: () => Promise<unknown>;
  /** Resolves to when Redis was back, on the clock of `performance.now()`. */
  readonly end: () => Promise<number>;
  readonly stop: () => Promise<unknown>;
}

async function ofOneServer(begin: 'hang' | 'kill', end: 'resume' | 'restart'): Promise<Fault> {
  const redis = await startLocalRedis();
  const settings = { BACKEND: 'redis', LOCATION: redis.url() };
  return {
    settings,
    begin: () => redis[begin](),
    end: async () => {
      await redis[end]();
      return performance.now();
    },
    stop: () => redis.stop(),
  };
}

async function ofSentinel(): Promise<Fault> {
  const topology = await startQuickTopology();
  const OPTIONS = { CLIENT_CLASS: 'sentinel', PASSWORD: 'admin' };
  const settings = { BACKEND: 'redis', LOCATION: topology.location('mymaster', 0), OPTIONS };
  const { replicas, primary } = topology;
  const isPromoted = async (): Promise<boolean> => {
    // Sentinel ends the connections to the one that it promotes.
    const roles = await Promise.all(replicas.map((node) => node.command('ROLE').catch(() => [])));
    return roles.some((role) => (role as unknown[])[0] === 'master');
  };
  let promoted: Promise<number> | undefined;
  return {
    settings,
    begin: async () => {
      await primary.kill();
      promoted = until('a replica is promoted', isPromoted).then(() => performance.now());
    },
    end: async () => promoted!,
    stop: () => topology.stop(),
  };
}

const FAULTS: readonly (readonly [string, () => Promise<Fault>])[] = [
  ['hangs', () => ofOneServer('hang', 'resume')],
  ['is killed', () => ofOneServer('kill', 'restart')],
  ['fails over', ofSentinel],
];

describe.each(PLATFORMS)(`${REQUESTS_A_SECOND} requests a second on %s`, (platform) => {
  it.each(FAULTS)('while Redis %s no request fails, few wait, and pages are cached soon after', async (name, start) => {
    const fault = await start();
    const times: Timed[] = [];
    const settings = { CACHES: { default: fault.settings } } as Parameters<typeof startPageApp>[0]['settings'];
    const prepare = timing(times);
    const app = await startPageApp({ platform, settings, controllers: [Cached, Plain], lookupsEnd: true, prepare });
    try {
      await until('pages are cached', async () => said(await app.ask('/cached/0')) === HIT);
      await load(app, 1000);
      const beganMs = performance.now();
      await fault.begin();
      const hits: number[] = [];
      const responses = await load(app, OUTAGE_MS, hits);
      const endedMs = performance.now();
      const added = (fromMs: number, toMs: number): number =>
        p99(times, 'cached', fromMs, toMs) - p99(times, 'plain', fromMs, toMs);
      const measured = { first: added(beganMs, beganMs + FIRST_MS), later: added(beganMs + FIRST_MS, endedMs), cachedAgain: 0 };
      const plain = p99(times, 'plain', beganMs, endedMs);
      const backMs = await fault.end();
      const hit = (): number | undefined => hits.find((atMs) => atMs >= backMs);
      while (hit() === undefined) await load(app, 500, hits);
      measured.cachedAgain = hit()! - backMs;
      const shown = Object.entries(measured).map(([what, ms]) => `${what} ${ms.toFixed(1)} ms`);
      process.stdout.write(
        `${platform}, Redis ${name}: ${JSON.stringify(Object.fromEntries(responses))}; p99 without a cache ${plain.toFixed(1)} ms, ` +
          `added by the cache: ${shown.join(', ')}\n`,
      );
      expect([...responses.keys()].toSorted()).toEqual(['GET 200', 'PUT 200']);
      const busyMs = plain < QUIET_MS ? 0 : BUSY_MS;
      for (const [what, limitMs] of Object.entries(LIMITS))
        expect([what, measured[what as keyof typeof LIMITS] < limitMs + busyMs]).toEqual([what, true]);
    } finally {
      await app.app.close();
      await fault.stop();
    }
  });
});
