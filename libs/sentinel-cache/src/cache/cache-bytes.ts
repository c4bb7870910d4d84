import type { Backend, LivingEntry } from '../backends/port/backend.js';
import type { CallOptions } from '../backends/port/call-options.js';
import { formatKey, formatVersion } from '../keys/format-key.js';
import { TagGenerations } from './tags/tag-generations.js';
import { generationName } from '../keys/tag-names.js';
import type { CommonCacheConfig } from '../settings/shapes/resolved-settings.js';

/** Options of calls on bytes. */
export interface BytesOptions {
  /** Version of the keys. Omitted: VERSION of the settings. */
  readonly version?: number | string | undefined;
}

/** How long a lookup is waited for, in milliseconds. */
export interface BytesReadOptions extends BytesOptions {
  readonly waitsMs: number;
  /** Tags whose generations are read in the same round trip, behind the entries. */
  readonly tags?: readonly string[];
}

/** What a read found, in the order it was asked for. */
export interface BytesFound {
  readonly entries: readonly (LivingEntry | null)[];
  readonly generations: readonly (Buffer | null)[];
}

/**
 * Bytes under the keys of one cache, as they are: neither SERIALIZER nor COMPRESSOR applies. Fails at once
 * while the circuit breaker is open, whatever `failFast` says.
 */
export class CacheBytes {
  readonly alias: string;
  private readonly generations: TagGenerations;

  constructor(
    private readonly config: CommonCacheConfig,
    private readonly backend: Backend,
  ) {
    this.alias = config.alias;
    this.generations = new TagGenerations(backend, config.keyPrefix);
  }

  /**
   * Reads entries and what is left of their lives, then the generations of tags, in one round trip.
   * Resolves to undefined when there is no answer in time, which the circuit breaker hears of: the call
   * itself keeps the deadline of the settings. Rejects with CacheUnavailableError or CommandRejectedError.
   */
  async read(keys: readonly string[], { waitsMs, version, tags = [] }: BytesReadOptions): Promise<BytesFound | undefined> {
    const stored = keys.map((key) => this.storedKey(key, version));
    const calls = this.calls('page');
    // A replica may not know yet what was dropped.
    const fresh = tags.length > 0 ? { ...calls, fresh: true } : calls;
    const names = tags.map((tag) => generationName(this.config.keyPrefix, tag));
    // In one turn of the event loop, hence one round trip.
    const reading = Promise.all([
      stored.length === 1
        ? this.backend.getWithLife(stored[0]!, fresh).then((entry) => [entry])
        : this.backend.getManyWithLife(stored, fresh),
      tags.length > 0 ? this.backend.getMany(names, fresh) : [],
    ]).then(([entries, generations]) => ({ entries, generations }));
    return inTime(reading, waitsMs);
  }

  /** Stores an entry. Rejects with CacheUnavailableError or CommandRejectedError. */
  async write(key: string, bytes: Buffer, lifetimeMs: number, { version }: BytesOptions): Promise<void> {
    await this.backend.set(this.storedKey(key, version), bytes, lifetimeMs, 'always', this.calls('page'));
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

  /**
   * Resolves to the generations of tags, in their order; makes those that are missing, and sees to it that
   * they outlive `lifetimeMs`. Resolves to undefined when there is no answer in time. Rejects as `write`.
   */
  async stamp(tags: readonly string[], lifetimeMs: number, waitsMs?: number): Promise<readonly string[] | undefined> {
    const stamping = this.generations.stamp(tags, lifetimeMs, this.calls('page'));
    const stamp = await (waitsMs === undefined ? stamping : inTime(stamping, waitsMs));
    return stamp && tags.map((tag) => stamp.generations.get(tag)!);
  }

  /** Drops what was stored with one of the tags. Rejects as `write`. */
  async evict(tags: readonly string[]): Promise<void> {
    await this.generations.invalidate(tags, this.calls('evict'));
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
