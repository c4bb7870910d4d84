import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

import type { DjangoSettings } from 'nestjs-sentinel-cache';

import { until } from '../../cache/support/waiting.js';
import type { Transpiled } from '../../nest/support/transpile.js';

/** What a child says of itself at the end. */
export interface LastWords {
  readonly closedInMs: number;
  /** Numbers that its pushes were told to be in the list; not to be there; or nobody knows. */
  readonly acknowledged: readonly number[];
  readonly notExecuted: readonly number[];
  readonly unknown: readonly number[];
  /** Calls that were not settled when the process ended. */
  readonly unsettled: number;
  /** Errors that say nothing of their command. */
  readonly untyped: readonly string[];
  /** unhandledRejection, uncaughtException and warning, as the process saw them. */
  readonly accidents: readonly string[];
  readonly primary: string | null;
}

/** A process of its own that writes and reads fifty times a second, listens to nothing, and ends when it is told to. */
export interface ChildClient {
  readonly pid: number;
  /** All that it said which was not asked for: its error output, and what others than itself printed. */
  readonly noise: string[];
  /** Resolves at the next call that is answered. */
  answered(): Promise<void>;
  /** Resolves at the next call that is rejected. */
  rejected(): Promise<void>;
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  /** Closes its caches with calls pending, and waits until the process has ended by itself: exit code, signal, and how long that took. */
  close(): Promise<LastWords & { readonly exit: readonly unknown[]; readonly endedInMs: number }>;
  /** For a test that fails half-way. */
  kill(): void;
}

const MARK = 'child ';

const PROGRAM = `
const { createCaches } = await import(LIBRARY);
const accidents = [];
for (const name of ['unhandledRejection', 'uncaughtException', 'warning'])
  process.on(name, (what) => accidents.push(name + ': ' + String(what?.stack ?? what)));
const say = (word, facts = {}) => process.stdout.write(MARK + JSON.stringify({ word, ...facts }) + '\\n');
const caches = createCaches(SETTINGS);
caches.start();
const cache = caches.get();
const told = { acknowledged: [], notExecuted: [], unknown: [], untyped: [] };
let [unsettled, next] = [0, 0];
function note(error, number) {
  const { executed } = error;
  if (executed !== false && executed !== 'unknown') told.untyped.push(String(error));
  else if (number !== undefined) (executed === false ? told.notExecuted : told.unknown).push(number);
  say('rejected');
}
function follow(call, number) {
  unsettled += 1;
  call.then(() => { if (number !== undefined) told.acknowledged.push(number); say('answered'); }, (error) => note(error, number))
    .finally(() => { unsettled -= 1; });
}
function work() {
  next += 1;
  follow(cache.command('RPUSH', cache.makeKey('pushed'), next), next);
  follow(cache.get('k'));
}
const loop = setInterval(work, 40);
say('up');
process.stdin.once('data', async () => {
  clearInterval(loop);
  for (let i = 0; i < 10; i += 1) work();
  const primary = caches.topology().primary.address;
  const startedAtMs = performance.now();
  await caches.close();
  const closedInMs = performance.now() - startedAtMs;
  process.once('exit', () => say('closed', { closedInMs, ...told, unsettled, accidents, primary }));
  process.stdin.destroy();
});
`;

/** Starts one; resolves when it works, whether it is answered or not. */
export async function startChild(library: Transpiled, settings: DjangoSettings): Promise<ChildClient> {
  const source = PROGRAM.replace('LIBRARY', JSON.stringify(pathToFileURL(join(library.folder, 'index.js')).href))
    .replace('SETTINGS', JSON.stringify(settings))
    .replace('MARK', JSON.stringify(MARK));
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    cwd: library.folder,
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  const noise: string[] = [];
  const counts: Record<string, number> = {};
  let lastWords: LastWords | undefined;
  createInterface(child.stderr).on('line', (line) => noise.push(line));
  createInterface(child.stdout).on('line', (line) => {
    if (!line.startsWith(MARK)) return void noise.push(line);
    const { word, ...facts } = JSON.parse(line.slice(MARK.length)) as LastWords & { word: string };
    counts[word] = (counts[word] ?? 0) + 1;
    if (word === 'closed') lastWords = facts;
  });
  const nextTime = async (word: string): Promise<void> => {
    const before = counts[word] ?? 0;
    await until(`the child is ${word}`, () => (counts[word] ?? 0) > before, 15_000);
  };
  await until('the child works', () => counts.up === 1, 15_000);
  return {
    pid: child.pid!,
    noise,
    answered: () => nextTime('answered'),
    rejected: () => nextTime('rejected'),
    signal: (name) => void process.kill(child.pid!, name),
    close: async () => {
      const startedAtMs = performance.now();
      child.stdin.end('close\n');
      const exit = await exited;
      const endedInMs = performance.now() - startedAtMs;
      await until('its last words', () => lastWords !== undefined);
      return { ...lastWords!, exit, endedInMs };
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
