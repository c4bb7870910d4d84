import { Controller, Get, Param } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalCluster, startLocalRedis } from 'local-sentinel';
import { CachePage, Pages, SentinelCaches } from 'nestjs-sentinel-cache';
import { until } from '../cache/support/waiting.js';
import { said, startPageApp, type PageApp } from '../http/support/page-app.js';
import { startQuickTopology } from '../support/quick-topology.js';

const HIT = 'sentinel-cache; hit';
const ITEMS = Array.from({ length: 12 }, (_, i) => `/items/${i}`);
let runs = 0;

@Controller()
class Items {
  @Get('items/:id') @CachePage('15m', { tags: ['items'] }) item(@Param('id') id: string) {
    return { id, run: (runs += 1) };
  }
}

interface Servers {
  readonly cache: { readonly LOCATION: unknown; readonly OPTIONS: object };
  readonly stop: () => Promise<unknown>;
}
const sentinel = async (): Promise<Servers> => {
  const topology = await startQuickTopology();
  const OPTIONS = { PASSWORD: 'admin', CLIENT_CLASS: 'django_sentinel.SentinelClient' };
  return { cache: { LOCATION: topology.location('mymaster', 0), OPTIONS }, stop: () => topology.stop() };
};
const cluster = async (): Promise<Servers> => {
  const nodes = await startLocalCluster({ primaries: 3, replicas: 0, password: 'admin' });
  return { cache: { LOCATION: nodes.location(), OPTIONS: { PASSWORD: 'admin' } }, stop: () => nodes.stop() };
};
const shards = async (): Promise<Servers> => {
  const nodes = await Promise.all([startLocalRedis(), startLocalRedis()]);
  const OPTIONS = { CLIENT_CLASS: 'django_redis.client.ShardClient' };
  return {
    cache: { LOCATION: nodes.map((node) => node.url()), OPTIONS },
    stop: () => Promise.all(nodes.map((node) => node.stop())),
  };
};

describe.each([
  ['Sentinel', sentinel, false],
  ['a Redis Cluster', cluster, false],
  ['shards', shards, false],
  ['a Redis Cluster with tags', cluster, true],
])('pages and the near tier on %s', (_name, start, tags) => {
  let servers: Servers;
  let pages: PageApp;
  let others: PageApp;
  beforeAll(async () => {
    servers = await start();
  });
  afterAll(() => servers?.stop());
  beforeEach(async () => {
    runs = 0;
    const { LOCATION, OPTIONS } = servers.cache;
    const nearCache = { maxAge: '1h' };
    const settings = {
      CACHES: { default: { BACKEND: 'redis', LOCATION, KEY_PREFIX: 'app', OPTIONS: { ...OPTIONS, tags, nearCache } } },
    } as Parameters<typeof startPageApp>[0]['settings'];
    const open = (): Promise<PageApp> => startPageApp({ platform: 'Express', settings, controllers: [Items] });
    [pages, others] = await Promise.all([open(), open()]);
    await pages.app.get(SentinelCaches).get().clear();
  });
  afterEach(() => Promise.all([pages, others].map(({ app }) => app.close())));

  const get = (path: string, app = pages) => app.ask(path, { headers: { host: 'shop.example' } });
  async function isNear(path: string): Promise<boolean> {
    const near = pages.app.get(SentinelCaches);
    const { hits } = near.near()!;
    return said(await get(path)) === HIT && near.near()!.hits > hits;
  }
  /** Brings all pages near, and returns what they show. */
  async function near(): Promise<number[]> {
    for (const path of ITEMS) await until(`${path} is near`, () => isNear(path));
    return Promise.all(ITEMS.map(async (path): Promise<number> => (await get(path)).json.run));
  }
  async function runsOf(): Promise<number[]> {
    return Promise.all(ITEMS.map(async (path): Promise<number> => (await get(path)).json.run));
  }

  it('a page is near wherever it and its tags lie, and what drops it in another process is heard', async () => {
    const old = await near();
    await others.app.get(Pages).evict({ tags: 'items' });
    await until('all are made anew', async () => (await runsOf()).every((run, i) => run > old[i]!), 20_000);
    const made = await near();
    await others.app.get(Pages).evict({ path: '/items/3' });
    await until('one is made anew', async () => (await runsOf())[3]! > made[3]!, 20_000);
    expect((await runsOf()).map((run, i) => run > made[i]!)).toEqual(ITEMS.map((_, i) => i === 3));
  });

  it('what this process drops is gone at once', async () => {
    const old = await near();
    await pages.app.get(Pages).evict({ path: '/' });
    expect((await runsOf()).every((run, i) => run > old[i]!)).toBe(true);
  });
});
