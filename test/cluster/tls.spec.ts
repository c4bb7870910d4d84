import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalCluster, type LocalCluster } from 'local-sentinel';
import { createCaches } from 'nestjs-sentinel-cache';

import { rejectionOf } from '../cache/support/waiting.js';

describe('a Redis Cluster over TLS', () => {
  let cluster: LocalCluster;
  beforeAll(async () => {
    cluster = await startLocalCluster({ tls: true, password: 'admin' });
  });
  afterAll(() => cluster?.stop());

  const cachesWith = (kwargs: Record<string, unknown>) =>
    createCaches({
      default: { BACKEND: 'redis', LOCATION: cluster.location(), OPTIONS: { deadline: 2000, CONNECTION_POOL_KWARGS: kwargs } },
    });

  it('is found and used by rediss+cluster://, the certificate of every node checked', async () => {
    const caches = cachesWith({ ssl_ca_data: cluster.ca });
    const keys = Array.from({ length: 30 }, (_, i) => `k${i}`);
    await caches.get().setMany(new Map(keys.map((key) => [key, key])), 60);
    expect((await caches.get().getMany(keys)).size).toBe(30);
    expect(caches.topology()!.primaries).toHaveLength(3);
    await caches.close();
  });

  it('is not used without the authority of its certificates', async () => {
    const caches = cachesWith({});
    expect(await rejectionOf(caches.get().set('k', 1))).toMatchObject({ reason: 'tls', executed: false });
    await caches.close();
  });
});
