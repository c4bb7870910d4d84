import type { ConnectionConfig } from '../../settings/shapes/resolved-connection.js';

/** Which keys one MGET may have: any, those of one slot of a cluster alone, or none. */
export type Coalescing = ConnectionConfig['coalesce'];

/** How the reads of one turn are asked. */
export interface ReadPlan<Read> {
  /** Each asked by one MGET; at least two reads in each. */
  readonly together: readonly (readonly Read[])[];
  /** Each asked by a GET of its own. */
  readonly alone: readonly Read[];
}

/**
 * Decides which reads are asked by one MGET. In a cluster only keys with a common `{part}` are known to be in
 * one slot without computing it; others hardly ever are.
 */
export function planReads<Read extends { readonly key: string }>(
  reads: Iterable<Read>,
  coalescing: Coalescing,
  isLone: (key: string) => boolean,
): ReadPlan<Read> {
  const groups = new Map<string, Read[]>();
  const alone: Read[] = [];
  for (const read of reads) {
    const group = coalescing === 'any' ? '' : coalescing === 'slot' ? hashTag(read.key) : undefined;
    if (group === undefined || isLone(read.key)) {
      alone.push(read);
      continue;
    }
    const known = groups.get(group);
    if (known) known.push(read);
    else groups.set(group, [read]);
  }
  const together: Read[][] = [];
  for (const group of groups.values()) {
    if (group.length > 1) together.push(group);
    else alone.push(...group);
  }
  return { together, alone };
}

/**
 * Returns what a cluster hashes of a key in place of the whole: what stands between the first braces;
 * undefined when nothing does.
 */
function hashTag(key: string): string | undefined {
  const open = key.indexOf('{');
  if (open < 0) return undefined;
  const close = key.indexOf('}', open + 1);
  return close > open + 1 ? key.slice(open + 1, close) : undefined;
}
