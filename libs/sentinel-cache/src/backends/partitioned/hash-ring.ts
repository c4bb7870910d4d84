import { hash } from 'node:crypto';

import { entryOfName } from '../../keys/tag-names.js';

/** Points of one node on the ring, as django-redis has them. */
const POINTS = 128;

interface Point {
  /** Hexadecimal: compared as text, which for one length and one case is the order of the numbers. */
  readonly at: string;
  readonly node: number;
}

/**
 * The ring on which django-redis' ShardClient spreads keys over nodes: the same key gets the same node here
 * and there. A node is known by its name alone, which is its connection string to the letter; the order of
 * the nodes does not matter. Pure; knows its own nodes only.
 */
export class HashRing {
  readonly #points: readonly Point[];

  /** Throws a RangeError without a node. */
  constructor(names: readonly string[]) {
    if (names.length === 0) throw new RangeError('HashRing: expected at least one node.');
    const points = names.flatMap((name, node) =>
      Array.from({ length: POINTS }, (_, i) => ({ at: sha256(`${name}:${i}`), node })),
    );
    this.#points = points.sort((left, right) => (left.at < right.at ? -1 : left.at > right.at ? 1 : 0));
  }

  /** Returns the index of the node of a stored name: what belongs to an entry lies beside it. */
  nodeOfName(name: string): number {
    return this.nodeOf(entryOfName(name));
  }

  /**
   * Returns the index of the node of a stored key: that of the last point at or before its hash, else of the
   * last point.
   */
  nodeOf(storedKey: string): number {
    const at = sha256(hashedPart(storedKey));
    let low = 0;
    let high = this.#points.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#points[middle]!.at <= at) low = middle + 1;
      else high = middle;
    }
    return this.#points.at(low - 1)!.node;
  }
}

/**
 * Returns the part of a stored key that is hashed: the text between its last `}` and the `{` before it,
 * otherwise all of it. So `{user7}:name` and `{user7}:cart` lie on one node. As in Django only braces on the
 * first line count, and empty braces count, too.
 */
export function hashedPart(storedKey: string): string {
  const lineEnd = storedKey.indexOf('\n');
  const line = lineEnd < 0 ? storedKey : storedKey.slice(0, lineEnd);
  const close = line.lastIndexOf('}');
  const open = close < 1 ? -1 : line.lastIndexOf('{', close - 1);
  return open < 0 ? storedKey : line.slice(open + 1, close);
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}
