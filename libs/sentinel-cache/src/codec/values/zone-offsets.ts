const LONG_OFFSET = /GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/;
const DAY_MS = 86_400_000;
/**
 * No zone has changed its clocks twice within the three spans that `spanAt` looks at: the shortest time
 * between two changes is seven days.
 */
const SPAN_MS = 2 * DAY_MS;
/** What is kept of one zone: twenty years. */
const MOST_SPANS = 4096;
const QUARTER_MS = 900_000;
const SECOND_MS = 1000;

/**
 * Offsets from UTC in milliseconds around one change of the clocks; where there is none, both are the same.
 */
interface Span {
  readonly before: number;
  readonly after: number;
  /** The first instant with the new offset. */
  readonly changeMs: number;
}

/**
 * The offsets of one zone. Intl is asked twice for two days, and what it said is kept: one question takes it
 * two microseconds.
 */
export class ZoneOffsets {
  /** How often Intl was asked. */
  lookups = 0;
  private readonly format: Intl.DateTimeFormat;
  private readonly edges = new Map<number, number>();
  private readonly spans = new Map<number, Span>();

  /** Throws a RangeError for a zone that this Node does not know. */
  constructor(key: string) {
    this.format = new Intl.DateTimeFormat('en-US', { timeZone: key, timeZoneName: 'longOffset' });
  }

  /** Returns the offset at an instant. */
  at(instantMs: number): number {
    const { before, after, changeMs } = this.spanAt(instantMs);
    return instantMs < changeMs ? before : after;
  }

  /**
   * Returns the offset of a wall clock by the rules of PEP 495: `fold` chooses where a reading comes twice or
   * never.
   */
  ofWall(wallMs: number, fold: 0 | 1): number {
    const { before, after, changeMs } = this.spanAt(wallMs);
    const beforeHolds = wallMs - before < changeMs;
    const afterHolds = wallMs - after >= changeMs;
    if (beforeHolds !== afterHolds) return beforeHolds ? before : after;
    return fold === 0 ? before : after;
  }

  /** What holds from two days before an instant to two days after it: enough to know a wall clock by, too. */
  private spanAt(ms: number): Span {
    const index = Math.floor(ms / SPAN_MS);
    let span = this.spans.get(index);
    if (span === undefined) {
      if (this.spans.size >= MOST_SPANS) this.forget();
      this.spans.set(index, (span = this.look(index)));
    }
    return span;
  }

  private forget(): void {
    this.spans.clear();
    this.edges.clear();
  }

  private look(index: number): Span {
    const [before, after] = [this.edge(index - 1), this.edge(index + 2)];
    if (before === after) return { before, after, changeMs: -Infinity };
    // Clocks are changed at a quarter of an hour, but for old days.
    let [low, high] = [(index - 1) * SPAN_MS, (index + 2) * SPAN_MS];
    [low, high] = this.narrow(low, high, before, QUARTER_MS);
    if (this.ask(high - SECOND_MS) !== before) [low, high] = this.narrow(low, high, before, SECOND_MS);
    return { before, after, changeMs: high };
  }

  /** Brings two instants, before and after a change, as close together as the step. */
  private narrow(from: number, to: number, before: number, step: number): [number, number] {
    let [low, high] = [from, to];
    while (high - low > step) {
      const middle = low + Math.floor((high - low) / step / 2) * step;
      if (this.ask(middle) === before) low = middle;
      else high = middle;
    }
    return [low, high];
  }

  private edge(index: number): number {
    let offset = this.edges.get(index);
    if (offset === undefined) this.edges.set(index, (offset = this.ask(index * SPAN_MS)));
    return offset;
  }

  private ask(instantMs: number): number {
    this.lookups++;
    const match = LONG_OFFSET.exec(this.format.format(instantMs));
    if (match?.[1] === undefined) return 0;
    const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
    return match[1] === '-' ? -seconds * 1000 : seconds * 1000;
  }
}
