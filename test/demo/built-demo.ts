import { transformFileSync } from '@swc/core';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const CACHE = join(ROOT, 'node_modules', '.cache');

/** The demo as JavaScript in a folder of its own, with the library beside it: what a build makes, without touching any `dist`. */
export class BuiltDemo {
  readonly folder: string;
  private readonly children: ChildProcess[] = [];

  constructor() {
    mkdirSync(CACHE, { recursive: true });
    this.folder = mkdtempSync(join(CACHE, 'demo-'));
    writeFileSync(join(this.folder, 'package.json'), '{ "type": "module" }');
    const library = this.library('nestjs-sentinel-cache', 'libs/sentinel-cache');
    this.library('local-sentinel', 'libs/local-sentinel');
    // Dependencies of its own, which npm could not put beside everybody else's.
    const own = join(ROOT, 'libs/sentinel-cache/node_modules');
    if (existsSync(own)) symlinkSync(own, join(library, 'node_modules'), 'dir');
    compile(join(ROOT, 'apps/demo/src'), join(this.folder, 'dist'));
    cpSync(join(ROOT, 'apps/demo/public'), join(this.folder, 'public'), { recursive: true });
  }

  private library(name: string, from: string): string {
    const library = join(this.folder, 'node_modules', name);
    compile(join(ROOT, from, 'src'), join(library, 'dist'));
    cpSync(join(ROOT, from, 'package.json'), join(library, 'package.json'));
    return library;
  }

  run(args: readonly string[], env: NodeJS.ProcessEnv): DemoProcess {
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(PORT|HOST|DEMO_.*)$/.test(name)));
    const options = { silent: true, execArgv: [], env: { ...inherited, NO_COLOR: '1', ...env } };
    const child = fork(join(this.folder, 'dist', 'main.js'), [...args], options);
    this.children.push(child);
    return new DemoProcess(child);
  }

  remove(): void {
    for (const child of this.children) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** One run of it. */
export class DemoProcess {
  output = '';
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  /** The address that it sends to its parent. */
  readonly listening: Promise<string>;

  constructor(private readonly child: ChildProcess) {
    child.stdout?.on('data', (chunk: Buffer) => (this.output += chunk));
    child.stderr?.on('data', (chunk: Buffer) => (this.output += chunk));
    this.ended = once(child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as string | null,
    }));
    const told = once(child, 'message').then(([message]) => (message as { listening: string }).listening);
    this.listening = Promise.race([
      told,
      this.ended.then(() => Promise.reject(new Error(`ended before it listened:\n${this.output}`))),
    ]);
    this.listening.catch(() => undefined);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

function compile(from: string, to: string): void {
  for (const entry of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
    if (!entry.endsWith('.ts') || entry.endsWith('.spec.ts')) continue;
    const { code } = transformFileSync(join(from, entry), {
      swcrc: false,
      jsc: {
        target: 'es2022',
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true },
        keepClassNames: true,
      },
      module: { type: 'es6' },
    });
    const file = join(to, entry.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, code);
  }
}
