/** One line of the table: what was promised, and what was reached. */
export interface PromiseRow {
  /** `P1` ... `P15`. */
  readonly promise: string;
  readonly about: string;
  readonly figures: string;
  readonly limit: string;
  readonly runs: number;
}

/** Figures rounded and in order, as `1/2/3`; of many runs the least, the middle one and the most. */
export function spread(values: readonly number[], digits = 0): string {
  const sorted = [...values].sort((a, b) => a - b).map((value) => value.toFixed(digits));
  if (sorted.length <= 5) return sorted.join('/');
  return `${sorted[0]} .. ${sorted[Math.floor(sorted.length / 2)]} .. ${sorted.at(-1)}`;
}

/** The value that `share` of all are not above. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/** Collects the rows of all measurements, and prints them as one table. */
export class PromiseTable {
  private readonly rows: PromiseRow[] = [];

  add(row: PromiseRow): void {
    this.rows.push(row);
  }

  /** In the order of the promises, as a Markdown table. */
  text(): string {
    const number = ({ promise }: PromiseRow): number => Number(promise.slice(1));
    const rows = [...this.rows].sort((a, b) => number(a) - number(b));
    const cells = [
      ['promise', 'what', 'reached', 'limit', 'runs'],
      ...rows.map(({ promise, about, figures, limit, runs }) => [promise, about, figures, limit, String(runs)]),
    ];
    const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
    const lines = cells.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`);
    const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
    return [lines[0], rule, ...lines.slice(1)].join('\n');
  }
}
