import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LocalSentinel } from 'local-sentinel';
import { Pages, SentinelCaches } from 'nestjs-sentinel-cache';
import { until } from '../cache/support/waiting.js';
import { startQuickTopology } from '../support/quick-topology.js';
import { ASKED, HIT, startItemPages } from './support/item-pages.js';
import { said, type PageApp } from './support/page-app.js';

const ROUNDS = 30;

describe('pages behind Sentinel, with reads from replicas', () => {
  let topology: LocalSentinel;
  let pages: PageApp;
  let others: PageApp;

  beforeAll(async () => {
    topology = await startQuickTopology();
    const OPTIONS = { PASSWORD: 'admin', CLIENT_CLASS: 'django_sentinel.SentinelClient' };
    const cache = { BACKEND: 'django_redis.cache.RedisCache', LOCATION: topology.location('mymaster', 0), OPTIONS };
    ({ pages, others } = await startItemPages(cache));
  });
  afterAll(async () => {
    await pages?.app.close();
    await others?.app.close();
    await topology?.stop();
  });

  const get = (app: PageApp) => app.ask('/items/1', ASKED);
  const clientReads = async (): Promise<string[]> => {
    const stats = await Promise.all(topology.replicas.map((node) => node.command('INFO', 'commandstats')));
    return stats.flatMap((text) => String(text).match(/cmdstat_(?:get|mget|eval|evalsha|eval_ro|evalsha_ro|pttl)\b/g) ?? []);
  };

  it('pages and what drops them are read from the primary alone: a replica may not know yet', async () => {
    await until('it is cached', async () => said(await get(pages)) === HIT);
    for (let i = 0; i < 50; i += 1) expect(said(await get(pages))).toBe(HIT);
    expect(await clientReads()).toEqual([]);
    // Other reads of the same cache do go there.
    const cache = pages.app.get(SentinelCaches).get();
    await until('a replica was asked', async () => {
      await cache.get('k');
      return (await clientReads()).length > 0;
    });
  });

  it.each<[string, () => Promise<unknown>]>([
    ['Pages.evict', () => pages.app.get(Pages).evict({ tags: 'items' })],
    ['an unsafe request', () => pages.ask('/items/1', { method: 'PUT', ...ASKED })],
  ])(`after %s in one process another one never sends the old page (${ROUNDS} rounds)`, async (_, drop) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      await until('it is cached', async () => said(await get(others)) === HIT);
      const { run: old } = (await get(others)).json;
      await drop();
      expect((await get(others)).json.run).toBeGreaterThan(old);
    }
  });
});
