import { printable } from '../errors/printable.js';
import type { Clock } from '../time/clock.js';

/** One line for a log. */
export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
}

/** Lines of one kind a minute. */
const MAX_LINES = 10;
const WINDOW_MS = 60_000;
/** Kinds that are told apart; there are no more than kinds of change times connections. */
const MAX_KINDS = 1000;

interface Window {
  readonly startedMs: number;
  written: number;
  leftOut: number;
  last: LogLine;
}

/**
 * Keeps a storm out of a log: writes ten lines of one kind a minute, then one that says how many were left
 * out and what the last one was, so that the log ends with the truth.
 */
export class LimitedLog {
  private readonly windows = new Map<string, Window>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly write: (line: LogLine) => void,
    private readonly clock: Clock,
  ) {}

  /** Writes the line, or counts it. Lines of one kind are limited together. */
  tell(kind: string, { level, message }: LogLine): void {
    this.summarize();
    const line = { level, message: printable(message) };
    if (this.admits(kind, line)) this.write(line);
    this.schedule();
  }

  /** Writes the summaries that are still owed; no timer is left. */
  close(): void {
    this.summarize(true);
    this.schedule();
  }

  private admits(kind: string, line: LogLine): boolean {
    const window = this.windows.get(kind);
    if (!window) {
      if (this.windows.size >= MAX_KINDS) this.windows.delete(this.windows.keys().next().value!);
      this.windows.set(kind, { startedMs: this.clock.monotonicMs(), written: 1, leftOut: 0, last: line });
      return true;
    }
    window.last = line;
    if (window.written >= MAX_LINES) window.leftOut += 1;
    else window.written += 1;
    return window.leftOut === 0;
  }

  /** Ends the minutes that are over, or all of them, each with its summary. */
  private summarize(all = false): void {
    const nowMs = this.clock.monotonicMs();
    for (const [kind, { startedMs, leftOut, last }] of this.windows) {
      if (!all && nowMs - startedMs < WINDOW_MS) continue;
      this.windows.delete(kind);
      if (leftOut > 0) this.write({ level: last.level, message: summary(leftOut, last.message) });
    }
  }

  private schedule(): void {
    clearTimeout(this.timer);
    const starts = [...this.windows.values()].filter(({ leftOut }) => leftOut > 0).map(({ startedMs }) => startedMs);
    if (starts.length === 0) return;
    const dueMs = Math.max(0, Math.min(...starts) + WINDOW_MS - this.clock.monotonicMs());
    this.timer = setTimeout(() => {
      this.summarize();
      this.schedule();
    }, dueMs);
    this.timer.unref();
  }
}

function summary(leftOut: number, last: string): string {
  const lines = leftOut === 1 ? '1 similar line was' : `${leftOut} similar lines were`;
  return `${lines} left out within a minute, the last: ${last}`;
}
