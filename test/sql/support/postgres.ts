import { execFile, type ExecFileOptions } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { deadPort } from '../../cache/support/ports.js';

const run = promisify(execFile);
const LIMIT_MS = 5 * 60_000;
/** Where Debian, Fedora and Homebrew put the server's programs. */
const VERSIONED = '/usr/lib/postgresql';
const PLACES = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/opt/postgresql@17/bin', '/opt/homebrew/bin'];

/** A PostgreSQL of our own: a temporary folder, a free port of 127.0.0.1, no password, gone after `stop`. */
export interface LocalPostgres {
  readonly port: number;
  readonly connection: { readonly host: string; readonly port: number; readonly user: string; readonly database: string };
  /** Ends all connections at once, and the server. */
  halt(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Installs the server when it is missing; says what to do where it can't. */
export async function startPostgres(): Promise<LocalPostgres> {
  const bin = serverFolder() ?? (await installPostgres());
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  const as = await unprivileged(folder);
  const data = join(folder, 'data');
  const port = await deadPort();
  const call = (program: string, ...args: string[]) => as(join(bin, program), args);
  const options = `-c listen_addresses=127.0.0.1 -p ${port} -c unix_socket_directories= -c fsync=off`;
  const start = async (): Promise<void> => {
    await call('pg_ctl', 'start', '-w', '-t', '60', '-s', '-D', data, '-l', join(folder, 'log'), '-o', options);
  };
  const halt = async (): Promise<void> => {
    await call('pg_ctl', 'stop', '-w', '-t', '60', '-s', '-m', 'immediate', '-D', data);
  };
  await call('initdb', '-D', data, '-U', 'tester', '-A', 'trust', '-E', 'UTF8', '--no-sync');
  await start();
  return {
    port,
    connection: { host: '127.0.0.1', port, user: 'tester', database: 'postgres' },
    halt,
    start,
    stop: async () => {
      if (existsSync(join(data, 'postmaster.pid'))) await halt();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function serverFolder(): string | undefined {
  const versions = existsSync(VERSIONED) ? readdirSync(VERSIONED).toSorted((a, b) => Number(b) - Number(a)) : [];
  return [...versions.map((version) => join(VERSIONED, version, 'bin')), ...PLACES].find((folder) =>
    existsSync(join(folder, 'initdb')),
  );
}

async function installPostgres(): Promise<string> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-y', '--no-install-recommends', 'postgresql'];
  let cause: unknown;
  // A fresh image has no package lists.
  for (const args of [install, ['update', '-q'], install]) {
    try {
      await run('apt-get', args, { env, timeout: LIMIT_MS });
    } catch (error) {
      cause = error;
    }
    const folder = serverFolder();
    if (folder) return folder;
  }
  throw new Error(
    'No PostgreSQL was found and none could be installed. Install it (Debian: sudo apt-get install postgresql); it need not run.',
    {
      cause,
    },
  );
}

/** PostgreSQL does not run as root: then it runs as `postgres`, whom its package makes. */
async function unprivileged(folder: string): Promise<(program: string, args: string[]) => Promise<unknown>> {
  // `pg_ctl start` leaves the server its output: nothing may wait for its end.
  const options: ExecFileOptions = { cwd: folder, timeout: LIMIT_MS };
  if (process.getuid?.() !== 0) return (program, args) => run(program, args, options);
  const { stdout } = await run('id', ['-u', 'postgres']);
  const { stdout: group } = await run('id', ['-g', 'postgres']);
  chownSync(folder, Number(stdout), Number(group));
  return (program, args) => run('runuser', ['-u', 'postgres', '--', program, ...args], options);
}
