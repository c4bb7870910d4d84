import { setTimeout as pause } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LocalSentinel } from 'local-sentinel';
import { createCaches, type DjangoSettings, type SentinelCaches } from 'nestjs-sentinel-cache';

import { healed, startQuickTopology } from '../faults/support/quick-topology.js';
import { transpile, type Transpiled } from '../nest/support/transpile.js';
import { Lane, type Acknowledged, type Writer } from './support/lane.js';
import { startReader, type Reader } from './support/reader.js';

/** P16: nothing is read that was over longer ago. */
const BOUND_MS = 1500;
const SECONDS = process.env['MINUTES'] === undefined ? 30 : 60 * Number(process.env['MINUTES']);
const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const PROCESSES = 4;
const LANES = 8;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

let state = SEED;
/** Mulberry32: the same seed, the same steps and faults. */
function random(): number {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}
const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;

describe(`P16: four processes with near tiers, ${SECONDS} s of writes and faults (SEED=${SEED})`, () => {
  let topology: LocalSentinel;
  let library: Transpiled;
  let caches: SentinelCaches;
  let readers: Reader[] = [];
  const acknowledged = new Map<string, Acknowledged[]>();
  const lanes: Lane[] = [];
  const faults: Record<string, number> = {};

  beforeAll(async () => {
    [topology, library] = await Promise.all([startQuickTopology({ proxies: true }), transpile('sentinel-cache')]);
    for (let i = 0; i < LANES; i += 1)
      lanes.push(new Lane(i, topology, (one) => acknowledged.set(one.key, [...(acknowledged.get(one.key) ?? []), one])));
    const keys = lanes.flatMap((lane) => lane.keys);
    readers = Array.from({ length: PROCESSES }, () => startReader(library, settings({ nearCache: { maxAge: '1h' } }), keys));
    caches = createCaches(settings({}));
  });
  afterAll(async () => {
    await Promise.all([caches?.close(), ...readers.map((reader) => reader.close())]);
    await Promise.all([topology?.stop(), library?.remove()]);
  });

  const settings = (options: object): DjangoSettings => ({
    default: {
      BACKEND: 'redis',
      LOCATION: topology.location(),
      KEY_PREFIX: 'app',
      OPTIONS: { PASSWORD: 'admin', CLIENT_CLASS: 'sentinel', SERIALIZER: 'json', tags: true, ...options },
    },
  });

  /** Another process without a near tier, another program, and the four. */
  function writers(): Writer[] {
    const cache = caches.get();
    const plain: Writer = ({ kind, name, version, tags }) => {
      if (kind === 'invalidate') return cache.invalidateTags(name);
      return kind === 'delete' ? cache.delete(name) : cache.set(name, version, 600, { tags });
    };
    const raw: Writer = ({ kind, name, version, tags }) => {
      if (kind === 'invalidate') return topology.primary.commandWithin(1000, 'DEL', `app:\0tag:${name}`);
      if (tags.length > 0) throw new Error('redis-cli has no tags');
      return topology.primary.commandWithin(
        1000,
        ...(kind === 'delete' ? ['DEL', `app:1:${name}`] : ['SET', `app:1:${name}`, version]),
      );
    };
    return [
      plain,
      async (order) => raw(order),
      ...readers.map(
        (reader): Writer =>
          (order) =>
            reader.write(order),
      ),
    ];
  }

  const FAULTS: Readonly<Record<string, () => Promise<unknown>>> = {
    'links killed': async () => {
      const lines = String(await topology.primary.command('CLIENT', 'LIST')).split('\n');
      const ids = lines.filter((line) => /flags=\w*B/.test(line)).map((line) => /^id=(\d+)/.exec(line)![1]!);
      for (const id of ids) if (random() < 0.7) await topology.primary.command('CLIENT', 'KILL', 'ID', id);
    },
    'process stopped': async () => {
      const reader = pick(readers);
      reader.signal('SIGSTOP');
      await pause(500 + 3000 * random());
      reader.signal('SIGCONT');
    },
    'all that the primary says to clients lost': async () => {
      const { proxy } = topology.primary;
      proxy.mode('dropReplies', { only: 'clients' });
      await pause(1000 + 2000 * random());
      proxy.mode('pass');
    },
    'primary hung for a moment': async () => {
      const { primary } = topology;
      await primary.hang();
      await pause(200 + 500 * random());
      await primary.resume();
    },
    'primary hung': async () => {
      const { primary } = topology;
      await primary.hang();
      await topology.settled();
      await pause(1000 * random());
      await primary.resume();
    },
    'primary killed': async () => {
      const { primary } = topology;
      await primary.kill();
      await topology.settled();
    },
    'planned failover': () => topology.failover(),
  };

  it(
    'no read is older than 1.5 s past what was acknowledged',
    async () => {
      const endsAtMs = performance.now() + SECONDS * 1000;
      const goesOn = (): boolean => performance.now() < endsAtMs;
      let steps = 0;
      const writing = lanes.map(async (lane) => {
        while (goesOn()) {
          await lane.step(random, writers());
          steps += 1;
          await pause(50 * random());
        }
      });
      const inflicting = (async () => {
        while (goesOn()) {
          await pause(500 + 1500 * random());
          const name = pick(Object.keys(FAULTS));
          await FAULTS[name]!().then(
            () => (faults[name] = (faults[name] ?? 0) + 1),
            (error: unknown) => say(`${name}: ${String(error)}`),
          );
          await healed(topology);
        }
      })();
      const worst = { lateMs: 0, what: 'nothing' };
      let figures = { reads: 0, failed: 0, hits: 0 };
      const judge = async (): Promise<void> => {
        const reports = await Promise.all(readers.map((reader) => reader.report()));
        figures = { reads: 0, failed: 0, hits: 0 };
        for (const { seen, reads, failed, hits } of reports) {
          figures = { reads: figures.reads + reads, failed: figures.failed + failed, hits: figures.hits + hits };
          for (const [key, version, askedAtMs] of seen) {
            const over = acknowledged.get(key)?.find((one) => one.version > version);
            const lateMs = over ? askedAtMs - over.atMs : 0;
            if (lateMs > worst.lateMs) Object.assign(worst, { lateMs, what: `${key}: ${version} instead of ${over!.version}` });
          }
        }
      };
      const judging = (async () => {
        while (goesOn()) {
          await pause(200);
          await judge();
        }
      })();
      await Promise.all([...writing, inflicting, judging]);
      await judge();
      const sure = [...acknowledged.values()].flat().length;
      say(`${steps} steps, ${sure} acknowledged; ${JSON.stringify(figures)}; faults: ${JSON.stringify(faults)}`);
      say(`Oldest read: ${Math.round(worst.lateMs)} ms past its end (${worst.what}).`);
      expect(worst.lateMs).toBeLessThan(BOUND_MS);
      expect(sure).toBeGreaterThan(SECONDS);
      // A fault may come to nothing, not all of them.
      expect(faults).not.toEqual({});
      expect(figures.hits).toBeGreaterThan(10 * SECONDS);
    },
    2 * SECONDS * 1000 + 120_000,
  );
});
