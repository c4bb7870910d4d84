import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LocalSentinel } from 'local-sentinel';
import { createCaches, type CacheEvent } from 'nestjs-sentinel-cache';

import { until } from '../cache/support/waiting.js';
import { startQuickTopology } from '../support/quick-topology.js';

const page = readFileSync(join(dirname(fileURLToPath(import.meta.url)), '../../docs/production.md'), 'utf8');
const PREFIX = 'shop';

/** The rules of docs/production.md: for data nodes, then for sentinels. */
const [forNodes, forSentinels] = [...page.matchAll(/^(ACL SETUSER .+)$/gm)].map(([, line]) => line!.split(' '));

describe('the users of docs/production.md', () => {
  let topology: LocalSentinel;
  beforeAll(async () => {
    topology = await startQuickTopology({ sentinelPassword: 'admin' });
    const { nodes } = topology.master();
    await Promise.all(nodes.map((node) => node.command(forNodes![0]!, ...forNodes!.slice(1))));
    await Promise.all(topology.sentinels.map((node) => node.command(forSentinels![0]!, ...forSentinels!.slice(1))));
  }, 60_000);
  afterAll(() => topology.stop());

  function open(log: CacheEvent[]) {
    const credentials = { username: PREFIX, password: 'secret' };
    const settings = {
      BACKEND: 'redis',
      LOCATION: topology.location(),
      KEY_PREFIX: PREFIX,
      OPTIONS: {
        CLIENT_CLASS: 'sentinel',
        CONNECTION_POOL_KWARGS: credentials,
        SENTINEL_KWARGS: credentials,
        deadline: '10s',
        tags: true,
      },
    };
    return createCaches({ default: settings }, { onEvent: (event) => log.push(event) });
  }

  it('do all that a cache does, see the whole topology, and follow a failover', async () => {
    const log: CacheEvent[] = [];
    const caches = open(log);
    const cache = caches.get();
    try {
      await cache.set('user:7', { name: 'Ada' }, 60, { tags: ['users'] });
      await cache.add('visits', 0, null);
      expect([await cache.incr('visits'), await cache.get('user:7')]).toEqual([1, { name: 'Ada' }]);
      expect(await cache.getOrSet('report', () => 3, 60, { lock: true })).toBe(3);
      expect(await cache.lock('nightly', { timeout: 10 }).run(async () => 'done')).toBe('done');
      await cache.sets.add('seen', ['a']);
      expect((await cache.keys('*')).toSorted()).toContain('visits');
      await cache.invalidateTags('users');
      expect(await cache.get('user:7')).toBeUndefined();

      const readFrom = async () => (await caches.monitor.topology())?.replicas.filter(({ connected }) => connected).length === 2;
      await until('both replicas are read from', readFrom, 60_000);
      const seen = await caches.monitor.topology();
      expect(seen?.quorum?.ckquorum).toBe('ok');
      expect(seen?.replicas.map(({ lagBytes, linkUp }) => [typeof lagBytes, linkUp])).toEqual([
        ['number', true],
        ['number', true],
      ]);
      expect(seen?.sentinels.map(({ tellsEvents }) => tellsEvents)).toEqual([true, true, true]);

      await topology.failover();
      await cache.set('after', 1);
      await cache.clear();
      expect(await cache.keys('*')).toEqual([]);
      expect(log.filter(({ level }) => level === 'error')).toEqual([]);
    } finally {
      await caches.close();
    }
  }, 120_000);

  it('reach no key of another application, and can not empty the database', async () => {
    const caches = open([]);
    try {
      await expect(caches.get().command('GET', 'bank:1:balance')).rejects.toMatchObject({ redisCode: 'NOPERM' });
      await expect(caches.get().clear({ database: true })).rejects.toMatchObject({ redisCode: 'NOPERM' });
    } finally {
      await caches.close();
    }
  });
});
