import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalSentinel, type LocalSentinel } from 'local-sentinel';

import type { Platform } from '../../apps/demo/src/command-line.js';
import { BuiltDemo } from './built-demo.js';
import { startDemoOnSentinel } from './demo-on-sentinel.js';
import { RunningDemo, settingsFor, until } from './running-demo.js';
import { Watcher } from './watcher.js';

const sampleOf = (text: string, series: string): number | undefined => {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
};

describe.each<Platform>(['express', 'fastify'])('the operations of the demo on %s', (platform) => {
  let topology: LocalSentinel;
  let demo: RunningDemo;
  let stop: () => Promise<void>;
  const scrape = async (): Promise<string> => (await demo.get('/metrics').expect(200)).text;

  beforeAll(async () => {
    ({ topology, demo, stop } = await startDemoOnSentinel(platform));
  });
  afterAll(() => stop());

  it('answers /health with 200 and the state, uncached, without addresses or passwords', async () => {
    await until('it is up', async () => (await demo.get('/health')).body.details?.cache.state === 'up');
    const { body, headers, text } = await demo.get('/health').expect(200);
    expect(body).toMatchObject({ status: 'ok', details: { cache: { status: 'up', state: 'up', reasons: [] } } });
    expect(headers['cache-control']).toContain('no-store');
    expect(text).not.toMatch(/admin|127\.0\.0\.1/);
  });

  it('answers /metrics as Prometheus reads it, with what the demo did, and no key', async () => {
    await demo.get('/products').expect(200);
    await demo.count('scraped').expect(201);
    const { headers, text } = await demo.get('/metrics').expect(200);
    expect(headers['content-type']).toContain('version=0.0.4');
    expect(sampleOf(text, 'sentinel_cache_up{alias="default"}')).toBe(1);
    expect(sampleOf(text, 'sentinel_cache_sentinels{alias="default",state="connected"}')).toBe(3);
    expect(sampleOf(text, 'sentinel_cache_operations_total{alias="default",operation="incr",outcome="done"}')).toBeGreaterThan(0);
    expect(text).not.toMatch(/scraped|products|admin/);
  });

  it('tells a failover live to who watches, and once more to who comes later; the log of it is in /metrics too', async () => {
    const watcher = await Watcher.open(demo);
    expect(watcher.response.headers['content-type']).toContain('text/event-stream');
    const before = sampleOf(await scrape(), 'sentinel_cache_failovers_total{master="mymaster"}') ?? 0;
    const after = await topology.failover();
    await until('the watcher is told', () =>
      watcher.told.some(({ type, address }) => type === 'primary-changed' && address === after.address),
    );
    const late = await Watcher.open(demo);
    await until('who comes later is told', () => late.types().includes('primary-changed'));
    expect(sampleOf(await scrape(), 'sentinel_cache_failovers_total{master="mymaster"}')).toBe(before + 1);
    expect(JSON.stringify(watcher.messages)).not.toContain('admin');
    watcher.close();
    late.close();
    await topology.settled();
    await demo.healthy();
  });

  it('is down with 503 while all of Redis hangs, and up again by itself', async () => {
    await Promise.all(topology.nodes.map((node) => node.hang()));
    try {
      await until('it is down', async () => (await demo.get('/health')).status === 503);
      const { body } = await demo.get('/health').expect(503);
      expect(body).toMatchObject({ status: 'error', error: { cache: { status: 'down', state: 'down' } } });
      expect(sampleOf(await scrape(), 'sentinel_cache_up{alias="default"}')).toBe(0);
    } finally {
      await Promise.all(topology.nodes.map((node) => node.resume()));
    }
    await until('it is up', async () => (await demo.get('/health')).status === 200);
  });

  it('lets fifty watch, refuses more with 503, and takes the next when one has gone', async () => {
    const watchers = await Promise.all(Array.from({ length: 50 }, () => Watcher.open(demo)));
    expect(new Set(watchers.map(({ response }) => response.statusCode))).toEqual(new Set([200]));
    expect((await demo.get('/operations/events')).status).toBe(503);
    watchers[0]!.close();
    let next: Watcher | undefined;
    await until('there is room again', async () => {
      next = await Watcher.open(demo);
      if (next.response.statusCode === 200) return true;
      next.close();
      return false;
    });
    for (const watcher of [...watchers, next!]) watcher.close();
  });

  it('ends in time while somebody watches, and ends the watching', async () => {
    const other = await RunningDemo.start(platform, settingsFor(topology));
    await other.healthy();
    const watcher = await Watcher.open(other);
    expect(await other.close()).toBeLessThan(20_000);
    await until('the watching has ended', () => watcher.ended);
  });

  it('has all of it on locmem, too: up, counted, and nothing to tell', async () => {
    const memory = await RunningDemo.start(platform, { CACHES: { default: { BACKEND: 'locmem' } } });
    try {
      await memory.get('/health').expect(200);
      await memory.count('n').expect(201);
      const { text } = await memory.get('/metrics').expect(200);
      expect(sampleOf(text, 'sentinel_cache_operations_total{alias="default",operation="incr",outcome="done"}')).toBeGreaterThan(
        0,
      );
      expect(text).not.toContain('sentinel_cache_up{');
      const watcher = await Watcher.open(memory);
      expect([watcher.response.statusCode, watcher.told]).toEqual([200, []]);
      watcher.close();
    } finally {
      await memory.close();
    }
  });
});

describe('the log of the demo', () => {
  it('has a line for each change of state and no other, however often health is asked while Redis is away', async () => {
    const topology = await startLocalSentinel({ replicas: 1, sentinels: 1, password: 'admin', downAfterMs: 60_000 });
    const built = new BuiltDemo();
    try {
      const sentinels = topology.sentinels.map(({ host, port }) => `${host}:${port}`).join(',');
      const demo = built.run([], { DEMO_SENTINELS: sentinels });
      const url = await demo.listening;
      const health = async (): Promise<number> => (await fetch(`${url}/health`)).status;
      await until('it is up', async () => (await health()) === 200);
      await until('that is in the log', () => demo.output.includes('connected to the primary'));
      const booted = demo.output.length;
      await topology.primary.hang();
      await until('it is down', async () => (await health()) === 503);
      expect(new Set(await Promise.all(Array.from({ length: 20 }, health)))).toEqual(new Set([503]));
      await topology.primary.resume();
      await until('it is up again', async () => (await health()) === 200);
      await until('that is in the log, too', () => demo.output.slice(booted).includes('connected to the primary'));
      demo.kill('SIGTERM');
      await demo.ended;
      const lines = demo.output
        .slice(booted)
        .split('\n')
        .filter((line) => line !== '');
      expect(lines.filter((line) => !line.includes('[SentinelCache]'))).toEqual([]);
      expect(lines.length).toBeLessThan(8);
    } finally {
      built.remove();
      await topology.stop();
    }
  });
});
