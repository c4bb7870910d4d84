import { kindOf } from '../../values/kind.js';
import { MAX_DEPTH } from '../../values/nesting.js';
import { Timezone } from '../../values/timezone.js';

/** More zones than the IANA database has; each new one costs tens of microseconds. */
const MAX_ZONES = 700;

/** What the reading of one pickle remembers besides stack and memo. */
export class PickleScope {
  readonly #zones = new Map<string, Timezone>();
  readonly #hashable = new Set<object>();

  /** One object per zone. Throws a RangeError for an unknown one. */
  zone(key: string): Timezone {
    const known = this.#zones.get(key);
    if (known !== undefined) return known;
    if (this.#zones.size >= MAX_ZONES) throw new RangeError('more zones than there are');
    const zone = Timezone.zone(key);
    this.#zones.set(key, zone);
    return zone;
  }

  /** Throws a RangeError for what Python can't hash, tuples of it included. Each tuple is looked through once, however often it is shared. */
  checkHashable(value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    const waiting: object[] = [value];
    const depths: number[] = [1];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const depth = depths.pop()!;
      const kind = kindOf(next);
      if (kind === 'ordered-dict' || kind === 'bytearray' || (kind === undefined && !Buffer.isBuffer(next))) {
        throw new RangeError('a list, dict or set is used as a dict key or set member');
      }
      if (kind !== 'tuple' || this.#hashable.has(next)) continue;
      if (depth > MAX_DEPTH) throw new RangeError(`it nests deeper than ${MAX_DEPTH} levels`);
      this.#hashable.add(next);
      for (const item of next as unknown[]) {
        if (typeof item !== 'object' || item === null) continue;
        waiting.push(item);
        depths.push(depth + 1);
      }
    }
  }

  /** The items of a set, each of them hashable. */
  hashableItems(items: readonly unknown[]): readonly unknown[] {
    for (const item of items) this.checkHashable(item);
    return items;
  }
}
