import type { Backend, LivingEntry } from '../backends/port/backend.js';
import type { CallOptions } from '../backends/port/call-options.js';
import { formatKey, formatVersion } from '../keys/format-key.js';
import { CallTags, type TagsOption } from './tags/call-tags.js';
import type { CommonCacheConfig } from '../settings/shapes/resolved-settings.js';

/** Options of calls on bytes. */
export interface BytesOptions {
  /** Version of the keys. Omitted: VERSION of the settings. */
  readonly version?: number | string | undefined;
}

/** What a written entry depends on. */
export interface BytesWriteOptions extends BytesOptions {
  /** Omitted: nothing. */
  readonly tags?: TagsOption;
}

/** How long a lookup is waited for, in milliseconds. */
export interface BytesReadOptions extends BytesOptions {
  readonly waitsMs: number;
}

/**
 * Bytes under the keys of one cache, as they are: neither SERIALIZER nor COMPRESSOR applies. Fails at once
 * while the circuit breaker is open, whatever `failFast` says.
 */
export class CacheBytes {
  readonly alias: string;
  private readonly tags: CallTags;

  constructor(
    private readonly config: CommonCacheConfig,
    private readonly backend: Backend,
  ) {
    this.alias = config.alias;
    this.tags = new CallTags(config.alias, backend.tags);
  }

  /**
   * Reads entries and what is left of their lives, in one round trip. Resolves to undefined when there is no
   * answer in time, which the circuit breaker hears of: the call itself keeps the deadline of the settings.
   * Rejects with CacheUnavailableError or CommandRejectedError.
   */
  async read(
    keys: readonly string[],
    { waitsMs, version }: BytesReadOptions,
  ): Promise<readonly (LivingEntry | null)[] | undefined> {
    const stored = keys.map((key) => this.storedKey(key, version));
    const calls = this.calls('page');
    const [first] = stored;
    const reading: Promise<readonly (LivingEntry | null)[]> =
      stored.length === 1
        ? this.backend.getWithLife(first!, calls).then((entry) => [entry])
        : this.backend.getManyWithLife(stored, calls);
    return inTime(reading, waitsMs);
  }

  /**
   * Stores an entry; `tags` are those of `stampTags`. Rejects with InvalidArgumentError for tags without
   * OPTIONS.tags, CacheUnavailableError or CommandRejectedError.
   */
  async write(key: string, bytes: Buffer, lifetimeMs: number, { version, tags }: BytesWriteOptions): Promise<void> {
    const calls = { ...this.calls('page'), ...this.tags.of('page', { tags }) };
    await this.backend.set(this.storedKey(key, version), bytes, lifetimeMs, 'always', calls);
  }

  /** Whether entries may have tags (OPTIONS.tags). */
  get hasTags(): boolean {
    return this.backend.tags !== undefined;
  }

  /**
   * Reads the generations of tags, before what is to be written with them is made: it is not there once one
   * of the tags was invalidated since. Rejects as `write`.
   */
  async stampTags(tags: readonly string[], lifetimeMs: number): Promise<TagsOption> {
    return this.tags.stamp(this.tags.of('page', { tags })?.tags, lifetimeMs, this.calls('page'));
  }

  /** Ends all entries with one of the tags. Rejects as `write`. */
  async invalidateTags(tags: readonly string[]): Promise<void> {
    await this.tags.invalidation(tags)(this.calls('page'));
  }

  /**
   * Changes an entry in one step, as often as others are faster, three times at most. `change` gets the bytes
   * that are there. Resolves to whether it was changed. Rejects with CacheUnavailableError or
   * CommandRejectedError.
   */
  async change(
    key: string,
    lifetimeMs: number,
    { version }: BytesOptions,
    change: (bytes: Buffer | null) => Buffer,
  ): Promise<boolean> {
    const stored = this.storedKey(key, version);
    const calls = this.calls('page');
    for (let tries = 0; tries < 3; tries += 1) {
      const { bytes, token } = await this.backend.getWithToken(stored, calls);
      if (await this.backend.compareAndSet(stored, token, change(bytes), lifetimeMs, calls)) return true;
    }
    return false;
  }

  /** Deletes entries. Rejects with CacheUnavailableError or CommandRejectedError. */
  async delete(keys: readonly string[], { version }: BytesOptions): Promise<void> {
    await this.backend.delete(
      keys.map((key) => this.storedKey(key, version)),
      this.calls('page'),
    );
  }

  private storedKey(key: string, version: number | string | undefined): string {
    const { keyFunction, keyPrefix } = this.config;
    return keyFunction(formatKey(key), keyPrefix, version === undefined ? this.config.version : formatVersion(version));
  }

  private calls(method: string): CallOptions {
    return { failFast: true, operation: { method } };
  }
}

/** Resolves to undefined when the work takes longer; what it fails with afterwards concerns nobody. */
function inTime<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    // A stalled event loop fires its timers before it reads its sockets: one look at what has arrived.
    const timer = setTimeout(() => setImmediate(() => ((isOver = true), resolve(undefined))), ms);
    work.then(
      (value) => (clearTimeout(timer), resolve(value)),
      (error: unknown) => (clearTimeout(timer), isOver ? undefined : reject(error as Error)),
    );
  });
}
