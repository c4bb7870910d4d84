import type { Backend, LivingLifetime, StoredBytes } from '../port/backend.js';
import { tokenOf } from '../port/entry-token.js';
import {
  belongsTo,
  companionLife,
  COMPANION_MARGIN_MS,
  TOKEN_LENGTH,
  type CompanionCondition,
  type CompanionedEntry,
  type CompanionPair,
  type LifeOrEnd,
  type TagStore,
} from '../port/tag-store.js';
import type { MemoryEntry, MemoryStore } from './memory-store.js';

/** Companions among the entries of one locmem LOCATION. An entry is always used before its companion. */
export class MemoryTags implements TagStore {
  constructor(
    private readonly store: MemoryStore,
    private readonly entries: Pick<Backend, 'touch' | 'expireAt' | 'increment'>,
  ) {}

  async generations(
    names: readonly string[],
    made: readonly string[],
    { leastMs, lifetime }: { readonly leastMs: number; readonly lifetime: LivingLifetime },
  ): Promise<Buffer[]> {
    return names.map((name, i) => {
      const entry = this.store.use(name);
      if (!entry) this.store.put(name, made[i]!, lifetime);
      else if (lifetime === 'forever' || this.endsWithin(entry, leastMs)) this.store.prolong(name, entry, lifetime);
      return entry ? Buffer.from(entry.bytes) : Buffer.from(made[i]!);
    });
  }

  async write(
    entries: readonly CompanionedEntry[],
    lifetime: LivingLifetime | 'already-expired',
    condition: CompanionCondition,
  ): Promise<boolean> {
    const [first] = entries;
    if (first && !this.allows(first, condition)) return false;
    for (const { key, companion, bytes, companionBytes } of entries) {
      this.put(key, bytes, lifetime);
      this.put(companion, companionBytes, lifetime === 'already-expired' ? lifetime : companionLife(lifetime));
    }
    return true;
  }

  async remove(pairs: readonly CompanionPair[]): Promise<(Buffer | 'none' | null)[]> {
    return pairs.map(({ key, companion }) => {
      const [entry, beside] = [this.store.peek(key), this.store.peek(companion)];
      this.store.delete(key);
      this.store.delete(companion);
      if (!entry) return null;
      return beside && belongsTo(beside.bytes, tokenOf(entry.bytes)) ? beside.bytes : 'none';
    });
  }

  async touch({ key, companion }: CompanionPair, life: LifeOrEnd): Promise<boolean> {
    if (typeof life === 'object') {
      await this.entries.expireAt(companion, life.atMs + COMPANION_MARGIN_MS);
      return this.entries.expireAt(key, life.atMs);
    }
    await this.entries.touch(companion, companionLife(life));
    return this.entries.touch(key, life);
  }

  async increment({ key, companion }: CompanionPair, delta: bigint): Promise<string | null> {
    const [before, beside] = [this.store.peek(key), this.store.peek(companion)];
    const sum = await this.entries.increment(key, delta);
    if (sum !== null && before && beside && belongsTo(beside.bytes, tokenOf(before.bytes))) {
      const rest = beside.bytes.subarray(TOKEN_LENGTH);
      this.store.replaceBytes(companion, beside, Buffer.concat([Buffer.from(tokenOf(Buffer.from(sum))), rest]));
    }
    return sum;
  }

  async move(from: CompanionPair, to: CompanionPair): Promise<boolean> {
    const [entry, beside] = [this.store.peek(from.key), this.store.peek(from.companion)];
    if (!entry) return false;
    if (from.key === to.key) return true;
    this.store.rename(from.key, entry, to.key);
    this.store.delete(to.companion);
    if (beside && belongsTo(beside.bytes, tokenOf(entry.bytes))) this.store.rename(from.companion, beside, to.companion);
    else this.store.delete(from.companion);
    return true;
  }

  private allows({ key, companion }: CompanionPair, condition: CompanionCondition): boolean {
    const entry = this.store.peek(key);
    if (condition === 'always') return true;
    if (typeof condition === 'string') return (entry === undefined) === (condition === 'nx');
    if (tokenOf(entry?.bytes ?? null) !== condition.token) return false;
    const { companionToken } = condition;
    return companionToken === undefined || tokenOf(this.store.peek(companion)?.bytes ?? null) === companionToken;
  }

  private put(name: string, bytes: StoredBytes | null, lifetime: LivingLifetime | 'already-expired'): void {
    if (bytes === null || lifetime === 'already-expired') this.store.delete(name);
    else this.store.put(name, bytes, lifetime);
  }

  private endsWithin(entry: MemoryEntry, ms: number): boolean {
    const left = this.store.lifeOf(entry);
    return left !== 'forever' && left < ms;
  }
}
