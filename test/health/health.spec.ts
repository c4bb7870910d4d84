import 'reflect-metadata';
import { Controller, Get, Module, Query, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HealthCheck, HealthCheckService, TerminusModule, type HealthCheckResult } from '@nestjs/terminus';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis, type LocalSentinel } from 'local-sentinel';
import { SentinelCacheModule, SentinelCaches, type DjangoSettings } from 'nestjs-sentinel-cache';
import { SentinelCacheHealthIndicator, type CacheHealthDetails } from 'nestjs-sentinel-cache/terminus';
import request from 'supertest';

import { until } from '../cache/support/waiting.js';
import { pastedSettings } from '../failover/sentinel-fixture.js';
import { startQuickTopology } from '../support/quick-topology.js';

@Controller('health')
class Health {
  constructor(
    private readonly health: HealthCheckService,
    private readonly cache: SentinelCacheHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  check(@Query() { alias, lag, deadline }: Record<string, string | undefined>): Promise<HealthCheckResult> {
    const options = {
      ...(alias === undefined ? {} : { alias }),
      ...(lag === undefined ? {} : { maxReplicaLagMs: Number(lag) }),
      ...(deadline === undefined ? {} : { deadlineMs: Number(deadline) }),
    };
    return this.health.check([() => this.cache.check('cache', options)]);
  }
}

type IndicatorResult = CacheHealthDetails & { readonly status: string; readonly message?: string };

/** An application with a health page on these settings. */
class Checked {
  private constructor(readonly app: INestApplication) {}

  static async start(settings: DjangoSettings): Promise<Checked> {
    class App {}
    Module({
      imports: [SentinelCacheModule.forRoot(settings), TerminusModule.forRoot({ logger: false })],
      controllers: [Health],
      providers: [SentinelCacheHealthIndicator],
    })(App);
    const app = await NestFactory.create(App, { logger: false });
    await app.listen(0, '127.0.0.1');
    return new Checked(app);
  }

  /** What HTTP says, what terminus says of everything, and what it says of the cache. */
  async ask(query = ''): Promise<{ http: number; whole: string; cache: IndicatorResult; codes: string[]; text: string }> {
    const { status, body, text } = await request(this.app.getHttpServer()).get(`/health${query}`);
    const { status: whole, details } = body as { status: string; details: { cache: IndicatorResult } };
    return { http: status, whole, cache: details.cache, codes: (details.cache.reasons ?? []).map(({ code }) => code), text };
  }

  async until(state: string, code?: string, query = ''): Promise<Awaited<ReturnType<Checked['ask']>>> {
    let response = await this.ask(query);
    await until(`${state} ${code ?? ''}`, async () => {
      response = await this.ask(query);
      return response.cache.state === state && (code === undefined || response.codes.includes(code));
    });
    return response;
  }
}

let checked: Checked | undefined;
afterEach(async () => {
  await checked?.app.close();
  checked = undefined;
});

describe('the health of a cache on Sentinel', () => {
  let topology: LocalSentinel;
  beforeAll(async () => {
    topology = await startQuickTopology();
  });
  afterAll(() => topology.stop());

  const open = async (options: Record<string, unknown> = {}): Promise<Checked> => {
    checked = await Checked.start(pastedSettings(topology, options));
    return checked;
  };

  it('is up when everything is there: 200, no reason, and how long the primary took', async () => {
    const { http, whole, cache, text } = await (await open()).until('up');
    expect([http, whole]).toEqual([200, 'ok']);
    expect(cache).toEqual({ status: 'up', state: 'up', reasons: [], roundTripMs: expect.any(Number) });
    expect(cache.roundTripMs).toBeLessThan(20_000);
    expect(text).not.toMatch(/admin|127\.0\.0\.1|mymaster/);
  });

  it('is degraded with a sentinel killed: still 200, terminus 12 says degraded, and which part is gone', async () => {
    const app = await open();
    await app.until('up');
    await topology.sentinels[0]!.kill();
    try {
      const { http, whole, cache, text } = await app.until('degraded', 'sentinel-lost');
      expect([http, whole, cache.status]).toEqual([200, 'degraded', 'degraded']);
      expect(cache.reasons).toContainEqual({ code: 'sentinel-lost', message: '1 of 3 sentinels does not answer.' });
      expect(text).not.toMatch(/admin|127\.0\.0\.1|mymaster/);
    } finally {
      await topology.sentinels[0]!.restart();
      await topology.settled();
    }
    await app.until('up');
  });

  it('is degraded when the sentinels that are left can agree on nothing: quorum-lost', async () => {
    const app = await open();
    await app.until('up');
    const two = topology.sentinels.slice(0, 2);
    await Promise.all(two.map((sentinel) => sentinel.kill()));
    try {
      const { http, codes } = await app.until('degraded', 'quorum-lost');
      expect([http, codes]).toEqual([200, ['quorum-lost', 'sentinel-lost']]);
    } finally {
      await Promise.all(two.map((sentinel) => sentinel.restart()));
      await topology.settled();
    }
    await app.until('up');
  });

  it('is degraded when a replica lags more than the limit (2500 ms), and the primary still answers', async () => {
    const app = await open();
    await app.until('up');
    const replica = topology.replicas[0]!;
    await replica.hang();
    try {
      await topology.primary.command('SET', 'written', 'meanwhile');
      const early = await app.ask('?lag=60000');
      expect(early.codes).not.toContain('replica-lag');
      const { http, codes } = await app.until('degraded', 'replica-lag', '?lag=2500');
      expect([http, codes.includes('primary-unreachable')]).toEqual([200, false]);
    } finally {
      await replica.resume();
      await topology.settled();
    }
    await app.until('up');
  });

  it('with the primary hung a strict cache is down with 503, one with IGNORE_EXCEPTIONS degraded with 200, both in bounded time', async () => {
    const strict = pastedSettings(topology).CACHES.default;
    const optional = pastedSettings(topology, { IGNORE_EXCEPTIONS: true }).CACHES.default;
    checked = await Checked.start({ CACHES: { default: strict, optional } });
    await checked.until('up');
    await checked.until('up', undefined, '?alias=optional');
    const hung = topology.nodes.filter((node) => !topology.sentinels.includes(node as never));
    await Promise.all(hung.map((node) => node.hang()));
    try {
      const down = await checked.until('down');
      expect([down.http, down.whole, down.cache.status]).toEqual([503, 'error', 'down']);
      expect(['primary-unreachable', 'breaker-open']).toContain(down.codes[0]);
      expect(down.cache.roundTripMs).toBeNull();
      expect(down.text).not.toMatch(/admin|127\.0\.0\.1|mymaster/);
      const degraded = await checked.until('degraded', undefined, '?alias=optional');
      expect(degraded.http).toBe(200);
      expect(degraded.cache.reasons[0]!.message).toContain('IGNORE_EXCEPTIONS');
      const startedMs = performance.now();
      await checked.ask('?deadline=100');
      expect(performance.now() - startedMs).toBeLessThan(20_000);
    } finally {
      await Promise.all(hung.map((node) => node.resume()));
      await topology.settled();
    }
    await checked.until('up');
  });

  it('a hundred checks at once ask a sentinel no more than a few', async () => {
    const app = await open();
    await app.until('up');
    const [sentinel] = topology.sentinels;
    const asked = async (): Promise<number> => {
      const info = String(await sentinel!.command('INFO', 'stats'));
      return Number(/total_commands_processed:(\d+)/.exec(info)?.[1]);
    };
    const before = await asked();
    await Promise.all(Array.from({ length: 100 }, () => app.ask()));
    expect((await asked()) - before).toBeLessThan(100);
  });

  it('is down with a wrong password, and neither password is told', async () => {
    const { http, cache, text } = await (await open({ PASSWORD: 'hush' })).until('down');
    expect([http, cache.status, cache.reasons[0]!.code]).toEqual([503, 'down', 'primary-unreachable']);
    expect(cache.reasons[0]!.message).toContain('auth');
    expect(text).not.toMatch(/hush|admin|127\.0\.0\.1/);
  });
});

describe('the health of a cache without Sentinel', () => {
  let redis: LocalRedis;
  beforeAll(async () => {
    redis = await startLocalRedis();
  });
  afterAll(() => redis.stop());

  it('is up on one server, down when that hangs without any traffic before, and up again', async () => {
    checked = await Checked.start({ CACHES: { default: { BACKEND: 'redis', LOCATION: redis.url(0) } } });
    await checked.until('up');
    await redis.hang();
    try {
      const { http, cache } = await checked.ask();
      expect([http, cache.status, cache.state]).toEqual([503, 'down', 'down']);
    } finally {
      await redis.resume();
    }
    expect((await checked.until('up')).cache.reasons).toEqual([]);
  });

  it('stays up while Redis holds writes back or refuses them: it answers, and reads go on', async () => {
    checked = await Checked.start({ CACHES: { default: { BACKEND: 'redis', LOCATION: redis.url(0) } } });
    const app = checked;
    await app.until('up');
    const cache = app.app.get(SentinelCaches).get();
    const outcomeOfWrite = (): Promise<unknown> => cache.set('k', 1).catch((error: { code: string }) => error.code);
    await redis.command('CLIENT', 'PAUSE', '60000', 'WRITE');
    try {
      // The write waits on the one connection, the checks behind it; the second write is made when Redis is known to hold them back.
      for (let round = 0; round < 2; round += 1) {
        const writing = outcomeOfWrite();
        const responses = await Promise.all(Array.from({ length: 10 }, () => app.ask()));
        expect(new Set(responses.map(({ cache: { state } }) => state))).toEqual(new Set(['up']));
        expect(await cache.get('absent')).toBeUndefined();
        expect(await writing).toBe('SENTINEL_CACHE_UNAVAILABLE');
      }
    } finally {
      await redis.command('CLIENT', 'UNPAUSE');
    }
    await until('writes pass again', async () => (await outcomeOfWrite()) === true);
    await redis.command('CONFIG', 'SET', 'maxmemory', '1');
    try {
      expect([await outcomeOfWrite(), (await app.ask()).cache.state]).toEqual(['SENTINEL_CACHE_REJECTED', 'up']);
    } finally {
      await redis.command('CONFIG', 'SET', 'maxmemory', '0');
    }
  });

  it('is up on locmem and dummy, and down for an alias that there is not', async () => {
    checked = await Checked.start({ CACHES: { default: { BACKEND: 'locmem' }, none: { BACKEND: 'dummy' } } });
    expect(await checked.ask()).toMatchObject({ http: 200, cache: { state: 'up', reasons: [] } });
    expect(await checked.ask('?alias=none')).toMatchObject({ http: 200, cache: { state: 'up' } });
    expect(await checked.ask('?alias=nowhere')).toMatchObject({ http: 503, cache: { status: 'down' } });
  });

  it('takes what is left out or undefined as the default, and refuses other options: all in one error', async () => {
    checked = await Checked.start({ CACHES: { default: { BACKEND: 'locmem' } } });
    const indicator = checked.app.get(SentinelCacheHealthIndicator);
    expect(await indicator.check('cache', { alias: undefined, deadlineMs: undefined } as never)).toMatchObject({
      cache: { state: 'up' },
    });
    const where = 'SentinelCacheHealthIndicator.check,';
    const refused: [unknown, string][] = [
      [null, `${where} options: expected an object, got null. Write { alias: 'default' }, or leave it out.`],
      [
        'default',
        `${where} options: expected an object, got a string of 7 characters. Write { alias: 'default' }, or leave it out.`,
      ],
      [
        { timeout: 5, alias: 7 },
        `${where} timeout: expected one of alias, maxReplicaLagMs, deadlineMs, got an unknown name. Remove it. ` +
          "alias: expected an alias of CACHES, got 7 (number). Write alias: 'default'.",
      ],
      [
        { maxReplicaLagMs: NaN, deadlineMs: 2 ** 31 },
        `${where} maxReplicaLagMs: expected a number of milliseconds, 0 or more, got NaN (number). Write maxReplicaLagMs: 5000. ` +
          'deadlineMs: expected a number of milliseconds above 0, at most 2147483647, got 2147483648 (number). Write deadlineMs: 750.',
      ],
    ];
    for (const [options, message] of refused)
      await expect(indicator.check('cache', options as never)).rejects.toMatchObject({
        code: 'SENTINEL_CACHE_INVALID_ARGUMENT',
        message,
      });
  });

  it('boots on Express with Redis away and says so, and a hundred checks at once are all answered', async () => {
    checked = await Checked.start({ CACHES: { default: { BACKEND: 'redis', LOCATION: 'redis://127.0.0.1:1/0' } } });
    const app = checked;
    const responses = await Promise.all(Array.from({ length: 100 }, () => app.ask()));
    expect(new Set(responses.map(({ http }) => http))).toEqual(new Set([503]));
  });
});
