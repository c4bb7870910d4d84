import { kindOf } from '../../values/kind.js';
import { MAX_DEPTH } from '../../values/nesting.js';
import { Timezone } from '../../values/timezone.js';

/** More zones than the IANA database has; each new one costs tens of microseconds. */
const MAX_ZONES = 700;

/** So many characters, bytes and items are handed to constructors for each byte of a pickle: several times what Python writes. */
const BUDGET_PER_BYTE = 4;
const BUDGET_SPARE = 1000;

/** What the reading of one pickle remembers besides stack and memo. */
export class PickleScope {
  private zones: Map<string, Timezone> | undefined;
  private hashable: Set<object> | undefined;

  private budget: number;

  /** A pickle writes what it hands to a constructor anew for each, bytes of the old protocols through several in one another. */
  constructor(length: number) {
    this.budget = length * BUDGET_PER_BYTE + BUDGET_SPARE;
  }

  /** Counts what a constructor looks through or copies. Throws a RangeError when the same is handed out again and again. */
  spend(size: number): void {
    this.budget -= size;
    if (this.budget < 0) throw new RangeError('constructors are given more than there is');
  }

  /** One object per zone. Throws a RangeError for an unknown one. */
  zone(key: string): Timezone {
    const zones = (this.zones ??= new Map<string, Timezone>());
    const known = zones.get(key);
    if (known !== undefined) return known;
    if (zones.size >= MAX_ZONES) throw new RangeError('more zones than there are');
    const zone = Timezone.zone(key);
    zones.set(key, zone);
    return zone;
  }

  /** Throws a RangeError for what Python can't hash, tuples of it included. Each tuple is looked through once, however often it is shared. */
  checkHashable(value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    const hashable = (this.hashable ??= new Set<object>());
    const waiting: object[] = [value];
    const depths: number[] = [1];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const depth = depths.pop()!;
      const kind = kindOf(next);
      if (kind === 'ordered-dict' || kind === 'bytearray' || (kind === undefined && !Buffer.isBuffer(next))) {
        throw new RangeError('a list, dict or set is used as a dict key or set member');
      }
      if (kind !== 'tuple' || hashable.has(next)) continue;
      if (depth > MAX_DEPTH) throw new RangeError(`it nests deeper than ${MAX_DEPTH} levels`);
      hashable.add(next);
      for (const item of next as unknown[]) {
        if (typeof item !== 'object' || item === null) continue;
        waiting.push(item);
        depths.push(depth + 1);
      }
    }
  }

  /** The items of a set, each of them hashable. */
  hashableItems(items: readonly unknown[]): readonly unknown[] {
    this.spend(items.length);
    for (const item of items) this.checkHashable(item);
    return items;
  }
}
