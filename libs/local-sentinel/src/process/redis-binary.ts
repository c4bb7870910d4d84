import { execFile } from 'node:child_process';
import { access, constants, symlink } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { RedisServerMissingError } from '../errors/redis-server-missing.error.js';

const run = promisify(execFile);

/** A server program that has proven to run. */
export interface RedisBinary {
  /** Path of the program; sentinels are the same program with `--sentinel`. */
  readonly path: string;
  /** What `--version` says, e.g. `7.0.15`. */
  readonly version: string;
  /** First number of the version. */
  readonly major: number;
}

async function isRunnable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function onPath(name: string, path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const file = join(folder, name);
    if (await isRunnable(file)) return file;
  }
  return undefined;
}

/**
 * Debian's `redis-tools` ships the server only under the name `redis-check-rdb`: one program that looks at
 * the name it was called by. A link named `redis-server` makes it the server.
 */
async function linkCheckRdb(path: string, linkFolder: string): Promise<string | undefined> {
  const checkRdb = await onPath('redis-check-rdb', `${path}${delimiter}/usr/bin`);
  if (!checkRdb) return undefined;
  const link = join(linkFolder, 'redis-server');
  await symlink(checkRdb, link);
  return link;
}

/**
 * Finds the server program: `named` (option), else `REDIS_SERVER_BIN`, else `redis-server` or `valkey-server`
 * on PATH, else a link in `linkFolder` to Debian's `redis-check-rdb`. Rejects with
 * {@link RedisServerMissingError} if none of them runs.
 */
export async function findRedisServer(linkFolder: string, named?: string): Promise<RedisBinary> {
  const path = process.env['PATH'] ?? '';
  const chosen = named ?? (process.env['REDIS_SERVER_BIN'] || undefined);
  const tried = chosen ? [chosen] : ['redis-server and valkey-server on PATH', 'redis-check-rdb of Debian redis-tools'];
  const file =
    chosen ??
    (await onPath('redis-server', path)) ??
    (await onPath('valkey-server', path)) ??
    (await linkCheckRdb(path, linkFolder));
  if (!file) throw new RedisServerMissingError(tried);
  const version = await run(file, ['--version']).then(
    ({ stdout }) => /\bv=(\d+\.\d+\.\d+)/.exec(stdout)?.[1],
    (cause: unknown) => {
      throw new RedisServerMissingError([file], cause);
    },
  );
  if (!version) throw new RedisServerMissingError([`${file}, whose --version is not that of a Redis or Valkey server`]);
  return { path: file, version, major: Number(version.split('.')[0]) };
}
