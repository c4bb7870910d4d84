import type { LoggerService } from '@nestjs/common';

export interface LogLine {
  readonly level: 'log' | 'warn' | 'error';
  readonly message: string;
  readonly context: string;
}

/** Nest's logger that keeps what it is told. */
export class LogLines implements LoggerService {
  readonly lines: LogLine[] = [];

  /** What the caches said. */
  get ours(): LogLine[] {
    return this.lines.filter(({ context }) => context === 'SentinelCache');
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.keep('log', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.keep('warn', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.keep('error', message, rest);
  }

  private keep(level: LogLine['level'], message: unknown, rest: unknown[]): void {
    this.lines.push({ level, message: String(message), context: String(rest.at(-1) ?? '') });
  }
}
