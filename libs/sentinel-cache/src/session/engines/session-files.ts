import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';

import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { CodecError } from '../../errors/codec.error.js';
import { isStoredKey } from '../port/session-key.js';

/** Readable by the owner alone. */
const MODE = 0o600;
/** More than the signed text of the largest session. */
const MAX_FILE_BYTES = 32 * 1024 * 1024;
/** Follows no link and waits for no pipe; flags that a system lacks are 0. */
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** A file of a session. */
export interface SessionFile {
  /** The signed text. */
  readonly text: string;
  /** When it was written, in milliseconds since the epoch. */
  readonly modifiedMs: number;
}

/**
 * Reads and writes the files of one folder whose names are a prefix and a session's key. A file is whole or
 * not there. Every method rejects with the file system's own error where nothing else is said.
 */
export class SessionFiles {
  constructor(
    private readonly folder: string,
    private readonly prefix: string,
  ) {}

  /**
   * Resolves to the file, or undefined when there is none. Rejects with CacheUnavailableError when the folder
   * itself is missing, and with CodecError when something else than a session's file has its name.
   */
  async read(key: string): Promise<SessionFile | undefined> {
    const handle = await open(this.path(key), READ_FLAGS).catch((error: unknown) => this.missing(error));
    if (!handle) return undefined;
    try {
      const stats = await handle.stat();
      const isOurs = stats.isFile() && stats.size <= MAX_FILE_BYTES;
      if (!isOurs)
        throw new CodecError(
          `Session: expected a file of at most ${MAX_FILE_BYTES} bytes, got something else under its name. Remove it.`,
        );
      return { text: await handle.readFile('latin1'), modifiedMs: stats.mtimeMs };
    } finally {
      await handle.close();
    }
  }

  /** Writes a new file. Resolves to false when there is one. Nobody knows the key before it is written. */
  async add(key: string, text: string): Promise<boolean> {
    try {
      await write(this.path(key), text);
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    }
  }

  /** Writes the whole text beside the file, then renames it: a reader sees the old text or the new one. */
  async replace(key: string, text: string): Promise<void> {
    const beside = join(this.folder, `.${this.prefix}-${randomBytes(12).toString('hex')}.tmp`);
    try {
      await write(beside, text);
      await rename(beside, this.path(key));
    } catch (error) {
      await remove(beside);
      throw error;
    }
  }

  /**
   * Removes a file. Resolves to true when there was one: of several that remove it at once, one gets true.
   */
  remove(key: string): Promise<boolean> {
    return remove(this.path(key));
  }

  /** Resolves to the keys of all files. */
  async keys(): Promise<string[]> {
    const names = await readdir(this.folder);
    return names
      .filter((name) => name.startsWith(this.prefix))
      .map((name) => name.slice(this.prefix.length))
      .filter(isStoredKey);
  }

  private path(key: string): string {
    return join(this.folder, this.prefix + key);
  }

  /**
   * A missing file means that there is no session; a missing folder (a disk that is not mounted) means an
   * outage.
   */
  private async missing(error: unknown): Promise<undefined> {
    if (codeOf(error) === 'ELOOP')
      throw new CodecError('Session: expected a file, got a link under its name. Remove it.', { cause: error });
    if (codeOf(error) !== 'ENOENT') throw error;
    try {
      await stat(this.folder);
      return undefined;
    } catch (cause) {
      throw new CacheUnavailableError(
        'connection-lost',
        false,
        `SESSION_FILE_PATH: expected a readable folder, got none at ${this.folder}. Create it, or mount its disk.`,
        {
          cause,
        },
      );
    }
  }
}

async function write(path: string, text: string): Promise<void> {
  const handle = await open(path, 'wx', MODE);
  try {
    await handle.writeFile(text, 'latin1');
  } finally {
    await handle.close();
  }
}

async function remove(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return (error as NodeJS.ErrnoException).code;
}
