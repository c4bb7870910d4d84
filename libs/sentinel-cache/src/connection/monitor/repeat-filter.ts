import type { Clock } from '../../time/clock.js';

/**
 * Sentinels report the same fact up to a second apart, and what they learn from INFO up to ten seconds. Later
 * it is a new fact.
 */
const TOGETHER_MS = 15_000;
/** The oldest facts are forgotten first. */
const REMEMBERED_FACTS = 512;
/** How often a fact may recur within those seconds and still count as another occurrence. */
const REMEMBERED_OCCURRENCES = 16;

interface Occurrence {
  readonly atMs: number;
  readonly heardFrom: Set<string>;
}

/**
 * Tells the first report of a fact from its repetition by others. Two reports by one source mean that it
 * happened twice: so a node that goes and comes within a second is not lost among three sentinels that each
 * report both.
 */
export class RepeatFilter {
  private readonly facts = new Map<string, Occurrence[]>();

  constructor(private readonly clock: Clock) {}

  /** Records a report. Returns whether it is the first of its fact. */
  isNews(fact: string, source: string): boolean {
    const nowMs = this.clock.monotonicMs();
    const known = (this.facts.get(fact) ?? []).filter(({ atMs }) => nowMs - atMs < TOGETHER_MS);
    // A source speaks of the occurrence after the last one that it spoke of.
    const last = known.findLastIndex(({ heardFrom }) => heardFrom.has(source));
    const meant = known[last + 1];
    if (meant) meant.heardFrom.add(source);
    else known.push({ atMs: nowMs, heardFrom: new Set([source]) });
    this.remember(fact, known.slice(-REMEMBERED_OCCURRENCES));
    return meant === undefined;
  }

  private remember(fact: string, occurrences: Occurrence[]): void {
    // The order of the map is that of the last reports.
    this.facts.delete(fact);
    this.facts.set(fact, occurrences);
    if (this.facts.size <= REMEMBERED_FACTS) return;
    const [oldest] = this.facts.keys();
    this.facts.delete(oldest!);
  }
}
