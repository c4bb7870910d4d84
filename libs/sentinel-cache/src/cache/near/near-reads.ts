import type { DecodeBudget } from '../../codec/budget/decode-budget.js';
import { NO_VALUE, type EntrySpace } from '../entry/entry-space.js';
import type { Near } from './create-near.js';
import { copiedBytes, keptValue } from './near-store.js';
import { copyOf } from './near-values.js';

/** A value of the near tier, among the bytes of others. */
class NearValue<T> {
  constructor(readonly value: T) {}
}

/** What was found of one key: a value, bytes, or nothing. */
export type Found<T> = NearValue<T | null> | Buffer | null;

/** Returns the value of what was found; NO_VALUE as `EntrySpace.read`, which it throws as. */
export function valueOfFound<T>(
  space: EntrySpace,
  found: NearValue<T | null> | Buffer,
  storedKey: string,
  budget: DecodeBudget,
): T | null | typeof NO_VALUE {
  return found instanceof NearValue ? found.value : space.read<T>(found, storedKey, budget);
}

/** Makes values of the entries of a near tier. */
export class NearReads {
  constructor(
    readonly near: Near,
    private readonly space: EntrySpace,
  ) {}

  /**
   * Returns the value of an entry that may be served now, to each caller another copy; NO_VALUE where there
   * is none. Throws as `EntrySpace.read`.
   */
  read<T>(storedKey: string): T | null | typeof NO_VALUE {
    const { tier } = this.near;
    const entry = tier.find(storedKey);
    if (entry === undefined) return NO_VALUE;
    const { content } = entry;
    // It was read by its parts.
    if (content.readWith) return NO_VALUE;
    if (content.bytes === undefined) return copyOf(content.value) as T;
    // What a serializer of the user's makes may be a part of the bytes.
    const value = this.space.read<T>(copiedBytes(content), storedKey);
    // A soft end is judged at each read.
    if (content.isOpaque || this.space.herd || value === NO_VALUE) return value;
    const kept = keptValue(value, content);
    tier.replace(storedKey, entry, kept);
    return kept.isOpaque ? value : copyOf(value);
  }

  /** Whether an entry may be served now. */
  has(storedKey: string): boolean {
    return this.near.tier.find(storedKey) !== undefined;
  }

  /**
   * Resolves to the values that are near and what `ask` brings of the others, in the order of the keys.
   * Rejects as `read` and `ask`.
   */
  async readMany<T>(storedKeys: readonly string[], ask: (others: string[]) => Promise<Found<T>[]>): Promise<Found<T>[]> {
    const found = storedKeys.map((key) => this.read<T>(key));
    const others = storedKeys.filter((_key, i) => found[i] === NO_VALUE);
    const brought = others.length === 0 ? [] : await ask(others);
    let next = 0;
    return found.map((value) => (value === NO_VALUE ? (brought[next++] ?? null) : new NearValue(value)));
  }
}
