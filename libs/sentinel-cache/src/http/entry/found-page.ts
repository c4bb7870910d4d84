import { keptStaleMs } from '../policy/stale-rules.js';
import type { Page } from './page.js';

/** A page as a lookup found it. */
export interface FoundPage {
  readonly page: Page;
  /** What is left of its lifetime, in milliseconds, as the store says. Below 0: it is stale. */
  readonly leftMs: number;
  /** When the store said so, on the clock of `performance.now()`. */
  readonly atMs: number;
}

/** Returns a page as found, from what was left of its entry in the store at that moment, in milliseconds. */
export function foundPage(page: Page, entryLeftMs: number, atMs = performance.now()): FoundPage {
  return { page, leftMs: entryLeftMs - keptStaleMs(page.stale), atMs };
}

/** How long a page's entry is kept in the store, in milliseconds. */
export function keptMsOf(page: Page): number {
  return page.lifetimeMs + keptStaleMs(page.stale);
}

/** Whether a page is stale now, and still may be sent while it is made anew, or instead of an error. */
export function isStaleWithin(found: FoundPage, why: keyof Page['stale']): boolean {
  const leftMs = leftMsOf(found);
  return leftMs <= 0 && leftMs > -found.page.stale[why];
}

/** What is left of a page's lifetime now, in milliseconds. */
export function leftMsOf({ leftMs, atMs }: FoundPage): number {
  return leftMs - (performance.now() - atMs);
}

/** How old a page is now, in milliseconds. */
export function ageMsOf(found: FoundPage): number {
  const { ageSeconds, lifetimeMs } = found.page;
  return Math.max(0, ageSeconds * 1000 + lifetimeMs - leftMsOf(found));
}
