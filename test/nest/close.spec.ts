import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startLocalRedis, startLocalSentinel, type LocalRedis, type LocalSentinel } from 'local-sentinel';
import { CacheUnavailableError, SentinelCache, type DjangoSettings } from 'nestjs-sentinel-cache';
import { deadPort, startBlackHole, type BlackHole } from '../cache/support/ports.js';
import { timed, until } from '../cache/support/waiting.js';
import { bootWith, closeAll } from './support/boot.js';
import { transpile, type Transpiled } from './support/transpile.js';

const WITHIN_MS = 30_000;

let topology: LocalSentinel;
let redis: LocalRedis;
let hung: LocalRedis;
let hole: BlackHole;
let library: Transpiled;
beforeAll(async () => {
  [topology, redis, hung, hole, library] = await Promise.all([
    startLocalSentinel({ replicas: 1, sentinels: 3, password: 'admin' }),
    startLocalRedis(),
    startLocalRedis(),
    startBlackHole(),
    transpile('sentinel-cache'),
  ]);
});
afterAll(async () => {
  await closeAll();
  await Promise.all([topology?.stop(), redis?.stop(), hung?.stop(), hole?.stop(), library?.remove()]);
});

const standalone = (host: string, port: number): DjangoSettings => ({
  default: { BACKEND: 'redis', LOCATION: `redis://${host}:${port}/0` },
});
const sentinel = (): DjangoSettings => ({
  default: {
    BACKEND: 'django_redis.cache.RedisCache',
    LOCATION: topology.location(),
    OPTIONS: { PASSWORD: 'admin', CLIENT_CLASS: 'django_sentinel.SentinelClient' },
  },
});

interface State {
  readonly state: string;
  readonly settings: () => DjangoSettings | Promise<DjangoSettings>;
  /** Whether a call is answered before; `freeze` comes after it. */
  readonly answers: boolean;
  readonly freeze?: () => Promise<void>;
  readonly thaw?: () => Promise<void>;
}

const STATES: State[] = [
  { state: 'ready', settings: () => standalone(redis.host, redis.port), answers: true },
  { state: 'ready on Sentinel', settings: sentinel, answers: true },
  { state: 'never connected (nobody listens)', settings: async () => standalone('127.0.0.1', await deadPort()), answers: false },
  { state: 'connecting to a black hole', settings: () => standalone(hole.host, hole.port), answers: false },
  {
    state: 'with Redis frozen by SIGSTOP',
    settings: () => standalone(hung.host, hung.port),
    answers: true,
    freeze: () => hung.hang(),
    thaw: () => hung.resume(),
  },
  {
    state: 'with the primary and every sentinel frozen by SIGSTOP',
    settings: sentinel,
    answers: true,
    freeze: async () => void (await Promise.all([topology.primary, ...topology.sentinels].map((node) => node.hang()))),
    thaw: async () => {
      await Promise.all([topology.primary, ...topology.sentinels].map((node) => node.resume()));
      await topology.settled();
    },
  },
];

describe.each(STATES)('app.close() $state', ({ settings, answers, freeze, thaw }) => {
  it('pain 31: takes less than a second, with calls pending too, each of which settles', async () => {
    const { app, log } = await bootWith(await settings());
    const cache = app.get(SentinelCache);
    if (answers) await until('it stands', () => cache.set('k', 'v', 60).catch(() => false));
    await freeze?.();
    try {
      const calls = Array.from({ length: 100 }, (_, i) => (i % 2 ? cache.get('k') : cache.set(`k${i}`, i, 60)));
      const outcomes = Promise.allSettled(calls);
      await timed(app.close(), WITHIN_MS);
      const { value } = await timed(outcomes, WITHIN_MS);
      const errors = value.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as CacheUnavailableError] : []));
      if (answers && !freeze) expect(errors).toEqual([]);
      else expect(errors).toHaveLength(100);
      for (const error of errors) {
        expect(error).toBeInstanceOf(CacheUnavailableError);
        expect(error).toMatchObject({ alias: 'default' });
        expect(error.executed === false || error.executed === 'unknown').toBe(true);
        if (error.executed === false) expect(error.reason).toBe('closed');
      }
      if (!answers) expect(errors.every(({ reason, executed }) => reason === 'closed' && executed === false)).toBe(true);
      if (freeze) expect(errors.filter(({ executed }) => executed === 'unknown').length).toBeGreaterThan(0);
      expect(log.ours.filter(({ level }) => level === 'error')).toEqual([]);
      await timed(app.close(), WITHIN_MS);
    } finally {
      await thaw?.();
    }
  });

  it('pain 31: lets its process end by itself, without an unhandled rejection', async () => {
    const source = `
        import { readFileSync } from 'node:fs';
        const { Module } = await import('@nestjs/common');
        const { NestFactory } = await import('@nestjs/core');
        const { SentinelCacheModule, SentinelCache } = await import(${JSON.stringify(pathToFileURL(join(library.folder, 'index.js')).href)});
        class App {}
        Module({ imports: [SentinelCacheModule.forRoot(${JSON.stringify(await settings())})] })(App);
        const app = await NestFactory.createApplicationContext(App, { logger: false });
        const cache = app.get(SentinelCache);
        while (${answers} && !(await cache.set('k', 1, 60).catch(() => false)));
        process.stdout.write('up\\n');
        readFileSync(0);
        cache.set('pending', 1, 60).catch(() => undefined);
        cache.get('pending').catch(() => undefined);
        await app.close();
        process.stdout.write('closed\\n');`;
    const env = { ...process.env, NODE_OPTIONS: '' };
    const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
      cwd: library.folder,
      env,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    await freeze?.();
    try {
      child.stdin.end();
      const { value } = await timed(ended, WITHIN_MS);
      expect(value).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
      await thaw?.();
    }
  });
});
