import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalCluster, startLocalRedis, type LocalCluster, type LocalRedis } from 'local-sentinel';
import { createCaches, type SentinelCache, type SentinelCaches } from 'nestjs-sentinel-cache';
import { locmemTwin } from 'nestjs-sentinel-cache/testing';

import { ask, LIBRARIES, sessionFor, type SeenSession } from './support/stores.js';

const IDS = Array.from({ length: 30 }, (_, i) => `id${i}`);

let servers: LocalRedis[];
let cluster: LocalCluster;
let caches: SentinelCaches;
let twin: SentinelCaches;
beforeAll(async () => {
  servers = await Promise.all([startLocalRedis(), startLocalRedis()]);
  cluster = await startLocalCluster({ primaries: 3, replicas: 0 });
  const OPTIONS = { deadline: '5s' };
  const shards = { ...OPTIONS, CLIENT_CLASS: 'django_redis.client.ShardClient' };
  const settings = {
    default: { BACKEND: 'redis', LOCATION: servers.map((server) => server.url(0)), OPTIONS: shards },
    cluster: { BACKEND: 'redis', LOCATION: cluster.location(), OPTIONS },
  };
  caches = createCaches(settings);
  twin = createCaches(locmemTwin(settings));
});
afterAll(async () => {
  await Promise.all([caches?.close(), twin?.close()]);
  await Promise.all([...(servers ?? []), cluster].map((server) => server?.stop()));
});

const PLACES: [place: string, cache: () => SentinelCache][] = [
  ['two shards', () => caches.get()],
  ['a cluster', () => caches.get('cluster')],
  ['locmem', () => twin.get()],
];

describe.each(PLACES)('on %s', (_place, cacheOf) => {
  it.each(LIBRARIES)('all, length and clear of the store for %s know the sessions of every node', async (_name, library) => {
    const cache = cacheOf();
    const store = library.store(cache);
    await cache.set('page', 'stays', 60);
    for (const id of IDS) await ask((done) => store.set(id, sessionFor(60_000, { user: id }), done));
    expect(await ask((done) => store.length(done))).toBe(IDS.length);
    const all = (await ask<SeenSession[]>((done) => store.all(done)))!;
    expect(new Set(all.map(({ id, user }) => `${id} ${String(user)}`))).toEqual(new Set(IDS.map((id) => `${id} ${id}`)));
    await ask((done) => store.clear(done));
    expect([await ask((done) => store.length(done)), await cache.get('page')]).toEqual([0, 'stays']);
  });
});
