import { oneObject } from './one-object.js';

/** Decorators name few. A program that makes tokens of requests must not fill the memory. */
const MOST_NAMES = 1000;

/**
 * Records that an alias is asked for somewhere in this process. For all copies of the package: a decorator
 * runs before any module exists, and does not know which copy will read it.
 */
export function recordAlias(alias: string): void {
  const names = recorded();
  if (names.size < MOST_NAMES) names.add(alias);
}

/** Returns the recorded aliases, in the order in which they came. The record only grows. */
export function recordedAliases(): readonly string[] {
  return [...recorded()];
}

function recorded(): Set<string> {
  return oneObject('injected-aliases', () => new Set<string>());
}
