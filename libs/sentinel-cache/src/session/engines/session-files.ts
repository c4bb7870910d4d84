import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';

import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { CodecError } from '../../errors/codec.error.js';
import { isStoredKey } from '../port/session-key.js';

/** For the owner's eyes only. */
const MODE = 0o600;
/** More than the signed text of the largest session. */
const MAX_FILE_BYTES = 32 * 1024 * 1024;
/** Not through a link that somebody put there, and without waiting for a pipe; flags that a system lacks are 0. */
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** A file of a session: its text, and when it was written. */
export interface SessionFile {
  readonly text: string;
  readonly modifiedMs: number;
}

/** The files of one folder whose names are a prefix and a session's key. Whole or not there: never half a text. */
export class SessionFiles {
  constructor(
    private readonly folder: string,
    private readonly prefix: string,
  ) {}

  /**
   * The file, or undefined when there is none. Rejects with CacheUnavailableError when the folder itself is away, with CodecError when
   * something that is no file of ours stands there.
   */
  async read(key: string): Promise<SessionFile | undefined> {
    const handle = await open(this.path(key), READ_FLAGS).catch((error: unknown) => this.missing(error));
    if (!handle) return undefined;
    try {
      const stats = await handle.stat();
      const isOurs = stats.isFile() && stats.size <= MAX_FILE_BYTES;
      if (!isOurs) throw new CodecError("Session: the file can't be read: it is no file of a session.");
      return { text: await handle.readFile('latin1'), modifiedMs: stats.mtimeMs };
    } finally {
      await handle.close();
    }
  }

  /** Writes a new file; false when there is one. Nobody knows the key before it is written. */
  async add(key: string, text: string): Promise<boolean> {
    try {
      await write(this.path(key), text);
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    }
  }

  /** Writes the whole text beside the file, then puts it in its place: a reader sees the old text or the new one. */
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

  /** Whether there was one: of several that remove it at once, one gets true. */
  remove(key: string): Promise<boolean> {
    return remove(this.path(key));
  }

  /** The keys of all files. */
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

  /** A file that is missing means no session; a folder that is missing (a disk not mounted) means nothing. */
  private async missing(error: unknown): Promise<undefined> {
    if (codeOf(error) === 'ELOOP') throw new CodecError("Session: the file can't be read: it is a link.", { cause: error });
    if (codeOf(error) !== 'ENOENT') throw error;
    try {
      await stat(this.folder);
      return undefined;
    } catch (cause) {
      throw new CacheUnavailableError('connection-lost', false, `SESSION_FILE_PATH: the folder ${this.folder} can't be read.`, {
        cause,
      });
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
