import { setImmediate as aTurnOfTheEventLoop } from 'node:timers/promises';

import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import { describeCommand } from '../../connection/contract/operation.js';
import type { Clock } from '../../time/clock.js';
import type { Lifetime } from '../../time/lifetime.js';
import type {
  Backend,
  EntryToken,
  LivingEntry,
  LivingLifetime,
  RemainingLife,
  ScanOptions,
  SetCondition,
  StoredBytes,
} from '../port/backend.js';
import { tokenOf } from '../port/entry-token.js';
import { globMatcher } from './glob.js';
import { MemoryLeases } from './memory-leases.js';
import { MemoryLocks } from './memory-locks.js';
import type { MemoryStore } from './memory-store.js';
import { MemoryTags } from './memory-tags.js';
import type { CallOptions } from '../port/call-options.js';
import { refusingStructures, unsupported, type StructureStore } from '../port/structure-store.js';

const WHY = 'this cache is in memory (locmem) and has no Redis. Send the command through a cache on Redis.';

/**
 * An integer as it is stored: no sign but a minus, no leading zero, no space, and at most the 4300 digits
 * that Python reads.
 */
const INTEGER = /^(?:0|-?[1-9]\d{0,4299})$/;

/** Number of keys that a scan looks at in one turn of the event loop. */
const BATCH_KEYS = 1000;

/** Keeps bytes in this process (Django's locmem). Each call is one step: no caller sees half of it. */
export class MemoryBackend implements Backend {
  readonly readsMayLag = false;
  readonly clock: Clock;
  readonly locks: MemoryLocks;
  readonly leases: MemoryLeases;
  readonly structures: StructureStore;
  readonly companions: MemoryTags;

  constructor(
    private readonly store: MemoryStore,
    private readonly alias: string,
  ) {
    this.clock = store.clock;
    this.locks = new MemoryLocks(store);
    this.leases = new MemoryLeases(store);
    this.structures = refusingStructures(alias, WHY);
    this.companions = new MemoryTags(store, this);
  }

  async get(key: string): Promise<Buffer | null> {
    return this.read(key);
  }

  async getMany(keys: readonly string[]): Promise<(Buffer | null)[]> {
    return keys.map((key) => this.read(key));
  }

  async getWithLife(key: string): Promise<LivingEntry | null> {
    return this.readWithLife(key);
  }

  async getManyWithLife(keys: readonly string[]): Promise<(LivingEntry | null)[]> {
    return keys.map((key) => this.readWithLife(key));
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
    for (const key of keys) this.store.leases.end(key);
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

  async expireAt(key: string, atMs: number): Promise<boolean> {
    const lifeMs = this.store.msUntil(atMs);
    return lifeMs > 0 ? this.touch(key, lifeMs) : (await this.delete([key])) > 0;
  }

  async increment(key: string, delta: bigint, options?: CallOptions): Promise<string | null> {
    const entry = this.store.peek(key);
    if (!entry) return null;
    const text = entry.bytes.toString('latin1');
    if (!INTEGER.test(text))
      throw this.refusal('ERR', 'expected a whole number of at most 4300 digits, got another value.', options);
    const sum = String(BigInt(text) + delta);
    if (!INTEGER.test(sum)) throw this.refusal('ERR', 'the sum would have more than 4300 digits.', options);
    this.store.replaceBytes(key, entry, sum);
    return sum;
  }

  async remaining(key: string): Promise<RemainingLife> {
    const entry = this.store.peek(key);
    return entry ? this.store.lifeOf(entry) : 'missing';
  }

  async move(from: string, to: string): Promise<boolean> {
    const entry = this.store.peek(from);
    if (entry) this.store.rename(from, entry, to);
    return entry !== undefined;
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

  async *scan(pattern: string, options: ScanOptions = {}): AsyncGenerator<readonly Buffer[], void, void> {
    if (options.forDeletion) this.store.leases.endMatching(globMatcher(pattern));
    for await (const keys of this.batches(pattern, options)) {
      const living = keys.filter((key) => this.store.peek(key) !== undefined);
      if (living.length > 0) yield living.map((key) => Buffer.from(key));
    }
  }

  async deleteMatching(pattern: string, options: ScanOptions = {}): Promise<number> {
    let deleted = 0;
    this.store.leases.endMatching(globMatcher(pattern));
    for await (const keys of this.batches(pattern, options)) deleted += await this.delete(keys);
    return deleted;
  }

  async deleteAll(): Promise<void> {
    this.store.leases.endMatching(() => true);
    this.store.clear();
  }

  async command(name: string, _args: readonly unknown[], options?: CallOptions): Promise<never> {
    throw unsupported({ alias: this.alias, operation: options?.operation, name: name.toUpperCase() }, WHY);
  }

  /** Goes through the matching keys of those that are there now, a few at a time. */
  private async *batches(pattern: string, { count = BATCH_KEYS, signal }: ScanOptions): AsyncGenerator<string[], void, void> {
    const matches = globMatcher(pattern);
    const keys = this.store.keys();
    for (let at = 0; at === 0 || at < keys.length; at += count) {
      if (at > 0) await aTurnOfTheEventLoop();
      if (signal?.aborted)
        throw new CacheUnavailableError('aborted', false, `Cache '${this.alias}': the caller aborted the scan.`, {
          alias: this.alias,
          cause: signal.reason,
        });
      yield keys.slice(at, at + count).filter(matches);
    }
  }

  private read(key: string): Buffer | null {
    const entry = this.store.use(key);
    return entry ? Buffer.from(entry.bytes) : null;
  }

  private readWithLife(key: string): LivingEntry | null {
    const entry = this.store.use(key);
    return entry ? { bytes: Buffer.from(entry.bytes), life: this.store.lifeOf(entry) } : null;
  }

  private refusal(redisCode: string, message: string, options?: CallOptions): CommandRejectedError {
    const { alias } = this;
    const call = describeCommand({ alias, operation: options?.operation, name: 'increment' });
    return new CommandRejectedError(redisCode, `${call}: ${message}`, { alias });
  }
}
