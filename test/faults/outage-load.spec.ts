import { Controller, Get, Module, Session, type INestApplication } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { InjectCache, SentinelCache, SentinelCacheModule, type CacheSession } from 'nestjs-sentinel-cache';
import { until } from '../cache/support/waiting.js';
import { LogLines } from '../nest/support/log-lines.js';
import { startQuickTopology } from './support/quick-topology.js';

/** A minute with `OUTAGE_SECONDS=60 npm run test:faults -- outage-load`. */
const SECONDS = Number(process.env['OUTAGE_SECONDS'] ?? 10);
const REQUESTS_A_SECOND = 100;
const TICK_MS = 1000 / REQUESTS_A_SECOND;
const PAGES = ['cache', 'session', 'neither'] as const;
const COOKIE = { cookie: 'sessionid=abcdefghijklmnopqrstuvwxyz012345' };

@Controller('cache')
class OfCache {
  constructor(@InjectCache() private readonly cache: SentinelCache) {}
  @Get() async get(): Promise<unknown> {
    return { value: (await this.cache.get('k')) ?? null };
  }
}
@Controller('session')
class OfSession {
  @Get() async get(@Session() session: CacheSession): Promise<unknown> {
    return { value: (await session.get('k')) ?? null };
  }
}
@Controller('neither')
class OfNeither {
  @Get() get(): unknown {
    return { value: 1 };
  }
}

/** What a page answered: how often, and with which Retry-After. */
type Tally = Map<string, number>;

/** Sends requests to all three pages in turn, at a steady rate; resolves when all are answered. */
async function load(url: string): Promise<{ readonly responses: Tally; readonly slowestMs: number }> {
  const responses: Tally = new Map();
  let slowestMs = 0;
  const ask = async (page: string): Promise<void> => {
    const askedMs = performance.now();
    const response = await fetch(`${url}/${page}`, { headers: COOKIE });
    await response.arrayBuffer();
    slowestMs = Math.max(slowestMs, performance.now() - askedMs);
    const key = `${page} ${response.status} ${response.headers.get('retry-after') ?? '-'}`;
    responses.set(key, (responses.get(key) ?? 0) + 1);
  };
  const pending: Promise<void>[] = [];
  const startedMs = performance.now();
  for (let i = 0; i < SECONDS * REQUESTS_A_SECOND; i += 1) {
    pending.push(ask(PAGES[i % PAGES.length]!));
    const earlyMs = startedMs + (i + 1) * TICK_MS - performance.now();
    if (earlyMs > 0) await delay(earlyMs);
  }
  await Promise.all(pending);
  return { responses, slowestMs };
}

describe.each(['express', 'fastify'])('with all nodes killed, on %s', (platform) => {
  it(`${REQUESTS_A_SECOND} requests a second are answered 503, 503 and 200 by what they use, and the log has a line for each change of state`, async () => {
    const topology = await startQuickTopology();
    let app: INestApplication | undefined;
    try {
      @Module({
        imports: [
          SentinelCacheModule.forRoot({
            CACHES: {
              default: {
                BACKEND: 'redis',
                LOCATION: topology.location('mymaster', 0),
                OPTIONS: { CLIENT_CLASS: 'sentinel', PASSWORD: 'admin' },
              },
            },
            SESSION_ENGINE: 'django.contrib.sessions.backends.cache',
          }),
        ],
        controllers: [OfCache, OfSession, OfNeither],
      })
      class AppModule {}
      const log = new LogLines();
      const testing = await Test.createTestingModule({ imports: [AppModule] })
        .setLogger(log)
        .compile();
      app = platform === 'express' ? testing.createNestApplication() : testing.createNestApplication(new FastifyAdapter());
      await app.listen(0, '127.0.0.1');
      const url = await app.getUrl();
      await until('the cache answers', async () => (await fetch(`${url}/cache`)).status === 200);

      await Promise.all(topology.nodes.map((node) => node.kill()));
      await until('the outage is noticed', async () => (await fetch(`${url}/cache`)).status === 503);
      const before = log.lines.length;
      const { responses, slowestMs } = await load(url);
      const during = log.lines.slice(before);
      const changes = log.lines.slice(0, before).filter(({ level }) => level !== 'log');
      const share = (SECONDS * REQUESTS_A_SECOND) / PAGES.length;
      process.stdout.write(
        `${platform}, ${SECONDS} s: ${JSON.stringify(Object.fromEntries(responses))}, slowest ${Math.round(slowestMs)} ms; ` +
          `log: ${changes.length} before, ${during.length} during: ${during.map(({ context, message }) => `[${context}] ${message}`).join(' | ')}\n`,
      );
      expect([...responses.keys()].toSorted()).toEqual(['cache 503 1', 'neither 200 -', 'session 503 1']);
      for (const count of responses.values()) expect(Math.abs(count - share)).toBeLessThanOrEqual(1);
      const all = log.lines.filter(({ level }) => level !== 'log');
      expect(all.every(({ context }) => context === 'SentinelCache')).toBe(true);
      expect(new Set(all.map(({ message }) => message)).size).toBe(all.length);
      expect(all.length).toBeLessThanOrEqual(MOST_CHANGES);
    } finally {
      await app?.close();
      await topology.stop();
    }
  });
});

/** The connection is lost, the sentinels are gone, the breaker opens. */
const MOST_CHANGES = 4;
