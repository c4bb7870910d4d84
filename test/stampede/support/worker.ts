import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

import type { DjangoSettings, GetOrSetOptions } from 'nestjs-sentinel-cache';

import type { Transpiled } from '../../nest/support/transpile.js';

/** Many calls of one key at once, in one process. */
export interface Rush {
  readonly key: string;
  readonly callers: number;
  /** How long the function takes. */
  readonly takesMs: number;
  readonly timeout: number;
  readonly options: GetOrSetOptions;
}

/** How a rush ended. */
export interface RushEnd {
  /** The different values that callers got; errors by their code and reason. */
  readonly answers: readonly string[];
  readonly longestMs: number;
}

/** A process of its own with a cache. Each run of its function adds one to the Redis key `runs:<key>`. */
export interface Worker {
  rush(rush: Rush): Promise<RushEnd>;
  delete(key: string): Promise<unknown>;
  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void;
  close(): Promise<void>;
}

const PROGRAM = `
const { createCaches } = await import(LIBRARY);
const { createInterface } = await import('node:readline');
const caches = createCaches(SETTINGS);
const cache = caches.get();
await cache.get('warm');
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const words = (error) => [error.code, error.reason, error.message].join(' ');
async function rush({ key, callers, takesMs, timeout, options }) {
  const make = async () => {
    const number = await cache.command('INCR', 'runs:' + key);
    await pause(takesMs);
    return { number, by: process.pid };
  };
  const startedAtMs = performance.now();
  const answers = new Set();
  const call = () => cache.getOrSet(key, make, timeout, options).then((value) => answers.add(JSON.stringify(value)), (error) => answers.add(words(error)));
  await Promise.all(Array.from({ length: callers }, call));
  return { answers: [...answers], longestMs: performance.now() - startedAtMs };
}
const does = { rush, delete: (key) => cache.delete(key), close: () => caches.close() };
for await (const line of createInterface({ input: process.stdin })) {
  const { id, name, argument } = JSON.parse(line);
  Promise.resolve(does[name](argument)).then(
    (result) => process.stdout.write(JSON.stringify({ id, result }) + '\\n'),
    (error) => process.stdout.write(JSON.stringify({ id, error: words(error) }) + '\\n'),
  );
}
`;

/** Starts one; resolves when its cache has answered. */
export async function startWorker(library: Transpiled, settings: DjangoSettings): Promise<Worker> {
  const source = PROGRAM.replace('LIBRARY', JSON.stringify(pathToFileURL(join(library.folder, 'index.js')).href)).replace(
    'SETTINGS',
    JSON.stringify(settings),
  );
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    cwd: library.folder,
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  void exited.then(() => {
    for (const { reject } of waiting.values()) reject(new Error('the process has ended'));
  });
  createInterface(child.stdout).on('line', (line) => {
    const { id, result, error } = JSON.parse(line) as { id: number; result?: unknown; error?: string };
    if (error === undefined) waiting.get(id)?.resolve(result);
    else waiting.get(id)?.reject(new Error(error));
    waiting.delete(id);
  });
  let next = 0;
  const ask = (name: string, argument?: unknown): Promise<unknown> => {
    const id = (next += 1);
    child.stdin.write(`${JSON.stringify({ id, name, argument })}\n`);
    return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
  };
  await ask('rush', { key: 'first', callers: 1, takesMs: 0, timeout: 1, options: {} });
  return {
    rush: (rush) => ask('rush', rush) as Promise<RushEnd>,
    delete: (key) => ask('delete', key),
    signal: (name) => void child.kill(name),
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      await ask('close').catch(() => undefined);
      child.stdin.end();
      child.kill('SIGCONT');
      await exited;
    },
  };
}
