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
  if (coalescing === 'off') return { together: [], alone: [...reads] };
  const mergeable: Read[] = [];
  const alone: Read[] = [];
  for (const read of reads) (isLone(read.key) ? alone : mergeable).push(read);
  const together: Read[][] = [];
  for (const group of coalescing === 'any' ? [mergeable] : bySlot(mergeable, alone)) {
    if (group.length > 1) together.push(group);
    else alone.push(...group);
  }
  return { together, alone };
}

/** Groups the reads of keys with a common `{part}`; the others are put to those that are asked alone. */
function bySlot<Read extends { readonly key: string }>(reads: readonly Read[], alone: Read[]): Iterable<Read[]> {
  const groups = new Map<string, Read[]>();
  for (const read of reads) {
    const tag = hashTag(read.key);
    const group = tag === undefined ? alone : groups.get(tag);
    if (group) group.push(read);
    else groups.set(tag!, [read]);
  }
  return groups.values();
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
