import { CacheUnavailableError } from '../../../errors/cache-unavailable.error.js';

/** What the repositories may be told. */
export interface SessionRepositoryOptions {
  /** How long a statement may take, waiting for a connection included; omitted: 5000. */
  readonly deadlineMs?: number;
}

const DEADLINE_MS = 5000;

/** Bounds every statement, and tells an outage from an answer. */
export class DatabaseCalls {
  private readonly deadlineMs: number;

  constructor(
    private readonly isOutage: (error: unknown) => boolean,
    options: SessionRepositoryOptions = {},
  ) {
    this.deadlineMs = options.deadlineMs ?? DEADLINE_MS;
  }

  /**
   * What the driver gives. Rejects with CacheUnavailableError in an outage, and when the deadline passes: the statement itself is not
   * cancelled then, so a write may still happen.
   */
  async run<T>(call: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      const message = `The session database did not answer within ${this.deadlineMs} ms.`;
      timer = setTimeout(() => reject(new CacheUnavailableError('deadline', 'unknown', message)), this.deadlineMs);
    });
    try {
      return await Promise.race([call(), tooLate]);
    } catch (error) {
      if (error instanceof CacheUnavailableError || !this.isOutage(error)) throw error;
      throw new CacheUnavailableError('connection-lost', 'unknown', "The session database can't be asked.", { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }
}

/** A property of a driver's error; empty text when there is none. */
export function detailOf(error: unknown, name: string): string {
  const value = typeof error === 'object' && error !== null ? (error as Record<string, unknown>)[name] : undefined;
  return typeof value === 'string' ? value : '';
}
