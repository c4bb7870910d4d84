/**
 * Returns the fewest prefixes that cover the same keys, the shortest of those that begin each other: Redis
 * refuses prefixes that overlap. An empty one covers all keys.
 */
export function mergePrefixes(prefixes: Iterable<string>): string[] {
  const sorted = [...new Set(prefixes)].sort((a, b) => a.length - b.length);
  return sorted.filter((prefix, i) => !sorted.slice(0, i).some((shorter) => prefix.startsWith(shorter)));
}
