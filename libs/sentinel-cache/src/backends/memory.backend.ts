import { CacheUnavailableError } from '../errors/cache-unavailable.error.js';
import { CommandRejectedError } from '../errors/command-rejected.error.js';
import type { Lifetime } from '../time/lifetime.js';
import type { Backend, EntryToken, LivingLifetime, RemainingLife, SetCondition, StoredBytes } from './backend.js';
import { tokenOf } from './entry-token.js';
import { globMatcher } from './glob.js';
import type { MemoryStore } from './memory-store.js';

/** What Redis takes for an integer (string2ll): no sign but a minus, no leading zero, no space. */
const INTEGER = /^(?:0|-?[1-9]\d{0,18})$/;
const MAX_INTEGER = 2n ** 63n - 1n;
const MIN_INTEGER = -(2n ** 63n);

/** Bytes in this process (Django's locmem). Each call is one step: nobody sees half of it. */
export class MemoryBackend implements Backend {
  readonly readsMayLag = false;

  constructor(
    private readonly store: MemoryStore,
    private readonly alias: string,
  ) {}

  async get(key: string): Promise<Buffer | null> {
    return this.read(key);
  }

  async getMany(keys: readonly string[]): Promise<(Buffer | null)[]> {
    return keys.map((key) => this.read(key));
  }

  async getWithLife(key: string): Promise<{ bytes: Buffer; life: number | 'forever' } | null> {
    const entry = this.store.use(key);
    return entry ? { bytes: Buffer.from(entry.bytes), life: this.store.lifeOf(entry) } : null;
  }

  async set(key: string, bytes: StoredBytes, lifetime: LivingLifetime, condition: SetCondition): Promise<boolean> {
    if (condition !== 'always' && (this.store.peek(key) === undefined) !== (condition === 'nx')) return false;
    this.store.put(key, bytes, lifetime);
    return true;
  }

  async setMany(entries: readonly (readonly [string, StoredBytes])[], lifetime: LivingLifetime): Promise<void> {
    for (const [key, bytes] of entries) this.store.put(key, bytes, lifetime);
  }

  async delete(keys: readonly string[]): Promise<number> {
    return keys.filter((key) => this.store.delete(key)).length;
  }

  async has(key: string): Promise<boolean> {
    return this.store.peek(key) !== undefined;
  }

  async touch(key: string, lifetime: LivingLifetime): Promise<boolean> {
    const entry = this.store.peek(key);
    if (!entry || (lifetime === 'forever' && this.store.lifeOf(entry) === 'forever')) return false;
    this.store.prolong(key, entry, lifetime);
    return true;
  }

  async increment(key: string, delta: bigint): Promise<string | null> {
    const entry = this.store.peek(key);
    if (!entry) return null;
    const sum = this.integer(entry.bytes.toString('latin1')) + this.integer(String(delta));
    if (sum > MAX_INTEGER || sum < MIN_INTEGER) throw this.refusal('ERR', 'increment or decrement would overflow');
    this.store.replaceBytes(key, entry, String(sum));
    return String(sum);
  }

  async remaining(key: string): Promise<RemainingLife> {
    const entry = this.store.peek(key);
    return entry ? this.store.lifeOf(entry) : 'missing';
  }

  async getWithToken(key: string): Promise<{ bytes: Buffer | null; token: EntryToken }> {
    const bytes = this.read(key);
    return { bytes, token: tokenOf(bytes) };
  }

  async compareAndSet(key: string, token: EntryToken, bytes: StoredBytes, lifetime: Lifetime): Promise<boolean> {
    if (tokenOf(this.store.peek(key)?.bytes ?? null) !== token) return false;
    if (lifetime === 'already-expired') this.store.delete(key);
    else this.store.put(key, bytes, lifetime);
    return true;
  }

  async deleteMatching(pattern: string, signal?: AbortSignal): Promise<number> {
    if (signal?.aborted)
      throw new CacheUnavailableError('aborted', false, 'the caller aborted it.', { alias: this.alias, cause: signal.reason });
    return this.delete(this.store.keys().filter(globMatcher(pattern)));
  }

  async deleteAll(): Promise<void> {
    this.store.clear();
  }

  async command(name: string): Promise<unknown> {
    throw this.refusal('NOTSUPPORTED', `${name.toUpperCase()}: this cache lives in memory and has no Redis to send commands to.`);
  }

  private read(key: string): Buffer | null {
    const entry = this.store.use(key);
    return entry ? Buffer.from(entry.bytes) : null;
  }

  private integer(text: string): bigint {
    const value = INTEGER.test(text) ? BigInt(text) : undefined;
    if (value === undefined || value > MAX_INTEGER || value < MIN_INTEGER) {
      throw this.refusal('ERR', 'value is not an integer or out of range');
    }
    return value;
  }

  private refusal(redisCode: string, message: string): CommandRejectedError {
    return new CommandRejectedError(redisCode, message, { alias: this.alias });
  }
}
