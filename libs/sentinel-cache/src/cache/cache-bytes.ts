import type { Backend, LivingEntry } from '../backends/port/backend.js';
import type { CallOptions } from '../backends/port/call-options.js';
import { formatKey, formatVersion } from '../keys/format-key.js';
import type { CommonCacheConfig } from '../settings/shapes/resolved-settings.js';
import { inTime } from '../time/in-time.js';
import { NearBytes, type Judged, type KeptBytes, type NearBytesFound } from './near/near-bytes.js';
import type { Near } from './near/create-near.js';
import { KeptEvictions, type KeptEvictionsOptions } from './replay/kept-evictions.js';
import { areUnchanged, TagGenerations, type SeenGenerations } from './tags/tag-generations.js';

/** Options of calls on bytes. */
export interface BytesOptions {
  /** Version of the keys. Omitted: VERSION of the settings. */
  readonly version?: number | string | undefined;
}

/** How long a lookup is waited for, in milliseconds. */
export interface BytesReadOptions extends BytesOptions {
  readonly waitsMs: number;
  /** Tags whose generations are read in the same round trip, behind the entries. */
  readonly tags: readonly string[];
}

/** What a read found, in the order it was asked for. */
export interface BytesFound {
  readonly entries: readonly (LivingEntry | null)[];
  readonly seen: SeenGenerations;
}

/** What this process is to keep of an entry. */
export type BytesKept = KeptBytes;

/** An entry that it keeps. */
export type BytesNear<Value> = NearBytesFound<Value>;

/** The parts of a cache's face for bytes. */
export interface CacheBytesParts {
  readonly config: CommonCacheConfig;
  readonly backend: Backend;
  /** What this process keeps. Undefined: each read asks the backend. */
  readonly near: Near | undefined;
  /** Hears what became of evictions that were kept. */
  readonly onEnded: KeptEvictionsOptions['onEnded'];
}

/** Pages may be stored a while after their generations are known to outlive them. */
const MARGIN_MS = 60_000;

/**
 * Bytes under the keys of one cache, as they are: neither SERIALIZER nor COMPRESSOR applies. Fails at once
 * while the circuit breaker is open, whatever `failFast` says.
 */
export class CacheBytes {
  readonly alias: string;
  /** Drops what was stored with a tag. */
  readonly evictions: KeptEvictions;
  private readonly config: CommonCacheConfig;
  private readonly backend: Backend;
  private readonly near: NearBytes | undefined;
  private readonly generations: TagGenerations;

  constructor({ config, backend, near, onEnded }: CacheBytesParts) {
    const { alias, keyPrefix } = config;
    this.alias = alias;
    this.config = config;
    this.backend = backend;
    this.near = near && new NearBytes(near, keyPrefix);
    this.generations = new TagGenerations(backend, keyPrefix, MARGIN_MS);
    // A near tier before a backend with tags drops its entries by that.
    const tags = backend.tags ?? this.generations;
    const invalidate = (names: readonly string[]): Promise<void> => tags.invalidate(names, this.calls('evict'));
    this.evictions = new KeptEvictions({ alias, invalidate, onEnded });
  }

  /** Whether this process keeps what `read` has found. */
  get isNear(): boolean {
    return this.near !== undefined;
  }

  /**
   * Returns an entry that this process keeps and may serve now, with the value that `read` kept. Undefined:
   * ask with `read`.
   */
  findNear<Value>(key: string, { version }: BytesOptions): BytesNear<Value> | undefined {
    return this.near?.find<Value>(this.storedKey(key, version));
  }

  /**
   * Reads entries and what is left of their lives, then the generations of tags, in one round trip, and
   * resolves to what `judge` makes of them. What it wants kept, `findNear` finds afterwards, until Redis
   * reports a change of the key or of a tag. Resolves to undefined when there is no answer in time, which the
   * circuit breaker hears of: the call itself keeps the deadline of the settings. Rejects with
   * CacheUnavailableError or CommandRejectedError.
   */
  async read<T>(
    keys: readonly string[],
    { waitsMs, version, tags }: BytesReadOptions,
    judge: (found: BytesFound) => Judged<T>,
  ): Promise<T | undefined> {
    const storedKeys = keys.map((key) => this.storedKey(key, version));
    const ask = (): Promise<BytesFound> => this.ask(storedKeys, tags);
    const reading = this.near ? this.near.read({ storedKeys, tags }, ask, judge) : ask().then((found) => judge(found).result);
    return inTime(reading, waitsMs);
  }

  private async ask(stored: readonly string[], tags: readonly string[]): Promise<BytesFound> {
    // A replica may not know yet what was dropped.
    const fresh = { ...this.calls('page'), fresh: true };
    // In one turn of the event loop, hence one round trip.
    const [entries, seen] = await Promise.all([
      stored.length === 1
        ? this.backend.getWithLife(stored[0]!, fresh).then((entry) => [entry])
        : this.backend.getManyWithLife(stored, fresh),
      this.generations.see(tags, fresh),
    ]);
    return { entries, seen };
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
   * Reads the generations of tags. Resolves to undefined when there is no answer in time. Rejects as `read`.
   */
  async see(tags: readonly string[], waitsMs: number): Promise<SeenGenerations | undefined> {
    return inTime(this.generations.see(tags, this.calls('page')), waitsMs);
  }

  /**
   * Resolves to whether none of the tags was dropped since they were seen; undefined when there is no answer
   * in time. Rejects as `read`.
   */
  async isCurrent(tags: readonly string[], seen: SeenGenerations, waitsMs: number): Promise<boolean | undefined> {
    const now = await this.see(tags, waitsMs);
    return now && areUnchanged(seen, now.generations);
  }

  /**
   * Resolves to the generations of tags, in their order, with which something may be stored that was made
   * after they were seen; undefined when one of the tags was dropped since. Makes those that are missing;
   * they outlive `lifetimeMs`. Rejects as `write`.
   */
  async stamp(tags: readonly string[], seen: SeenGenerations, lifetimeMs: number): Promise<readonly string[] | undefined> {
    const { generations } = await this.generations.stamp(tags, lifetimeMs, this.calls('page'));
    const now = tags.map((tag) => generations.get(tag)!);
    return areUnchanged(seen, now) ? now : undefined;
  }

  private storedKey(key: string, version: number | string | undefined): string {
    const { keyFunction, keyPrefix } = this.config;
    return keyFunction(formatKey(key), keyPrefix, version === undefined ? this.config.version : formatVersion(version));
  }

  private calls(method: string): CallOptions {
    return { failFast: true, operation: { method } };
  }
}
