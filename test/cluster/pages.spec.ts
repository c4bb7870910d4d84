import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalCluster, type LocalCluster } from 'local-sentinel';
import { Pages } from 'nestjs-sentinel-cache';
import { until } from '../cache/support/waiting.js';
import { ASKED, HIT, startItemPages } from '../http/support/item-pages.js';
import { said, type PageApp } from '../http/support/page-app.js';

const ITEMS = Array.from({ length: 20 }, (_, i) => `/items/${i}`);

describe('pages on a Redis Cluster', () => {
  let cluster: LocalCluster;
  let pages: PageApp;
  let others: PageApp;

  beforeAll(async () => {
    cluster = await startLocalCluster({ primaries: 3, password: 'admin', nodeTimeoutMs: 5000 });
    const cache = { BACKEND: 'redis', LOCATION: cluster.location(), KEY_PREFIX: 'app' };
    ({ pages, others } = await startItemPages(cache));
  });
  afterAll(async () => {
    await pages?.app.close();
    await others?.app.close();
    await cluster?.stop();
  });

  const get = (app: PageApp, path: string) => app.ask(path, ASKED);
  async function cached(): Promise<Map<string, number>> {
    for (const path of ITEMS) await until(`${path} is cached`, async () => said(await get(others, path)) === HIT);
    return new Map(
      await Promise.all(ITEMS.map(async (path): Promise<[string, number]> => [path, (await get(others, path)).json.run])),
    );
  }

  it('a page, its generations and its list lie in other slots, and are read as one', async () => {
    await cached();
    const keys = await Promise.all(cluster.primaries.map((node) => node.command('DBSIZE')));
    for (const count of keys) expect(Number(count)).toBeGreaterThan(0);
    for (const path of ITEMS) expect(said(await get(pages, path))).toBe(HIT);
  });

  it.each([[{ tags: 'items' }], [{ path: '/items' }], [{ path: '/' }]])(
    '%j drops the pages of all slots, in every process, before it resolves',
    async (what) => {
      const before = await cached();
      await pages.app.get(Pages).evict(what);
      const after = await Promise.all(ITEMS.map(async (path) => [path, (await get(others, path)).json.run] as const));
      for (const [path, run] of after) expect(run).toBeGreaterThan(before.get(path)!);
    },
  );

  it('an unsafe request drops its own address and no other', async () => {
    const before = await cached();
    await pages.ask('/items/7', { method: 'PUT', ...ASKED });
    for (const path of ITEMS) {
      const { run } = (await get(others, path)).json;
      expect([path, run > before.get(path)!]).toEqual([path, path === '/items/7']);
    }
  });
});
