import { Keyv, KeyvHooks, type KeyvStoreAdapter } from 'keyv';

import { InvalidArgumentError } from '../errors/invalid-argument.error.js';
import { FOREVER, KeyvStore, type KeyvCaches, type StoredValue } from './keyv-store.js';

const STORE_REMEDY =
  'What keyvStore returns is a whole Keyv over one cache: give it as it is wherever a Keyv is expected. For another cache call keyvStore again; as the store of a Keyv of your own give keyvAdapter(cache).';
const CODEC_REMEDY = 'Values are stored as the cache stores them, so that Django reads them: set OPTIONS.SERIALIZER in CACHES.';
const COMPRESSOR_REMEDY = 'The cache compresses what it stores: set OPTIONS.COMPRESSOR in CACHES.';

/** Stands in for `serialize` and `deserialize`: some libraries recognize a Keyv by having both. */
const AS_IT_IS = (data: unknown): unknown => data;

/**
 * A Keyv that writes Django's bytes, and keeps its ttl of 0 apart from none. It reads values alone by GET and
 * MGET, and deletes nothing on reading: the server knows when an entry expires. It refuses at once what can
 * be set on a Keyv but a cache can't do.
 */
class SentinelKeyv extends Keyv {
  override readonly iterator = (): AsyncGenerator<[key: string, value: unknown], void, void> => this.entries.iterate();
  private namespaceBefore: string | undefined;

  constructor(
    private readonly entries: KeyvStore,
    private readonly alias: string,
  ) {
    super({ store: entries as unknown as KeyvStoreAdapter, namespace: undefined, throwOnErrors: true });
    this.serialize = undefined;
    this.deserialize = undefined;
    this.keep('store', this, STORE_REMEDY);
    this.keep('serialize', AS_IT_IS, CODEC_REMEDY);
    this.keep('deserialize', AS_IT_IS, CODEC_REMEDY);
    this.keep('compression', undefined, COMPRESSOR_REMEDY);
    // The store puts the namespace before each key, as @keyv/redis does: Keyv's own prefix would be a second
    // one.
    this.useKeyPrefix = false;
    Object.defineProperty(this, 'useKeyPrefix', { value: true, writable: true });
    // Keyv 5 asks a store for its dialect, and nothing else asks a Keyv for one.
    Object.defineProperty(this.opts, 'dialect', { get: () => this.refuseToBeStore() });
  }

  override get namespace(): string | undefined {
    return super.namespace;
  }

  override set namespace(namespace: string | undefined) {
    if (namespace !== undefined && typeof namespace !== 'string')
      throw this.refusal(`namespace: expected text or undefined, got ${typeof namespace}.`);
    this.namespaceBefore = super.namespace;
    super.namespace = namespace === '' ? undefined : namespace;
  }

  override get(key: string | string[], options?: { raw: boolean }): Promise<never> {
    return (Array.isArray(key) ? this.getMany(key, options) : this.read(key, options?.raw === true)) as Promise<never>;
  }

  override async getMany(keys: string[], options?: { raw: boolean }): Promise<never> {
    this.hooks.trigger(KeyvHooks.PRE_GET_MANY, { keys });
    const asked = options?.raw ? this.entries.getMany(keys) : this.entries.getValues(keys);
    const found = await this.orElse(asked, nothingFor(keys));
    this.stats.hitsOrMisses(found);
    this.hooks.trigger(KeyvHooks.POST_GET_MANY, found);
    return found as never;
  }

  override async getRaw(key: string): Promise<never> {
    this.hooks.trigger(KeyvHooks.PRE_GET_RAW, { key });
    const value = await this.orElse(this.entries.get(key), undefined);
    this.stats.hitsOrMisses([value]);
    this.hooks.trigger(KeyvHooks.POST_GET_RAW, { key, value });
    return value as never;
  }

  override async getManyRaw(keys: string[]): Promise<never> {
    this.hooks.trigger(KeyvHooks.PRE_GET_MANY_RAW, { keys });
    const values = await this.orElse(this.entries.getMany(keys), nothingFor(keys));
    this.stats.hitsOrMisses(values);
    this.hooks.trigger(KeyvHooks.POST_GET_MANY_RAW, { keys, values });
    return values as never;
  }

  override set(key: string, value: unknown, ttl = this.ttl): Promise<boolean> {
    return super.set(key, value, ttl === 0 ? FOREVER : ttl);
  }

  private async read(key: string, raw: boolean): Promise<unknown> {
    this.hooks.trigger(KeyvHooks.PRE_GET, { key });
    const asked = raw ? this.entries.get(key) : this.entries.getValue(key).then(asStored);
    const found = await this.orElse(asked, undefined);
    this.hooks.trigger(KeyvHooks.POST_GET, { key, value: found });
    this.stats.hitsOrMisses([found]);
    return raw ? found : found?.value;
  }

  /** A failed read counts as a miss unless `throwOnErrors` is set. */
  private async orElse<T>(asked: Promise<T>, nothing: T): Promise<T> {
    try {
      return await asked;
    } catch (error) {
      if (this.throwOnErrors) throw error;
      return nothing;
    }
  }

  /** Makes a property read-only, here and in the options that Keyv was made with. */
  private keep(name: 'store' | 'serialize' | 'deserialize' | 'compression', value: unknown, remedy: string): void {
    const inside = this.opts[name];
    const set = (given: unknown): void => {
      if (given !== undefined && given !== value && given !== inside) throw this.refusal(`${name} can't be set. ${remedy}`);
    };
    Object.defineProperty(this, name, { get: () => value, set });
    Object.defineProperty(this.opts, name, { get: () => inside, set });
  }

  /** Another Keyv over this one would write its own JSON, and its own namespace, into Redis. */
  private refuseToBeStore(): never {
    super.namespace = this.namespaceBefore;
    throw this.refusal(`it can't be the store of another Keyv. ${STORE_REMEDY}`);
  }

  private refusal(sentences: string): InvalidArgumentError {
    return new InvalidArgumentError(`keyvStore over cache '${this.alias}': ${sentences}`, { alias: this.alias });
  }
}

function asStored(value: unknown): StoredValue | undefined {
  return value === undefined ? undefined : { value, expires: undefined };
}

function nothingFor(keys: readonly string[]): undefined[] {
  return keys.map(() => undefined);
}

/**
 * Creates a configured Keyv 5 over a cache. `ttl` is in milliseconds; none given: TIMEOUT; 0: no expiry.
 * Rejects where its caches reject.
 */
export function createKeyv(caches: KeyvCaches): Keyv {
  return new SentinelKeyv(new KeyvStore(caches), caches.reads.alias);
}
