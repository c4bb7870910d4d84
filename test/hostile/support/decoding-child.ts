import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { Transpiled } from '../../nest/support/transpile.js';

/** What one decode came to, in a process that reads nothing else meanwhile. */
export interface Decoded {
  /** How long the process worked, threads that collect its garbage included. */
  readonly cpuMs: number;
  /** How much the memory of the process grew at most. */
  readonly peakMb: number;
  /** The error's code and message; `undefined` when there is a value. */
  readonly error?: { readonly code: unknown; readonly message: string };
  /** How the process ended, when it did. */
  readonly ended?: string;
}

/** What the process may have on its heap: a decode that takes more ends it, and fails the test, not the runner. */
const HEAP_MB = 512;

/** Decodes entries one after another in a process of its own, which has read rows before; a new one when the last has ended. */
export class DecodingChild {
  private process: ChildProcess | undefined;

  constructor(private readonly library: Transpiled) {}

  async decode(serializer: string, compressor: string, bytes: Buffer): Promise<Decoded> {
    const child = (this.process ??= this.start());
    const answered = new Promise<Decoded>((resolve) => {
      const answer = (decoded: Decoded) => {
        child.off('exit', end);
        resolve(decoded);
      };
      const end = (code: number | null, signal: string | null) => {
        child.off('message', answer);
        this.process = undefined;
        resolve({ cpuMs: Infinity, peakMb: Infinity, ended: String(signal ?? code) });
      };
      child.once('message', answer);
      child.once('exit', end);
    });
    child.send({ serializer, compressor, bytes });
    return answered;
  }

  async stop(): Promise<void> {
    const child = this.process;
    if (child === undefined) return;
    this.process = undefined;
    child.kill();
    await once(child, 'exit');
  }

  private start(): ChildProcess {
    const source = PROGRAM.replace('CODEC', JSON.stringify(pathToFileURL(join(this.library.folder, 'codec')).href));
    return spawn(process.execPath, [`--max-old-space-size=${HEAP_MB}`, '--expose-gc', '--input-type=module', '-e', source], {
      cwd: this.library.folder,
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
    });
  }
}

/** Memory is asked for by a thread of its own, since a decode lets nothing else run. */
const PROGRAM = `
import { Worker } from 'node:worker_threads';
const folder = CODEC;
const { createValueCodec } = await import(folder + '/value-codec.js');
const { findSerializer } = await import(folder + '/codec-registry.js');
const { findCompressor } = await import(folder + '/compressor-registry.js');
const peak = new BigInt64Array(new SharedArrayBuffer(8));
new Worker(\`
  import { workerData } from 'node:worker_threads';
  import { memoryUsage } from 'node:process';
  for (;;) {
    const rss = BigInt(memoryUsage.rss());
    if (rss > Atomics.load(workerData, 0)) Atomics.store(workerData, 0, rss);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
  }
\`.replace(/^ {2}/gm, ''), { eval: true, workerData: peak, execArgv: ['--input-type=module'] });
const rows = Array.from({ length: 500 }, (_, id) => ({ id, name: 'Customer ' + id, price: id + 0.5, active: true, none: null }));
for (const name of ['pickle', 'json', 'msgpack']) {
  const codec = createValueCodec(findSerializer(name));
  const bytes = Buffer.from(codec.encode(rows));
  for (let round = 0; round < 30; round++) codec.decode(bytes);
}
process.on('message', ({ serializer, compressor, bytes }) => {
  const codec = createValueCodec(findSerializer(serializer), { compressor: findCompressor(compressor), maxPlainBytes: 512 * 1024 * 1024 });
  const entry = Buffer.from(bytes);
  gc();
  const before = process.memoryUsage.rss();
  Atomics.store(peak, 0, BigInt(before));
  const started = process.cpuUsage();
  let error;
  try {
    codec.decode(entry);
  } catch (failure) {
    error = { code: failure.code, message: failure.message };
  }
  const { user, system } = process.cpuUsage(started);
  const most = Math.max(Number(Atomics.load(peak, 0)), process.memoryUsage.rss());
  process.send({ cpuMs: (user + system) / 1000, peakMb: (most - before) / 1e6, error });
});
`;
