import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

import type { DjangoSettings } from 'nestjs-sentinel-cache';

import type { Transpiled } from '../../nest/support/transpile.js';

/** When a version of a key was last asked for and read, on the clock of `nowMs`. */
export type Seen = readonly [key: string, version: number, askedAtMs: number];

/** A write of a process. */
export interface Order {
  readonly kind: 'set' | 'delete' | 'invalidate';
  /** The key; for `invalidate` the tag. */
  readonly name: string;
  readonly version: number;
  readonly tags: readonly string[];
}

/** A process with a near tier that reads all keys again and again. */
export interface Reader {
  /** Rejects when the write did; its outcome is unknown then. */
  write(order: Order): Promise<unknown>;
  /** What was read since it was last asked for, and how often the tier answered. */
  report(): Promise<{ readonly seen: readonly Seen[]; readonly reads: number; readonly failed: number; readonly hits: number }>;
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  close(): Promise<void>;
}

/** A clock that all processes of this machine share, in milliseconds. */
export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

const PROGRAM = `
const { createCaches } = await import(LIBRARY);
const { createInterface } = await import('node:readline');
const caches = createCaches(SETTINGS);
const cache = caches.get();
const nowMs = () => Number(process.hrtime.bigint()) / 1e6;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let isOver = false;
let reads = 0;
let failed = 0;
let seen = new Map();
async function read(keys) {
  for (let i = 0; !isOver; i += 1) {
    const key = keys[i % keys.length];
    const askedAtMs = nowMs();
    try {
      const version = await cache.get(key);
      reads += 1;
      if (version !== undefined) seen.set(key + ' ' + version, [key, version, Math.max(askedAtMs, seen.get(key + ' ' + version)?.[2] ?? 0)]);
    } catch {
      failed += 1;
      await pause(5);
    }
    if (i % 20 === 0) await pause(1);
  }
}
const reading = [0, 1, 2, 3].map((part) => read(KEYS.filter((_key, i) => i % 4 === part)));
const does = {
  set: ({ name, version, tags }) => cache.set(name, version, 600, { tags }),
  delete: ({ name }) => cache.delete(name),
  invalidate: ({ name }) => cache.invalidateTags(name),
  report: () => {
    const report = { seen: [...seen.values()], reads, failed, hits: caches.near().hits };
    seen = new Map();
    return report;
  },
  close: async () => {
    isOver = true;
    await Promise.all(reading);
    await caches.close();
  },
};
for await (const line of createInterface({ input: process.stdin })) {
  const { id, kind, ...argument } = JSON.parse(line);
  Promise.resolve(does[kind](argument)).then(
    (result) => process.stdout.write(JSON.stringify({ id, result }) + '\\n'),
    (error) => process.stdout.write(JSON.stringify({ id, error: String(error.message) }) + '\\n'),
  );
}
`;

/** Starts one; it reads from now on. */
export function startReader(library: Transpiled, settings: DjangoSettings, keys: readonly string[]): Reader {
  const words = { LIBRARY: pathToFileURL(join(library.folder, 'index.js')).href, SETTINGS: settings, KEYS: keys };
  const source = PROGRAM.replace(/LIBRARY|SETTINGS|KEYS/g, (word) => JSON.stringify(words[word as keyof typeof words]));
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    cwd: library.folder,
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const waiting = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>();
  void exited.then(() => {
    for (const { reject } of waiting.values()) reject(new Error('the process has ended'));
  });
  createInterface(child.stdout).on('line', (line) => {
    const { id, result, error } = JSON.parse(line) as { id: number; result?: never; error?: string };
    if (error === undefined) waiting.get(id)?.resolve(result as never);
    else waiting.get(id)?.reject(new Error(error));
    waiting.delete(id);
  });
  let next = 0;
  const ask = <T>(question: object): Promise<T> => {
    const id = (next += 1);
    child.stdin.write(`${JSON.stringify({ id, ...question })}\n`);
    return new Promise<T>((resolve, reject) => waiting.set(id, { resolve: resolve as (result: never) => void, reject }));
  };
  return {
    write: (order) => ask(order),
    report: () => ask({ kind: 'report' }),
    signal: (name) => void child.kill(name),
    close: async () => {
      child.kill('SIGCONT');
      if (child.exitCode === null && child.signalCode === null) await ask({ kind: 'close' }).catch(() => undefined);
      child.stdin.end();
      await exited;
    },
  };
}
