import { setTimeout as delay } from 'node:timers/promises';

/** Asks until it is so; says what it waited for when it is not in time. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, timeoutMs = 120_000): Promise<void> {
  const startedAt = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startedAt > timeoutMs) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await delay(10);
  }
}

/** The outcome of the promise, and how long it took to come; rejects when there is none in time. */
export async function timed<T>(work: Promise<T>, limitMs: number): Promise<{ readonly value: T; readonly tookMs: number }> {
  const startedAt = performance.now();
  const late = new AbortController();
  try {
    const value = await Promise.race([
      work,
      delay(limitMs, undefined, { signal: late.signal }).then((): never => {
        throw new Error(`not settled within ${limitMs} ms`);
      }),
    ]);
    return { value, tookMs: performance.now() - startedAt };
  } finally {
    late.abort();
  }
}

/** An error as tests look at it: the fields of all our classes. */
export interface Rejection extends Error {
  readonly code: string;
  readonly alias: string | undefined;
  readonly executed: false | 'unknown';
  readonly reason: string;
  readonly problems: readonly {
    readonly path: string;
    readonly expected: string;
    readonly got: string;
    readonly remedy: string;
  }[];
}

/** What the promise rejects with; fails when it does not. */
export async function rejectionOf(work: Promise<unknown>): Promise<Rejection> {
  const nothing = Symbol('nothing');
  const error = await work.then(
    () => nothing,
    (reason: unknown) => reason,
  );
  if (error === nothing) throw new Error('it was expected to reject and did not');
  return error as Rejection;
}
