import { printable } from '../errors/printable.js';
import type { Clock } from '../time/clock.js';

/** One line for the log. */
export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
}

/** How many lines of one sort a minute may have. */
const LINES = 10;
const WINDOW_MS = 60_000;
/** How many sorts are counted apart; there are no more than kinds of change times connections. */
const SORTS = 1000;

interface Window {
  readonly startedMs: number;
  written: number;
  leftOut: number;
  last: LogLine;
}

/**
 * Keeps a storm out of the log: ten lines a minute of one sort, then one that says how many were left out and
 * what the last one was, so that the log ends with the truth. A timer runs only while something was left out.
 */
export class LimitedLog {
  private readonly windows = new Map<string, Window>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly write: (line: LogLine) => void,
    private readonly clock: Clock,
  ) {}

  /** Writes the line, or counts it. `sort`: lines of one sort are limited together. */
  tell(sort: string, { level, message }: LogLine): void {
    const line = { level, message: printable(message) };
    this.writeSummaries();
    if (this.admits(sort, line)) this.write(line);
    this.planSummary();
  }

  /** Writes what was left out; no timer remains. */
  close(): void {
    clearTimeout(this.timer);
    this.writeSummaries(true);
  }

  private admits(sort: string, line: LogLine): boolean {
    const window = this.windows.get(sort);
    if (!window) {
      if (this.windows.size >= SORTS) this.windows.delete(this.windows.keys().next().value!);
      this.windows.set(sort, { startedMs: this.clock.monotonicMs(), written: 1, leftOut: 0, last: line });
      return true;
    }
    window.last = line;
    if (window.written < LINES) window.written += 1;
    else window.leftOut += 1;
    return window.leftOut === 0;
  }

  /** One line for each minute that is over; for all of them with `atOnce`. */
  private writeSummaries(atOnce = false): void {
    const nowMs = this.clock.monotonicMs();
    for (const [sort, { startedMs, leftOut, last }] of this.windows) {
      if (!atOnce && nowMs - startedMs < WINDOW_MS) continue;
      this.windows.delete(sort);
      if (leftOut > 0) this.write(summaryOf(leftOut, last));
    }
  }

  private planSummary(): void {
    clearTimeout(this.timer);
    const starts = [...this.windows.values()].filter(({ leftOut }) => leftOut > 0).map(({ startedMs }) => startedMs);
    if (starts.length === 0) return;
    const dueMs = Math.max(0, Math.min(...starts) + WINDOW_MS - this.clock.monotonicMs());
    this.timer = setTimeout(() => {
      this.writeSummaries();
      this.planSummary();
    }, dueMs).unref();
  }
}

function summaryOf(leftOut: number, { level, message }: LogLine): LogLine {
  const lines = leftOut === 1 ? '1 similar line was' : `${leftOut} similar lines were`;
  return { level, message: `${lines} left out within a minute, the last: ${message}` };
}
