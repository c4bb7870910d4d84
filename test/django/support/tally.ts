import { appendFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';

import { expect } from '@jest/globals';
import { comparable } from '../../codec/tagged-value.js';

const SETS = ['$set', '$frozenset'];

/** Counts the values that were compared across the border. */
export class Tally {
  tried = 0;
  different = 0;

  /** `dictsInOrder`: false where dicts have keys like '7', which JavaScript puts first. */
  constructor(
    private readonly what: string,
    private readonly dictsInOrder = true,
  ) {}

  /** Expects equality of two tagged values. */
  compare(name: string, got: unknown, expected: unknown): void {
    this.tried += 1;
    const [ours, theirs] = difference(this.sorted(comparable(got)), this.sorted(comparable(expected)));
    if (isDeepStrictEqual(ours, theirs)) return;
    this.different += 1;
    expect({ [name]: ours }).toEqual({ [name]: theirs });
  }

  private sorted(tagged: unknown): unknown {
    if (Array.isArray(tagged)) return tagged.map((item) => this.sorted(item));
    if (typeof tagged !== 'object' || tagged === null) return tagged;
    return Object.fromEntries(
      Object.entries(tagged).map(([kind, value]) => {
        const inner = this.sorted(value);
        const isUnordered = SETS.includes(kind) || (kind === '$dict' && !this.dictsInOrder);
        return [kind, isUnordered ? (inner as unknown[]).toSorted(byText) : inner];
      }),
    );
  }

  /** Counts values whose equality somebody else judged. */
  count(tried: number, different: number): void {
    this.tried += tried;
    this.different += different;
  }

  /** The line for the end of the spec; scripts/test.mjs prints the sum of all specs. */
  print(): void {
    const file = process.env['TALLY_FILE'];
    if (file !== undefined) appendFileSync(file, `${JSON.stringify({ tried: this.tried, different: this.different })}\n`);
    const equal = this.tried - this.different;
    process.stdout.write(`test/django ${this.what}: ${this.tried} tried, ${equal} equal, ${this.different} different\n`);
  }
}

/** The smallest parts that differ: values are large. */
function difference(got: unknown, expected: unknown): readonly [unknown, unknown] {
  if (typeof got !== 'object' || typeof expected !== 'object' || got === null || expected === null) return [got, expected];
  const [ours, theirs] = [Object.entries(got), Object.entries(expected)];
  if (ours.length !== theirs.length || ours.some(([key], at) => key !== theirs[at]![0])) return [got, expected];
  const at = ours.findIndex(([, value], index) => !isDeepStrictEqual(value, theirs[index]![1]));
  return at === -1 ? [got, got] : difference(ours[at]![1], theirs[at]![1]);
}

function byText(left: unknown, right: unknown): number {
  const [a, b] = [JSON.stringify(left), JSON.stringify(right)];
  return a < b ? -1 : a > b ? 1 : 0;
}
