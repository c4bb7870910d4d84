import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { waitUntil, within } from './deadline.js';
import { LocalSentinelError } from '../errors/local-sentinel-error.js';
import type { Workspace } from './workspace.js';

/** What is run, and where. */
export interface ProcessRecipe {
  /** Name of the node, for errors. */
  readonly name: string;
  readonly binaryPath: string;
  readonly args: readonly string[];
  /** Working folder; the watchdog knows our processes by it. */
  readonly folder: string;
  readonly workspace: Workspace;
}

/** `T` for a stopped process; undefined where the system has no /proc. */
async function stateOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
}

/**
 * One server process that can be started again. It leads a session of its own, so a Ctrl-C in the terminal
 * does not reach it, and does not keep Node alive.
 */
export class NodeProcess {
  readonly #recipe: ProcessRecipe;
  #child: ChildProcess | undefined;
  #closed = false;
  #stopped = false;

  constructor(recipe: ProcessRecipe) {
    this.#recipe = recipe;
  }

  /** Process id of the present or last run; undefined before the first. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** True while the process exists, stopped by {@link hang} or not. */
  get isRunning(): boolean {
    const child = this.#child;
    return child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** True between {@link hang} and {@link resume}. */
  get isHung(): boolean {
    return this.isRunning && this.#stopped;
  }

  /** Starts it, with more arguments for this run; resolves when the process exists, not when it answers. */
  async start(moreArgs: readonly string[] = []): Promise<void> {
    if (this.#closed)
      throw new LocalSentinelError('LOCAL_SENTINEL_STOPPED', `${this.#recipe.name}: the topology is stopped. Start a new one.`);
    if (this.isRunning) return;
    const { name, binaryPath, args, folder, workspace } = this.#recipe;
    const child = spawn(binaryPath, [...args, ...moreArgs], { cwd: folder, detached: true, stdio: 'ignore' });
    this.#child = child;
    this.#stopped = false;
    child.unref();
    const pid = child.pid;
    if (pid !== undefined) {
      workspace.guard(pid);
      child.once('exit', () => workspace.release(pid));
    }
    await within(once(child, 'spawn'), 5000, `${name}, start of ${binaryPath}`);
  }

  /** Sends SIGKILL; resolves when the process has ended. */
  async kill(): Promise<void> {
    await this.#end(['SIGKILL'], 5000);
  }

  /**
   * Sends SIGTERM, which Redis takes as SHUTDOWN; a hung process is resumed for it. Resolves when the process
   * has ended.
   */
  async terminate(deadlineMs: number): Promise<void> {
    await this.#end(['SIGTERM', 'SIGCONT'], deadlineMs);
  }

  /** Sends SIGSTOP; resolves when the process stands still. Its sockets stay open and still accept. */
  async hang(): Promise<void> {
    const pid = this.#signal('SIGSTOP');
    this.#stopped = true;
    const standsStill = async () => ((await stateOf(pid)) ?? 'T') === 'T' || !this.isRunning;
    await waitUntil(async () => ((await standsStill()) ? [] : [`process ${pid} still runs`]), {
      what: `${this.#recipe.name}, SIGSTOP`,
      deadlineMs: 5000,
      intervalMs: 1,
    });
  }

  /** Sends SIGCONT. */
  resume(): void {
    this.#signal('SIGCONT');
    this.#stopped = false;
  }

  /** Sends SIGKILL, and allows no further start. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.kill();
  }

  #signal(name: NodeJS.Signals): number {
    const child = this.#child;
    if (!this.isRunning || child?.pid === undefined) {
      throw new LocalSentinelError(
        'LOCAL_SENTINEL_NODE_DOWN',
        `${this.#recipe.name}, ${name}: expected a process that runs, got none. restart() it first.`,
      );
    }
    child.kill(name);
    return child.pid;
  }

  async #end(signals: readonly NodeJS.Signals[], deadlineMs: number): Promise<void> {
    const child = this.#child;
    if (!child || !this.isRunning) return;
    const exited = once(child, 'exit');
    for (const name of signals) child.kill(name);
    await within(exited, deadlineMs, `${this.#recipe.name}, exit after ${signals[0]}`);
    this.#stopped = false;
  }
}
