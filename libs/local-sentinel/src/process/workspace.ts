import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { within } from './deadline.js';
import { WATCHDOG_SOURCE } from './watchdog-source.js';

const REMOVE_DEADLINE_MS = 8000;

/**
 * A temporary folder with a watchdog: a small process of its own that, as soon as this process is gone
 * (however it went), kills every server that works in the folder and removes it. No signal handler is
 * installed in this process.
 */
export class Workspace {
  /** Absolute path, symbolic links resolved. */
  readonly folder: string;
  readonly #watchdog: ChildProcess;

  private constructor(folder: string, watchdog: ChildProcess) {
    this.folder = folder;
    this.#watchdog = watchdog;
  }

  /** Makes a folder under the system's temporary folder, guarded from the first moment. */
  static async create(): Promise<Workspace> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'local-sentinel-')));
    const program = join(folder, 'watchdog.cjs');
    await writeFile(program, WATCHDOG_SOURCE);
    const env = { ...process.env };
    delete env['NODE_OPTIONS'];
    const watchdog = spawn(process.execPath, [program, folder], {
      cwd: '/',
      detached: true,
      env,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // A watchdog that somebody killed leaves `remove()` to do the work; writing to it must not raise.
    watchdog.on('error', () => undefined);
    watchdog.stdin?.on('error', () => undefined);
    watchdog.unref();
    (watchdog.stdin as Socket | null)?.unref();
    return new Workspace(folder, watchdog);
  }

  /** Makes a folder inside, unless it is there. */
  async subfolder(name: string): Promise<string> {
    const path = join(this.folder, name);
    await mkdir(path, { recursive: true });
    return path;
  }

  /** Puts this process under the watchdog, too. */
  guard(pid: number): void {
    this.#watchdog.stdin?.write(`+${pid}\n`);
  }

  /** Takes an ended process from the watchdog: its number may go to a stranger. */
  release(pid: number): void {
    if (this.#watchdog.stdin?.writable) this.#watchdog.stdin.write(`-${pid}\n`);
  }

  /**
   * Lets the watchdog kill what still works in the folder, and removes the folder; without a watchdog
   * (somebody killed it) the folder alone. Rejects with `DeadlineExceededError` when the watchdog needs over
   * 8 s: it is killed then, and the folder is removed all the same.
   */
  async remove(): Promise<void> {
    const watchdog = this.#watchdog;
    if (watchdog.exitCode === null && watchdog.signalCode === null && watchdog.pid !== undefined) {
      const gone = once(watchdog, 'exit');
      watchdog.stdin?.end();
      try {
        await within(gone, REMOVE_DEADLINE_MS, 'end of the watchdog');
      } finally {
        watchdog.kill('SIGKILL');
        await this.#removeFolder();
      }
    } else await this.#removeFolder();
  }

  async #removeFolder(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
