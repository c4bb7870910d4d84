/** What half a second was like. */
export interface Sample {
  /** Its end, in milliseconds since the epoch. */
  readonly atMs: number;
  /** Operations of the caches that ended, as a rate per second. */
  readonly operations: number;
  /** Median and 99th percentile of how long those took that succeeded, in milliseconds; null where none did. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** Operations that Redis, or its absence, refused, as a rate per second. */
  readonly refused: number;
}

/** Counts operations between two samples. */
export class Sampler {
  private durations: number[] = [];
  private refused = 0;

  /** Takes the end of an operation. */
  note(durationMs: number, isRefused: boolean): void {
    if (isRefused) this.refused += 1;
    else this.durations.push(durationMs);
  }

  /** Returns the sample of the time since the last one, which took so long, and begins the next. */
  take(atMs: number, spanMs: number): Sample {
    const sorted = this.durations.toSorted((a, b) => a - b);
    const { refused } = this;
    this.durations = [];
    this.refused = 0;
    const perSecond = (count: number): number => Math.round((count * 10_000) / Math.max(1, spanMs)) / 10;
    return {
      atMs,
      operations: perSecond(sorted.length),
      p50Ms: percentile(sorted, 0.5),
      p99Ms: percentile(sorted, 0.99),
      refused: perSecond(refused),
    };
  }
}

function percentile(sorted: readonly number[], share: number): number | null {
  const value = sorted[Math.ceil(sorted.length * share) - 1];
  return value === undefined ? null : Math.round(value * 1000) / 1000;
}
