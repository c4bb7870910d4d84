import type { Clock } from '../../time/clock.js';

/**
 * How far apart sentinels say the same: an announcement up to a second, what they learn from INFO up to ten.
 * Longer after its first mention a fact is a new one.
 */
const TOGETHER_MS = 15_000;
/** How many facts are remembered; the oldest give way. */
const REMEMBERED_FACTS = 512;
/** How often a fact may come back within the window and still be told apart. */
const REMEMBERED_OCCURRENCES = 16;

interface Occurrence {
  readonly atMs: number;
  readonly heardFrom: Set<string>;
}

/**
 * Tells the first mention of a fact from its repetition by others. Who says a thing twice means that it happened twice: so a node that
 * goes and comes within a second is not lost among three sentinels that each report both.
 */
export class RepeatFilter {
  private readonly facts = new Map<string, Occurrence[]>();

  constructor(private readonly clock: Clock) {}

  /** Whether this fact, said by this source now, is news. */
  isNews(fact: string, source: string): boolean {
    const nowMs = this.clock.monotonicMs();
    const known = (this.facts.get(fact) ?? []).filter(({ atMs }) => nowMs - atMs < TOGETHER_MS);
    // What a source says is about an occurrence after the last one that it spoke of.
    const last = known.findLastIndex(({ heardFrom }) => heardFrom.has(source));
    const meant = known[last + 1];
    if (meant) meant.heardFrom.add(source);
    else known.push({ atMs: nowMs, heardFrom: new Set([source]) });
    this.remember(fact, known.slice(-REMEMBERED_OCCURRENCES));
    return meant === undefined;
  }

  private remember(fact: string, occurrences: Occurrence[]): void {
    // Last in is last out.
    this.facts.delete(fact);
    this.facts.set(fact, occurrences);
    if (this.facts.size <= REMEMBERED_FACTS) return;
    const [oldest] = this.facts.keys();
    this.facts.delete(oldest!);
  }
}
