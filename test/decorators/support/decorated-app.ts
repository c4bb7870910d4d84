import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { SentinelCacheModule, SentinelCaches, type DjangoSettings, type SentinelCache } from 'nestjs-sentinel-cache';
import { ask, type HttpResponse, type AskOptions, type Platform } from '../../http/support/page-app.js';

/** An application whose providers and controllers are decorated. */
export interface DecoratedApp {
  readonly app: INestApplication;
  readonly caches: SentinelCaches;
  readonly cache: SentinelCache;
  readonly ask: (path: string, options?: AskOptions) => Promise<HttpResponse>;
}

export interface DecoratedAppOptions extends ModuleMetadata {
  readonly settings: DjangoSettings;
  readonly platform?: Platform | undefined;
  /** Changes the application before it listens. */
  readonly prepare?: (app: INestApplication) => unknown;
}

/** How often what a test decorated has run, by name. */
export const runs = new Map<string, number>();

/** Counts a run; returns how many there were. */
export function run(name: string): number {
  runs.set(name, (runs.get(name) ?? 0) + 1);
  return runs.get(name)!;
}

/** Applications over one Redis. */
export interface OnRedis {
  readonly redis: () => LocalRedis;
  /** Starts one with the caches `default` and `other`, and these OPTIONS for both. */
  readonly start: (options: Omit<DecoratedAppOptions, 'settings'> & { readonly OPTIONS?: object }) => Promise<DecoratedApp>;
}

/** One Redis for a spec file. After each test its applications are closed, it is emptied, and runs are forgotten. */
export function onRedis(): OnRedis {
  let redis: LocalRedis;
  beforeAll(async () => {
    redis = await startLocalRedis({ password: 'admin' });
  });
  beforeEach(() => runs.clear());
  afterEach(async () => {
    await closeAll();
    await redis.command('FLUSHALL');
  });
  afterAll(() => redis?.stop());
  const cacheOf = (database: number, more: object = {}) => {
    return { BACKEND: 'redis', LOCATION: redis.url(database), OPTIONS: { deadline: '30s', ...more } };
  };
  return {
    redis: () => redis,
    start: ({ OPTIONS, ...options }) =>
      startDecorated({ settings: { CACHES: { default: cacheOf(0, OPTIONS), other: cacheOf(1, OPTIONS) } }, ...options }),
  };
}

const open = new Set<INestApplication>();

/** Starts one that listens; `closeAll` ends it when the test does not. */
export async function startDecorated(options: DecoratedAppOptions): Promise<DecoratedApp> {
  const { settings, platform = 'Express', prepare, imports = [], ...more } = options;
  const testing = await Test.createTestingModule({ ...more, imports: [SentinelCacheModule.forRoot(settings), ...imports] })
    .setLogger({ log: () => undefined, warn: () => undefined, error: () => undefined })
    .compile();
  const adapter = platform === 'Express' ? new ExpressAdapter() : new FastifyAdapter();
  const app = testing.createNestApplication(adapter as ExpressAdapter);
  open.add(app);
  await prepare?.(app);
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const caches = app.get(SentinelCaches);
  return { app, caches, cache: caches.get(), ask: (path, how) => ask(`${url}${path}`, how) };
}

export async function closeAll(): Promise<void> {
  const apps = [...open];
  open.clear();
  await Promise.all(apps.map((app) => app.close()));
}
