import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { PYTHON } from './install-django.js';

const SERVE = join(process.cwd(), 'test/django/project/serve.py');
const START_MS = 30_000;

/** A Django project that answers over HTTP. */
export interface DjangoServer {
  readonly url: string;
  readonly version: string;
  /** What it wrote to standard error. */
  errors(): string;
  stop(): Promise<void>;
}

/** Starts test/django/project in a process of its own, which ends with this one. `database` is the file of its users. */
export async function startDjango(settings: object, database: string): Promise<DjangoServer> {
  const env = {
    ...process.env,
    PYTHONDONTWRITEBYTECODE: '1',
    SHOP_SETTINGS: JSON.stringify(settings),
    SHOP_DATABASE: database,
  };
  const child = spawn(PYTHON, [SERVE], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += String(chunk)));
  const stop = async () => {
    child.stdin.end();
    await ended;
  };
  try {
    const lines = createInterface({ input: child.stdout });
    const signal = AbortSignal.timeout(START_MS);
    const line = await Promise.race([once(lines, 'line', { signal }), ended.then(() => undefined)]);
    if (line === undefined) throw new Error('it ended');
    const { port, django } = JSON.parse(String(line[0])) as { port: number; django: string };
    return { url: `http://127.0.0.1:${port}`, version: django, errors: () => errors, stop };
  } catch (error) {
    await stop();
    throw new Error(`Django did not start: ${errors}`, { cause: error });
  }
}
