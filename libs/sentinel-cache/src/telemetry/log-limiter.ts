import type { Clock } from '../time/clock.js';

/** One line for the log. */
export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
}

/** How many lines of one sort a minute may have. */
const LINES = 10;
const WINDOW_MS = 60_000;
/** How many sorts are told apart; there are no more than kinds of change times connections. */
const SORTS = 1000;

interface Window {
  readonly startedMs: number;
  written: number;
  leftOut: number;
  last: LogLine;
}

/**
 * Keeps a storm out of the log: ten lines a minute of one sort, then one that says how many were left out and what the last one was,
 * so that the log ends with the truth.
 */
export class LogLimiter {
  private readonly windows = new Map<string, Window>();

  constructor(private readonly clock: Clock) {}

  /** Whether this line is to be written. Ask `due()` first: what was left out before comes before it. */
  admit(sort: string, line: LogLine): boolean {
    const window = this.windows.get(sort);
    if (!window) {
      if (this.windows.size >= SORTS) this.windows.delete(this.windows.keys().next().value!);
      this.windows.set(sort, { startedMs: this.clock.monotonicMs(), written: 1, leftOut: 0, last: line });
      return true;
    }
    window.last = line;
    if (window.written < LINES) {
      window.written += 1;
      return true;
    }
    window.leftOut += 1;
    return false;
  }

  /** The summaries of minutes that are over; all of them with `atOnce`. */
  due(atOnce = false): LogLine[] {
    const nowMs = this.clock.monotonicMs();
    const over = [...this.windows].filter(([, { startedMs }]) => atOnce || nowMs - startedMs >= WINDOW_MS);
    for (const [sort] of over) this.windows.delete(sort);
    return over.flatMap(([, { leftOut, last }]) => (leftOut > 0 ? [summary(leftOut, last)] : []));
  }

  /** Milliseconds until the next summary is due; undefined while nothing was left out. */
  nextDueMs(): number | undefined {
    const starts = [...this.windows.values()].filter(({ leftOut }) => leftOut > 0).map(({ startedMs }) => startedMs);
    return starts.length > 0 ? Math.max(0, Math.min(...starts) + WINDOW_MS - this.clock.monotonicMs()) : undefined;
  }
}

function summary(leftOut: number, { level, message }: LogLine): LogLine {
  const lines = leftOut === 1 ? '1 similar line was' : `${leftOut} similar lines were`;
  return { level, message: `${lines} left out within a minute, the last: ${message}` };
}
