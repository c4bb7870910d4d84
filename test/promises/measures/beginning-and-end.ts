import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { describe, expect, it } from '@jest/globals';
import { startLocalRedis, startLocalSentinel } from 'local-sentinel';
import type { DjangoSettings } from 'nestjs-sentinel-cache';

import { deadPort, startBlackHole } from '../../cache/support/ports.js';
import { rejectionOf, timed } from '../../cache/support/waiting.js';
import { bootWith, closeAll } from '../../nest/support/boot.js';
import { transpile, type Transpiled } from '../../nest/support/transpile.js';
import { spread } from '../promise-table.js';
import { PASSWORD, runsOf, settingsFor, type Bench } from '../proving-ground.js';

const WITHIN_MS = 1000;

const standalone = (location: string, options: Record<string, unknown> = {}): DjangoSettings =>
  ({ default: { BACKEND: 'redis', LOCATION: location, OPTIONS: options } }) as DjangoSettings;

/** Servers in a state; what they need is stopped by `stop`. */
interface Scene {
  readonly settings: DjangoSettings;
  /** A call is answered before `worsen`. */
  readonly answers: boolean;
  readonly worsen?: () => Promise<unknown>;
  readonly stop: () => Promise<unknown>;
}

const SCENES: Readonly<Record<string, () => Promise<Scene>>> = {
  ready: async () => {
    const topology = await startLocalSentinel({ password: PASSWORD });
    return { settings: settingsFor(topology), answers: true, stop: () => topology.stop() };
  },
  connecting: async () => {
    const hole = await startBlackHole();
    return { settings: standalone(`redis://${hole.host}:${hole.port}/0`), answers: false, stop: () => hole.stop() };
  },
  hung: async () => {
    const topology = await startLocalSentinel({ password: PASSWORD });
    const worsen = (): Promise<void> => topology.hangHost([topology.primary, ...topology.sentinels]);
    return { settings: settingsFor(topology), answers: true, worsen, stop: () => topology.stop() };
  },
  'down, never connected': async () => ({
    settings: standalone(`redis://127.0.0.1:${await deadPort()}/0`),
    answers: false,
    stop: async () => undefined,
  }),
  'down, all killed': async () => {
    const topology = await startLocalSentinel({ password: PASSWORD });
    const worsen = (): Promise<unknown> => Promise.all(topology.nodes.map((node) => node.kill()));
    return { settings: settingsFor(topology), answers: true, worsen, stop: () => topology.stop() };
  },
};

/** A program that connects, is told on stdin that it is time, closes with calls pending and is expected to end. */
function program(library: Transpiled, { settings, answers }: Scene): string {
  return `
    import { readFileSync } from 'node:fs';
    const { createCaches } = await import(${JSON.stringify(pathToFileURL(join(library.folder, 'index.js')).href)});
    const caches = createCaches(${JSON.stringify(settings)});
    const cache = caches.get();
    process.on('unhandledRejection', (error) => { console.error(error); process.exitCode = 3; });
    if (${answers}) await cache.set('k', 1, 60); else { caches.start(); await new Promise((next) => setTimeout(next, 100)); }
    process.stdout.write('up\\n');
    readFileSync(0);
    const pending = [cache.set('pending', 1, 60), cache.get('pending')].map((call) => call.then(() => 0, () => 1));
    await caches.close();
    await Promise.all(pending);`;
}

/** Milliseconds from "close" to the end of the process. */
async function shutdown(library: Transpiled, scene: Scene): Promise<number> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program(library, scene)], {
    cwd: library.folder,
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    await scene.worsen?.();
    child.stdin.end();
    const { value, tookMs } = await timed(ended, 5000);
    expect(value).toEqual([0, null]);
    return tookMs;
  } finally {
    child.kill('SIGKILL');
  }
}

interface Mistake {
  readonly name: string;
  readonly scene: () => Promise<Scene>;
  readonly reason: string;
  readonly says: RegExp;
}

const sentinelScene = async (
  change: (settings: { location: string }) => { location?: string; options?: Record<string, unknown> },
  servers: Parameters<typeof startLocalSentinel>[0] = {},
): Promise<Scene> => {
  const topology = await startLocalSentinel({ replicas: 1, password: PASSWORD, ...servers });
  const { location = topology.location(), options = {} } = change({ location: topology.location() });
  return { settings: settingsFor(topology, options, location), answers: false, stop: () => topology.stop() };
};

/** A port that answers in plain text whatever it is asked. */
async function plainPort(): Promise<{ port: number; close: () => void }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end('-ERR unknown command\r\n'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
}

const MISTAKES: readonly Mistake[] = [
  {
    name: 'Redis down',
    scene: async () => SCENES['down, never connected']!(),
    reason: 'no-primary',
    says: /ECONNREFUSED/,
  },
  {
    name: 'unknown master',
    scene: () => sentinelScene(({ location }) => ({ location: location.replace('mymaster', 'MyMaster') })),
    reason: 'unknown-master',
    says: /Check the name in LOCATION/,
  },
  {
    name: 'wrong Redis password',
    scene: () => sentinelScene(() => ({ options: { PASSWORD: 'wr0ng' } })),
    reason: 'auth',
    says: /OPTIONS\.PASSWORD/,
  },
  {
    name: 'wrong sentinel password',
    scene: () => sentinelScene(() => ({ options: { SENTINEL_KWARGS: { password: 'wr0ng' } } }), { sentinelPassword: 'watch' }),
    reason: 'sentinel-auth',
    says: /SENTINEL_KWARGS/,
  },
  {
    name: 'TLS to a plain port',
    scene: async () => {
      const { port, close } = await plainPort();
      return { settings: standalone(`rediss://127.0.0.1:${port}/0`), answers: false, stop: async () => close() };
    },
    reason: 'tls',
    says: /TLS/,
  },
  {
    name: 'address of another network',
    scene: () => sentinelScene(() => ({}), { nat: true }),
    reason: 'no-primary',
    says: /natMap|NAT/,
  },
  {
    name: 'database that is not there',
    scene: async () => {
      const redis = await startLocalRedis();
      return { settings: standalone(redis.url(99)), answers: false, stop: () => redis.stop() };
    },
    reason: 'wrong-database',
    says: /database 99/,
  },
];

/** P14, P15. */
export function describeBeginningAndEnd(bench: Bench): void {
  describe('P14: shutdown from any state, as a process of its own', () => {
    it.each(Object.entries(SCENES))(
      'P14: %s: the process ends by itself within a second',
      async (state, prepare) => {
        const runs = runsOf(3);
        const library = await transpile('sentinel-cache');
        try {
          const took: number[] = [];
          for (let run = 0; run < runs; run += 1) {
            const scene = await prepare();
            try {
              took.push(await shutdown(library, scene));
            } finally {
              await scene.stop();
            }
          }
          bench.table.add({
            promise: 'P14',
            about: `shutdown while ${state}: process gone after, ms`,
            figures: spread(took),
            limit: `${WITHIN_MS}`,
            runs,
          });
          for (const ms of took) expect(ms).toBeLessThanOrEqual(WITHIN_MS);
        } finally {
          await library.remove();
        }
      },
      120_000,
    );
  });

  describe('P15: boot', () => {
    it.each(MISTAKES)(
      'P15: $name: boots, and a call says what to do, each within a second',
      async ({ name, scene, reason, says }) => {
        const { settings, stop } = await scene();
        try {
          const { value: booted, tookMs: bootMs } = await timed(bootWith(settings), 5000);
          const { SentinelCache } = await import('nestjs-sentinel-cache');
          const { value: error, tookMs } = await timed(rejectionOf(booted.app.get(SentinelCache).get('k')), 5000);
          bench.accidents.lines.push(error.message, ...booted.log.ours.map(({ message }) => message));
          bench.table.add({
            promise: 'P15',
            about: `${name}: boot, then the error (${reason}), ms`,
            figures: `${bootMs.toFixed(0)}, ${tookMs.toFixed(0)}`,
            limit: `${WITHIN_MS} each`,
            runs: 1,
          });
          expect(error).toMatchObject({ code: 'SENTINEL_CACHE_UNAVAILABLE', reason, executed: false });
          expect(error.message).toMatch(says);
          expect(bootMs).toBeLessThanOrEqual(WITHIN_MS);
          expect(tookMs).toBeLessThanOrEqual(WITHIN_MS);
        } finally {
          await closeAll();
          await stop();
        }
      },
      120_000,
    );
  });
}
