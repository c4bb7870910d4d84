import { CacheUnavailableError } from '../../../errors/cache-unavailable.error.js';
import { withTimeLimit } from '../../../time/time-limit.js';

/** Options of the repositories on PostgreSQL and MySQL. */
export interface SessionRepositoryOptions {
  /** How long a statement may take, in milliseconds, waiting for a connection included. Default: 5000. */
  readonly deadlineMs?: number;
}

const DEADLINE_MS = 5000;

/** Bounds every statement, and turns an outage into a CacheUnavailableError. */
export class DatabaseCalls {
  private readonly deadlineMs: number;

  constructor(
    private readonly isOutage: (error: unknown) => boolean,
    options: SessionRepositoryOptions = {},
  ) {
    this.deadlineMs = options.deadlineMs ?? DEADLINE_MS;
  }

  /**
   * Runs a statement and settles as the driver does. Rejects with CacheUnavailableError in an outage, and
   * when the deadline passes: the statement itself is not cancelled then, so a write may still happen.
   */
  async run<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await withTimeLimit(this.deadlineMs, call(), () => {
        throw new CacheUnavailableError(
          'deadline',
          'unknown',
          `The session database did not answer within ${this.deadlineMs} ms.`,
        );
      });
    } catch (error) {
      if (error instanceof CacheUnavailableError || !this.isOutage(error)) throw error;
      throw new CacheUnavailableError('connection-lost', 'unknown', "The session database can't be reached.", { cause: error });
    }
  }
}

/** Reads a property of a driver's error; gives empty text when there is none. */
export function detailOf(error: unknown, name: string): string {
  const value = typeof error === 'object' && error !== null ? (error as Record<string, unknown>)[name] : undefined;
  return typeof value === 'string' ? value : '';
}

/**
 * Writes a moment as Django does in a column without a time zone (USE_TZ): `YYYY-MM-DD HH:MM:SS.ffffff`, in
 * UTC.
 */
export function toUtcText(date: Date): string {
  return date.toISOString().replace('T', ' ').replace('Z', '000');
}

/** Reads the moment of such a text, with or without a fraction. */
export function fromUtcText(text: string): Date {
  return new Date(`${text.replace(' ', 'T')}Z`);
}
