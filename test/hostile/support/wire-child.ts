import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { DjangoSettings } from 'nestjs-sentinel-cache';

import type { Transpiled } from '../../nest/support/transpile.js';

/** How one call of the child ended. */
export interface CallOutcome {
  readonly operation: string;
  readonly ms: number;
  /** `answered`, or the code of the library's error; `untyped`: an error of another kind. */
  readonly outcome: string;
  /** What is wrong with it: an error that is none of the library's, a result of a type that the method does not give. */
  readonly wrong?: string;
}

/** A process that uses the library, and counts what should never happen. */
export class WireChild {
  readonly accidents: string[] = [];
  peakRssBytes = 0;
  private readonly waiting = new Map<number, { resolve: (outcomes: CallOutcome[]) => void; reject: (error: Error) => void }>();
  private next = 0;

  private constructor(private readonly process: ChildProcess) {}

  static async start(library: Transpiled, settings: DjangoSettings): Promise<WireChild> {
    const source = PROGRAM.replace('LIBRARY', JSON.stringify(pathToFileURL(join(library.folder, 'index.js')).href)).replace(
      'SETTINGS',
      () => JSON.stringify(settings),
    );
    const options = {
      cwd: library.folder,
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'] as const,
    };
    const spawned = spawn(process.execPath, ['--max-old-space-size=1024', '--input-type=module', '-e', source], {
      ...options,
      stdio: [...options.stdio],
    });
    const child = new WireChild(spawned);
    let words = '';
    spawned.stderr!.on('data', (chunk) => (words = (words + String(chunk)).slice(-2000)));
    spawned.on('message', (message) => child.hear(message as Message));
    spawned.once('exit', (code, signal) =>
      child.end(`the process ended (${signal ?? code}): ${words.trim().split('\n').slice(-4).join(' ')}`),
    );
    await once(spawned, 'message');
    return child;
  }

  get isAlive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** Makes the calls, side by side; rejects when the process ends, or is stuck: it is ended then. */
  async calls(alias: string, operations: readonly string[], patienceMs: number): Promise<CallOutcome[]> {
    if (!this.isAlive) throw new Error('the process has ended');
    const id = (this.next += 1);
    const outcome = new Promise<CallOutcome[]>((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    const timer = setTimeout(() => {
      this.end(`no word for ${patienceMs} ms: the process is stuck, or a call never settles`);
      this.process.kill('SIGKILL');
    }, patienceMs);
    this.process.send({ id, alias, operations });
    return outcome.finally(() => clearTimeout(timer));
  }

  async close(): Promise<void> {
    if (!this.isAlive) return;
    const exited = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await exited;
  }

  private hear(message: Message): void {
    if (message.rss !== undefined) this.peakRssBytes = Math.max(this.peakRssBytes, message.rss);
    if (message.accident !== undefined) this.accidents.push(message.accident);
    if (message.id === undefined) return;
    this.waiting.get(message.id)?.resolve(message.outcomes!);
    this.waiting.delete(message.id);
  }

  private end(why: string): void {
    for (const { reject } of this.waiting.values()) reject(new Error(why));
    this.waiting.clear();
  }
}

interface Message {
  readonly id?: number;
  readonly outcomes?: CallOutcome[];
  readonly rss?: number;
  readonly accident?: string;
}

/** What each operation calls, and what its results may be. */
const PROGRAM = `
const { createCaches } = await import(LIBRARY);
for (const name of ['unhandledRejection', 'uncaughtException'])
  process.on(name, (what) => process.send({ accident: name + ': ' + String(what?.stack ?? what).slice(0, 300) }));
const caches = createCaches(SETTINGS, { onEvent: () => undefined });
const count = (value) => Number.isSafeInteger(value) && value >= 0;
// Other programs may have given an entry any life.
const life = (value) => value === null || (Number.isInteger(value) && value >= 0);
const flag = (value) => typeof value === 'boolean';
const any = () => true;
const OPERATIONS = {
  get: [(cache) => cache.get('k'), any],
  getMany: [(cache) => cache.getMany(['a', 'b', 'c']), (value) => value instanceof Map],
  set: [(cache) => cache.set('k', 7), (value) => value === true],
  add: [(cache) => cache.add('k', 7), flag],
  setMany: [(cache) => cache.setMany({ a: 1, b: 2 }), (value) => value === undefined],
  delete: [(cache) => cache.delete('k'), flag],
  deleteMany: [(cache) => cache.deleteMany(['a', 'b']), (value) => count(value) && value <= 2],
  has: [(cache) => cache.has('k'), flag],
  touch: [(cache) => cache.touch('k', 10), flag],
  ttl: [(cache) => cache.ttl('k'), life],
  pttl: [(cache) => cache.pttl('k'), life],
  incr: [(cache) => cache.incr('k'), (value) => typeof value === 'number' || typeof value === 'bigint'],
  getWithPttl: [(cache) => cache.getWithPttl('k'), any],
  getWithToken: [(cache) => cache.getWithToken('k'), any],
  incrVersion: [(cache) => cache.incrVersion('k'), any],
  keys: [(cache) => cache.keys('*'), Array.isArray],
  clear: [(cache) => cache.clear(), (value) => value === undefined],
  flush: [(cache) => cache.clear({ database: true }), (value) => value === undefined],
  hash: [(cache) => cache.hashes.getAll('h'), (value) => value instanceof Map],
  fields: [(cache) => cache.hashes.getMany('h', ['a', 'b']), (value) => value instanceof Map && value.size <= 2],
  members: [(cache) => cache.sets.members('s'), (value) => value instanceof Set],
  areMembers: [(cache) => cache.sets.areMembers('s', [1, 2]), (value) => value.length === 2 && value.every(flag)],
  scores: [(cache) => cache.sortedSets.range('z', 0, -1, { withScores: true }), (value) => value.every(({ score }) => !Number.isNaN(score))],
  rank: [(cache) => cache.sortedSets.rank('z', 1), (value) => value === undefined || count(value)],
  isLocked: [(cache) => cache.lock('l').locked(), flag],
  command: [(cache) => cache.command('GET', 'k'), any],
  serve: [async (cache) => { const n = Math.random(); await cache.set('served', n); return (await cache.get('served')) === n; }, (value) => value === true],
};
async function call(alias, operation) {
  const [run, fits] = OPERATIONS[operation];
  const startedAtMs = performance.now();
  const done = (outcome, wrong) => ({ operation, ms: performance.now() - startedAtMs, outcome, ...(wrong ? { wrong } : {}) });
  try {
    const value = await run(caches.get(alias));
    return done('answered', fits(value) ? undefined : operation + ' gave ' + String(value).slice(0, 80));
  } catch (error) {
    const typed = typeof error?.code === 'string' && error.code.startsWith('SENTINEL_CACHE_');
    return typed ? done(error.code + (error.reason ? ' ' + error.reason : '')) : done('untyped', operation + ' rejected with ' + String(error?.stack ?? error).slice(0, 400));
  }
}
process.on('message', async ({ id, alias, operations }) => {
  const outcomes = await Promise.all(operations.map((operation) => call(alias, operation)));
  process.send({ id, outcomes, rss: process.memoryUsage.rss() });
});
process.on('disconnect', () => process.exit());
setInterval(() => process.send({ rss: process.memoryUsage.rss() }), 50);
process.send({ rss: process.memoryUsage.rss() });
`;
