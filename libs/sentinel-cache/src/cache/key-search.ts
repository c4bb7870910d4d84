import type { ScanOptions } from '../backends/port/backend.js';
import { CommandRejectedError } from '../errors/command-rejected.error.js';
import type { ClearOptions, DeletePatternOptions, IterKeysOptions } from './entry/cache-options.js';
import { EntryCounters } from './entry-counters.js';
import { RecentKeys } from './entry/recent-keys.js';

/** What `keys` holds in memory at most. */
const MOST_KEYS = 10_000_000;
const MOST_CHARACTERS = 512 * 1024 * 1024;

/** Entries by what their keys look like. */
export abstract class KeySearch extends EntryCounters {
  /**
   * The keys that match a pattern, one by one, as they were given to `set`: SCAN, never KEYS. The pattern is a Redis glob (`*`,
   * `?`, `[ab]`, `\*`), in one version of this cache; signs in KEY_PREFIX and version are taken literally.
   *
   * Holds a batch at a time; what is slow in between slows nobody else. A key that is there all the time comes once, unless 100 000 others
   * came in between; one that comes or goes meanwhile may come or not. After a failover it starts over on the new primary. An outage
   * rejects with CacheUnavailableError; a KEY_FUNCTION that hides patterns is an ImproperlyConfiguredError.
   *
   * @example
   * ```ts
   * for await (const key of cache.iterKeys('user:*')) console.log(key);
   * ```
   */
  async *iterKeys(pattern: string, options: IterKeysOptions = {}): AsyncGenerator<string, void, void> {
    const version = this.space.versionOf(options.version);
    const recent = new RecentKeys();
    for await (const batch of this.backend.scan(this.space.patternOf(pattern, version), this.scanOptions(options))) {
      for (const stored of batch) {
        const key = recent.isNew(stored.toString('latin1')) ? this.space.userKey(stored, version) : undefined;
        if (key !== undefined) yield key;
      }
    }
  }

  /**
   * All keys of `iterKeys` at once, each once: they are all held in memory. Ten million of them, or 512 MB of text, are refused
   * (CommandRejectedError, `TOOMANY`): go through them with `iterKeys`.
   */
  async keys(pattern: string, options: IterKeysOptions = {}): Promise<string[]> {
    const keys = new Set<string>();
    let characters = 0;
    for await (const key of this.iterKeys(pattern, options)) {
      keys.add(key);
      characters += key.length;
      if (keys.size > MOST_KEYS || characters > MOST_CHARACTERS) throw this.tooMany(keys.size);
    }
    return [...keys];
  }

  /**
   * Removes the entries whose keys match a pattern (as `iterKeys`), batch by batch; how many there were. Others go on meanwhile.
   * An outage half-way is a CacheUnavailableError that says how many were removed; calling it again removes the rest.
   */
  async deletePattern(pattern: string, options: DeletePatternOptions = {}): Promise<number> {
    const glob = this.space.patternOf(pattern, this.space.versionOf(options.version), options.prefix);
    return this.backend.deleteMatching(glob, this.scanOptions(options));
  }

  /**
   * Removes this cache's entries, all versions, batch by batch; unlike Django's (FLUSHDB) nothing else in the database.
   * With a KEY_FUNCTION of your own nobody knows which keys those are: refused, unless `database` says everything.
   */
  async clear(options: ClearOptions = {}): Promise<void> {
    if (options.database) return this.backend.deleteAll();
    await this.backend.deleteMatching(this.space.pattern(), this.scanOptions(options));
  }

  /**
   * The stored keys that match a Redis glob, batch by batch, on every server of this cache: what other programs left there, too. They are
   * the bytes in the database, KEY_PREFIX, version and KEY_FUNCTION included (`makeKey`); one may come twice. Fails as `iterKeys`.
   */
  iterStoredKeys(glob: string, options: IterKeysOptions = {}): AsyncIterable<readonly Buffer[]> {
    return this.backend.scan(glob, this.scanOptions(options));
  }

  /** Removes what `iterStoredKeys` finds, on every server of this cache; how many there were. Fails as `deletePattern`. */
  async deleteStoredKeys(glob: string, options: IterKeysOptions = {}): Promise<number> {
    return this.backend.deleteMatching(glob, this.scanOptions(options));
  }

  private tooMany(found: number): CommandRejectedError {
    const { alias } = this.space;
    const message = `Cache '${alias}', keys: more than ${found} keys match, too many to hold at once. Use iterKeys().`;
    return new CommandRejectedError('TOOMANY', message, { alias });
  }

  private scanOptions({ itersize, signal }: IterKeysOptions): ScanOptions {
    return { ...this.space.scanCount('itersize', itersize), ...(signal ? { signal } : {}) };
  }
}
