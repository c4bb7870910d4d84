import { printable } from '../errors/printable.js';
import type { Clock } from '../time/clock.js';
import { LogLimiter, type LogLine } from './log-limiter.js';

/** A log with a limit (see `LogLimiter`), and the timer that ends each storm with its summary. */
export class LimitedLog {
  private readonly limiter: LogLimiter;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly write: (line: LogLine) => void,
    clock: Clock,
  ) {
    this.limiter = new LogLimiter(clock);
  }

  /** Writes the line, or counts it. `sort`: lines of one sort are limited together. */
  tell(sort: string, { level, message }: LogLine): void {
    const line = { level, message: printable(message) };
    for (const summary of this.limiter.due()) this.write(summary);
    if (this.limiter.admit(sort, line)) this.write(line);
    this.plan();
  }

  /** Writes what is still owed; no timer is left. */
  close(): void {
    clearTimeout(this.timer);
    for (const summary of this.limiter.due(true)) this.write(summary);
  }

  private plan(): void {
    const dueMs = this.limiter.nextDueMs();
    clearTimeout(this.timer);
    if (dueMs === undefined) return;
    this.timer = setTimeout(() => {
      for (const summary of this.limiter.due()) this.write(summary);
      this.plan();
    }, dueMs);
    this.timer.unref();
  }
}
