import type { SentinelCache } from '../cache/sentinel-cache.js';
import { CodecError } from '../errors/codec.error.js';
import { InvalidArgumentError } from '../errors/invalid-argument.error.js';
import { KeyvStore, type StoredValue } from './keyv-store.js';

const OPTIONS_FAULT =
  'expected { serialization: true or false } or nothing, got other options. Give namespace, ttl and the like to the Keyv.';

/** Options of `keyvAdapter`. */
export interface KeyvAdapterOptions {
  /**
   * Whether the Keyv serializes. false: the Keyv's serialization is off, and the cache stores the values
   * themselves, which SentinelCache and Django read. Default: true, and the cache stores the Keyv's text.
   */
  readonly serialization?: boolean;
}

/**
 * A storage adapter for a Keyv 5 or 6 of one's own. Lifetimes are relative, in milliseconds: Keyv 6 converts
 * its own. Every method that returns a promise rejects as the cache does: with CacheUnavailableError,
 * CommandRejectedError, CodecError, or InvalidArgumentError for a ttl, or for an entry that does not fit
 * `serialization`.
 */
export class KeyvStorageAdapter {
  /** What Keyv 5 asks about a store. */
  readonly opts = {
    /** Keyv 5 iterates only over stores whose dialect it knows. */
    dialect: 'redis',
  };
  private readonly entries: KeyvStore;
  private readonly isText: boolean;

  /** Throws InvalidArgumentError for options that it does not know. */
  constructor(
    private readonly caches: {
      readonly reads: SentinelCache;
      readonly writes: SentinelCache;
      readonly close?: () => Promise<void>;
    },
    options: KeyvAdapterOptions = {},
  ) {
    this.entries = new KeyvStore(caches);
    if (typeof options !== 'object' || (options as unknown) === null || Array.isArray(options)) throw this.invalid(OPTIONS_FAULT);
    const { serialization = true, ...others } = options;
    if (typeof serialization !== 'boolean' || Object.keys(others).length > 0) throw this.invalid(OPTIONS_FAULT);
    this.isText = serialization;
  }

  /** The Keyv's namespace: keys begin with it and a colon. Set by Keyv. */
  get namespace(): string | undefined {
    return this.entries.namespace;
  }

  set namespace(namespace: string | undefined) {
    this.entries.namespace = namespace;
  }

  /**
   * Resolves to an entry, or undefined. Rejects with CacheUnavailableError, CommandRejectedError or
   * CodecError.
   */
  async get<Value>(key: string): Promise<Value | undefined> {
    return (await this.getMany<Value>([key]))[0];
  }

  /**
   * Resolves to entries in the order of the keys, undefined for what is not there. Rejects with
   * CacheUnavailableError, CommandRejectedError or CodecError.
   */
  async getMany<Value>(keys: string[]): Promise<(Value | undefined)[]> {
    const found = this.isText ? await this.texts(keys) : await this.entries.getMany(keys);
    return found as (Value | undefined)[];
  }

  /**
   * Stores an entry for `ttlMs` milliseconds; none given: TIMEOUT. Resolves to true. Rejects with
   * CacheUnavailableError, CommandRejectedError, CodecError or InvalidArgumentError.
   */
  async set(key: string, entry: unknown, ttlMs?: number): Promise<boolean> {
    if (this.isText !== (typeof entry === 'string')) throw this.misfit();
    return this.entries.set(key, this.isText ? { value: entry, expires: undefined } : (entry as StoredValue), ttlMs);
  }

  /** Stores entries, each for its own ttl in milliseconds. Resolves and rejects as `set` does. */
  async setMany(entries: readonly { key: string; value: unknown; ttl?: number | undefined }[]): Promise<boolean[]> {
    return Promise.all(entries.map(({ key, value, ttl }) => this.set(key, value, ttl)));
  }

  /** Resolves to true when there was an entry. Rejects with CacheUnavailableError or CommandRejectedError. */
  async delete(key: string): Promise<boolean> {
    return this.entries.delete(key);
  }

  /**
   * Resolves to true when there was any entry. Rejects with CacheUnavailableError or CommandRejectedError.
   */
  async deleteMany(keys: string[]): Promise<boolean> {
    return this.entries.deleteMany(keys);
  }

  /**
   * Deletes the keys of the namespace; without one the whole cache, all versions. Rejects with
   * CacheUnavailableError or CommandRejectedError.
   */
  async clear(): Promise<void> {
    return this.entries.clear();
  }

  /** Resolves to whether there is an entry. Rejects with CacheUnavailableError or CommandRejectedError. */
  async has(key: string): Promise<boolean> {
    return this.entries.has(key);
  }

  /** Resolves to whether there is an entry, in the order of the keys. Rejects as `has` does. */
  async hasMany(keys: string[]): Promise<boolean[]> {
    return Promise.all(keys.map((key) => this.entries.has(key)));
  }

  /**
   * Iterates over key and entry of the namespace, a batch at a time. Rejects with CacheUnavailableError,
   * CommandRejectedError or CodecError.
   */
  async *iterator(): AsyncGenerator<[key: string, entry: unknown], void, void> {
    for await (const keys of this.entries.batches()) {
      const found = await this.getMany<unknown>(keys);
      for (const [i, key] of keys.entries()) if (found[i] !== undefined) yield [key, found[i]];
    }
  }

  /** Closes the connections, where they belong to this adapter. Never rejects. */
  async disconnect(): Promise<void> {
    return this.entries.disconnect();
  }

  /** Does nothing: Keyv listens for errors of its store, but this one rejects instead. */
  on(): this {
    return this;
  }

  private async texts(keys: readonly string[]): Promise<unknown[]> {
    const found = await this.entries.getValues(keys);
    const strange = found.findIndex((value) => value !== undefined && typeof value !== 'string');
    if (strange === -1) return found;
    const { alias } = this.caches.reads;
    const message = `keyvAdapter over cache '${alias}': expected text that a Keyv wrote, got another value. Give this Keyv a namespace, or turn its serialization off and give keyvAdapter { serialization: false }.`;
    throw new CodecError(message, { alias, key: this.entries.storedKey(keys[strange]!) });
  }

  private misfit(): InvalidArgumentError {
    return this.invalid(
      this.isText
        ? 'expected text, got an entry that is not serialized. Leave the serialization of the Keyv on, or give keyvAdapter { serialization: false }.'
        : 'with serialization: false expected a Keyv without serialization, got text. Write new Keyv({ store, serialization: false }) for Keyv 6, and { store, serialize: undefined, deserialize: undefined } for Keyv 5.',
    );
  }

  private invalid(sentences: string): InvalidArgumentError {
    const { alias } = this.caches.reads;
    return new InvalidArgumentError(`keyvAdapter over cache '${alias}': ${sentences}`, { alias });
  }
}
