import type { Page } from './page.js';

/** A page as a lookup found it. */
export interface FoundPage {
  readonly page: Page;
  /** What is left of its life, in milliseconds, as the store says. */
  readonly leftMs: number;
  /** When the store said so, on the clock of `performance.now()`. */
  readonly atMs: number;
}

/** What is left of a page's life now, in milliseconds. */
export function leftMsOf({ leftMs, atMs }: FoundPage): number {
  return leftMs - (performance.now() - atMs);
}

/** How old a page is now, in milliseconds. */
export function ageMsOf(found: FoundPage): number {
  const { ageSeconds, lifetimeMs } = found.page;
  return Math.max(0, ageSeconds * 1000 + lifetimeMs - leftMsOf(found));
}
