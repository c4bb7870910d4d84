/**
 * The names that decorators and tokens have asked for, on the global object: a decorator runs before any
 * module exists, and in an application with two copies of the package both see them. It only grows and holds
 * names alone.
 */
const NAMES = Symbol.for('nestjs-sentinel-cache.injected-aliases');
/** Decorators name few. A program that makes tokens of requests must not fill the memory. */
const MOST_NAMES = 1000;

/** Records that an alias is asked for somewhere in this process. */
export function recordAlias(alias: string): void {
  const names = recorded();
  if (names.size < MOST_NAMES) names.add(alias);
}

/** Returns the recorded aliases, in the order in which they came. */
export function recordedAliases(): readonly string[] {
  return [...recorded()];
}

function recorded(): Set<string> {
  const holder = globalThis as { [NAMES]?: Set<string> };
  return (holder[NAMES] ??= new Set());
}
