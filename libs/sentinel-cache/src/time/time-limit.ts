/** The longest delay of a Node timer, in milliseconds: `setTimeout` fires at once for a longer one. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Settles as the work does, or once `ms` milliseconds have passed as `late` does: with what it returns or
 * throws. The work itself goes on; what it settles with afterwards is dropped.
 */
export async function withTimeLimit<T>(ms: number, work: Promise<T>, late: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  try {
    return await Promise.race([work, timeUp.then(late)]);
  } finally {
    clearTimeout(timer);
  }
}
