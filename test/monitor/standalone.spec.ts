import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { SentinelCaches, SentinelMonitor } from 'nestjs-sentinel-cache';

import { until } from '../connection/until.js';
import { bootWith, closeAll } from '../nest/support/boot.js';
import { monitored } from './monitored.js';

describe('a standalone Redis, monitored', () => {
  let redis: LocalRedis;
  beforeAll(async () => {
    redis = await startLocalRedis({ replicas: 1 });
  });
  afterAll(() => redis.stop());
  afterEach(closeAll);
  const settings = () => ({
    CACHES: { default: { BACKEND: 'redis', LOCATION: `redis://${redis.host}:${redis.port}/0`, OPTIONS: { deadline: '5s' } } },
  });

  it('tells connected, lost and recovered; its replicas come from the primary, and there is no quorum', async () => {
    const { caches, types, of } = monitored(settings());
    const seen = (await caches.monitor.topology())!;
    expect(seen).toMatchObject({
      kind: 'standalone',
      masterName: null,
      state: { status: 'up' },
      primary: { address: redis.primary.address, connected: true, configEpoch: null },
      sentinels: [],
      quorum: null,
    });
    expect(seen.replicas).toMatchObject([{ address: redis.replicas[0]!.address, linkUp: true, usable: true }]);
    await redis.primary.kill();
    await until(() => types().includes('connection-lost'));
    await redis.primary.restart();
    await until(() => types().includes('recovered'));
    expect(types().filter((type) => !type.startsWith('breaker'))).toEqual(['connected', 'connection-lost', 'recovered']);
    expect(of('recovered')[0]).toMatchObject({ masterName: null, address: redis.primary.address, aliases: ['default'] });
    await caches.close();
  });

  it('Nest injects it: the monitor of all caches', async () => {
    const { app } = await bootWith(settings());
    const monitor = app.get(SentinelMonitor);
    expect(monitor).toBe(app.get(SentinelCaches).monitor);
    expect(await monitor.topology('default')).toMatchObject({ state: { status: 'up' } });
  });
});
