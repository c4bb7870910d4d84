import { COST, type DecodeBudget } from './decode-budget.js';
import { NumberHash } from './number-hash.js';

/** So few keys don't make a table slow, whatever they are. */
const FEW_KEYS = 64;
/** Keys in one place of a table by accident: there are two to a place when it is full. */
const USUAL_CHAIN = 16;
const FIRST_PLACES = 256;

/**
 * Counts what keys cost that meet in one place of a hash table. V8 hashes numbers and bigints without a
 * secret, so they can be chosen such that all of them meet; each is compared with all before it then. Texts
 * have a secret, and objects a random number.
 */
export class HashChains {
  private readonly tables = new Map<object, Places>();
  private readonly hash = new NumberHash();

  constructor(private readonly budget: DecodeBudget) {}

  /**
   * Counts a key that is added to a Map or Set. Throws an OverBudget when comparing them takes more than
   * there is.
   */
  add(container: ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>, key: unknown): void {
    if (container.size < FEW_KEYS || (typeof key !== 'number' && typeof key !== 'bigint')) return;
    let places = this.tables.get(container);
    if (places === undefined) this.tables.set(container, (places = new Places(this.hash)));
    const chain = places.add(key, container);
    if (chain > USUAL_CHAIN) this.budget.spend((chain - USUAL_CHAIN) * COST.collision);
  }
}

/** Returns a set of the values. Throws an OverBudget when comparing them takes more than there is. */
export function setOf(values: readonly unknown[], budget: DecodeBudget): Set<unknown> {
  const chains = new HashChains(budget);
  const set = new Set<unknown>();
  for (const value of values) {
    chains.add(set, value);
    set.add(value);
  }
  return set;
}

/** How many keys there are in each place of a table of V8's. */
class Places {
  private counts = new Uint32Array(FIRST_PLACES);
  private keys = 0;

  constructor(private readonly hash: NumberHash) {}

  /** Returns the number of keys in the place of this one. */
  add(key: number | bigint, container: ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>): number {
    if (++this.keys > this.counts.length * 2) {
      this.counts = new Uint32Array(this.counts.length * 2);
      for (const known of container.keys()) if (typeof known === 'number' || typeof known === 'bigint') this.count(known);
    }
    return this.count(key);
  }

  private count(key: number | bigint): number {
    return ++this.counts[this.hash.of(key) & (this.counts.length - 1)]!;
  }
}
