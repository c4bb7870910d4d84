import { COST, type DecodeBudget } from '../../../budget/decode-budget.js';
import { HashChains } from '../../../budget/hash-chains.js';
import { kindOf } from '../../../values/kind.js';
import { MAX_DEPTH } from '../../../values/nesting.js';
import { Timezone } from '../../../values/timezone.js';

/** What the reading of one pickle remembers besides stack and memo. */
export class PickleScope {
  private zones: Map<string, Timezone> | undefined;
  private hashable: Set<object> | undefined;
  private chains: HashChains | undefined;

  constructor(readonly budget: DecodeBudget) {}

  /**
   * Counts what a constructor looks through or copies. Throws an OverBudget when the same is handed out again
   * and again.
   */
  spend(size: number): void {
    this.budget.spend(size * COST.argument);
  }

  /** Returns one object per zone. Throws a RangeError for an unknown one, an OverBudget beyond the budget. */
  zone(key: string): Timezone {
    const zones = (this.zones ??= new Map<string, Timezone>());
    const known = zones.get(key);
    if (known !== undefined) return known;
    this.budget.spend(COST.zone);
    const zone = Timezone.zone(key);
    zones.set(key, zone);
    return zone;
  }

  /**
   * Throws a RangeError for what Python can't hash, tuples of it included. Each tuple that holds others is
   * looked through once, however often it is shared.
   */
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
      this.budget.spend((next as unknown[]).length * COST.item);
      // One without objects is looked through again sooner than remembered.
      if (!(next as unknown[]).some(isObject)) continue;
      hashable.add(next);
      this.budget.spend(COST.setEntry);
      for (const item of next as unknown[]) {
        if (!isObject(item)) continue;
        waiting.push(item);
        depths.push(depth + 1);
      }
    }
  }

  /** Puts items into a set, each of them hashable. */
  fillSet(items: readonly unknown[], add: (item: unknown) => void, set: ReadonlySet<unknown>): void {
    this.budget.spend(items.length * COST.setEntry);
    for (const item of items) {
      this.checkKey(item, set);
      add(item);
    }
  }

  /**
   * Checks a key that is added to a dict or set: it has to be hashable, and must not meet too many others.
   */
  checkKey(key: unknown, container: ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>): void {
    this.checkHashable(key);
    (this.chains ??= new HashChains(this.budget)).add(container, key);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
