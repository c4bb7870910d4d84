import { setTimeout as delay } from 'node:timers/promises';
import { DeadlineExceededError } from '../errors/deadline-exceeded.error.js';
import { NotSettledError } from '../errors/not-settled.error.js';

/**
 * Settles as `work` does; rejects with {@link DeadlineExceededError} if that takes more than `deadlineMs`.
 * Keeps the event loop alive meanwhile.
 */
export async function within<T>(work: Promise<T>, deadlineMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DeadlineExceededError(what, deadlineMs)), deadlineMs);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** How a {@link waitUntil} waits. */
export interface Wait {
  readonly what: string;
  readonly deadlineMs: number;
  readonly intervalMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks `missing` again and again until it names nothing. Rejects with {@link NotSettledError} after the
 * deadline, with the signal's reason when it is aborted, and at once with whatever `missing` itself rejects
 * with.
 */
export async function waitUntil(missing: () => Promise<readonly string[]>, wait: Wait): Promise<void> {
  const startedAt = performance.now();
  for (;;) {
    wait.signal?.throwIfAborted();
    const left = await missing();
    if (left.length === 0) return;
    if (performance.now() - startedAt >= wait.deadlineMs) throw new NotSettledError(wait.what, wait.deadlineMs, left);
    await delay(wait.intervalMs ?? 20);
  }
}
