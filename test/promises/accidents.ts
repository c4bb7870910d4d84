import { inspect } from 'node:util';

const CONSOLE = ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const;

/** P13: what must never happen in any measurement, noted from beginning to end. */
export class Accidents {
  readonly seen: string[] = [];
  /** Every line that any log got: no secret may be in it. */
  readonly lines: string[] = [];
  private readonly originals = CONSOLE.map((name) => [name, console[name]] as const);
  private readonly onRejection = (reason: unknown): void => void this.seen.push(`unhandledRejection: ${inspect(reason)}`);
  private readonly onException = (error: unknown): void => void this.seen.push(`uncaughtException: ${inspect(error)}`);
  private readonly onWarning = (warning: unknown): void => void this.seen.push(`warning: ${inspect(warning)}`);

  start(): void {
    process.on('unhandledRejection', this.onRejection);
    process.on('uncaughtExceptionMonitor', this.onException);
    process.on('warning', this.onWarning);
    for (const name of CONSOLE)
      console[name] = (...words: unknown[]) => void this.seen.push(`console.${name}: ${inspect(words)}`);
  }

  stop(): void {
    process.off('unhandledRejection', this.onRejection);
    process.off('uncaughtExceptionMonitor', this.onException);
    process.off('warning', this.onWarning);
    for (const [name, original] of this.originals) console[name] = original;
  }
}
