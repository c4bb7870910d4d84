import { inspect } from 'node:util';
import { runInThisContext } from 'node:vm';

const CONSOLE = ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const;
/** A test's own `process` is a copy, on which nothing is ever said. */
const REAL = runInThisContext('process') as NodeJS.Process;

/**
 * P13: what must never happen in any measurement, noted from beginning to end: Node's warnings, and words on the console. A rejection
 * or an exception without an owner fails the measurement it happens in: Jest sees to that.
 */
export class Accidents {
  readonly seen: string[] = [];
  /** Every line that any log got: no secret may be in it. */
  readonly lines: string[] = [];
  private readonly originals = CONSOLE.map((name) => [name, console[name]] as const);
  private readonly onException = (error: unknown): void => void this.seen.push(`uncaughtException: ${inspect(error)}`);
  private readonly onWarning = (warning: Error): void => {
    // Jest's own use of modules.
    if (warning.name !== 'ExperimentalWarning') this.seen.push(`warning: ${inspect(warning)}`);
  };

  start(): void {
    REAL.on('uncaughtExceptionMonitor', this.onException);
    REAL.on('warning', this.onWarning);
    for (const name of CONSOLE)
      console[name] = (...words: unknown[]) => void this.seen.push(`console.${name}: ${inspect(words)}`);
  }

  stop(): void {
    REAL.off('uncaughtExceptionMonitor', this.onException);
    REAL.off('warning', this.onWarning);
    for (const [name, original] of this.originals) console[name] = original;
  }
}
