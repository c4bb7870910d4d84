import { setTimeout as pause } from 'node:timers/promises';

/** Asks until it holds; a bound of seconds catches what never comes. */
export async function until(holds: () => unknown, withinMs = 120_000): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`did not come true within ${withinMs} ms`);
    await pause(20);
  }
}
