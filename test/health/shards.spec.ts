import { HealthIndicatorService } from '@nestjs/terminus';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { createCaches, type SentinelCaches } from 'nestjs-sentinel-cache';
import { SentinelCacheHealthIndicator, type CacheHealthDetails } from 'nestjs-sentinel-cache/terminus';

describe('health of a ShardClient', () => {
  let servers: LocalRedis[];
  let caches: SentinelCaches;
  let indicator: SentinelCacheHealthIndicator;
  const check = async (alias: string): Promise<CacheHealthDetails & { readonly status: string }> =>
    (await indicator.check('cache', { alias, deadlineMs: 5000 })).cache as unknown as CacheHealthDetails & { status: string };

  beforeAll(async () => {
    servers = await Promise.all([1, 2, 3].map(() => startLocalRedis()));
    const setting = (more: object) => ({
      BACKEND: 'redis',
      LOCATION: servers.map((server) => server.url(0)),
      OPTIONS: { CLIENT_CLASS: 'shard', deadline: '1s', ...more },
    });
    caches = createCaches({ default: setting({}), soft: setting({ IGNORE_EXCEPTIONS: true }) });
    indicator = new SentinelCacheHealthIndicator(caches, new HealthIndicatorService());
  });
  afterAll(async () => {
    await caches?.close();
    await Promise.all((servers ?? []).map((server) => server.stop()));
  });

  it('is up while every server answers', async () => {
    const { status, state, reasons, roundTripMs } = await check('default');
    expect({ status, state, reasons }).toEqual({ status: 'up', state: 'up', reasons: [] });
    expect(roundTripMs).toEqual(expect.any(Number));
  });

  it('is down when one does not, says which by its place, and hides its address; an optional cache is degraded', async () => {
    await servers[1]!.kill();
    const down = await check('default');
    expect(down).toMatchObject({ status: 'down', state: 'down', roundTripMs: null });
    expect(down.reasons.map(({ code }) => code)).toEqual([expect.stringMatching(/^(primary-unreachable|breaker-open)$/)]);
    expect(down.reasons[0]!.message).toMatch(/^Shard 2 of 3: /);
    expect(JSON.stringify(down)).not.toContain(String(servers[1]!.port));
    expect((await check('soft')).state).toBe('degraded');
    await servers[1]!.restart();
  });
});
