import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import type { Tagged } from '../../codec/tagged-value.js';
import { PYTHON } from './install-django.js';

const CONSOLE = join(process.cwd(), 'test/django/project/console.py');

/** What Python raised. */
export class DjangoError extends Error {
  constructor(
    /** The name of its class. */
    readonly type: string,
    message: string,
  ) {
    super(`${type}: ${message}`);
  }
}

/** What came of one entry. */
export type Outcome = { readonly value: Tagged } | { readonly error: string; readonly message: string };

interface Waiting {
  resolve(answer: string): void;
  reject(error: Error): void;
}

/** A real Django in one long-living process that uses its caches as it is told; it ends with this one. */
export class DjangoConsole {
  readonly #waiting: Waiting[] = [];
  readonly #ended: Promise<unknown>;
  #errors = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly before: () => Promise<unknown>,
  ) {
    this.#ended = once(child, 'exit').then(() => this.#fail());
    child.stderr!.on('data', (chunk: Buffer) => (this.#errors += String(chunk)));
    createInterface({ input: child.stdout! }).on('line', (line) => this.#waiting.shift()?.resolve(line));
  }

  /** Starts it with these settings; `before` is called before each question. */
  static async start(settings: object, before: () => Promise<unknown>): Promise<DjangoConsole> {
    const env = {
      ...process.env,
      PYTHONDONTWRITEBYTECODE: '1',
      SHOP_SETTINGS: JSON.stringify(settings),
      SHOP_DATABASE: ':memory:',
    };
    const django = new DjangoConsole(spawn(PYTHON, [CONSOLE], { env, stdio: ['pipe', 'pipe', 'pipe'] }), before);
    await django.#answer();
    return django;
  }

  /** Calls a method of one of its caches (`default`), or of what it kept (`#lock`); the answer is tagged. Rejects with a DjangoError. */
  async call<T = Tagged>(cache: string, method: string, ...args: readonly Tagged[]): Promise<T> {
    return this.ask('ask', { cache, method, args });
  }

  /** One of the actions of console.py. Rejects with a DjangoError. */
  async ask<T>(action: string, fields: object): Promise<T> {
    await this.before();
    this.child.stdin!.write(`${JSON.stringify([action, fields])}\n`);
    const answer = JSON.parse(await this.#answer()) as { value?: T; error?: string; message?: string };
    if (answer.error !== undefined) throw new DjangoError(answer.error, answer.message!);
    return answer.value as T;
  }

  async stop(): Promise<void> {
    this.child.stdin!.end();
    await this.#ended;
  }

  #answer(): Promise<string> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #fail(): void {
    for (const { reject } of this.#waiting.splice(0)) reject(new Error(`Django's process ended: ${this.#errors}`));
  }
}
