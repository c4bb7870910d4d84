import { countAlike, isAlike } from './alike-numbers.js';

/** What sets a value of JSON.parse apart from Python's. */
type Oddity = 'none' | 'deep' | 'number';

/**
 * Looks through a value that JSON.parse made. `deep`: it nests deeper than `levels`; `number`: one in it may
 * be another one in Python, which the text tells.
 */
export function oddityOf(value: unknown, levels: number): Oddity {
  if (typeof value === 'number') return isAlike(value) ? 'none' : 'number';
  if (typeof value !== 'object' || value === null) return 'none';
  if (levels === 0) return 'deep';
  return Array.isArray(value) ? oddityOfList(value, levels) : oddityOfFields(value as Record<string, unknown>, levels);
}

function oddityOfList(list: readonly unknown[], levels: number): Oddity {
  for (let at = countAlike(list); at < list.length; at++) {
    const item = list[at];
    if (typeof item === 'number') {
      if (!isAlike(item)) return 'number';
    } else if (typeof item === 'object' && item !== null) {
      const oddity = oddityOf(item, levels - 1);
      if (oddity !== 'none') return oddity;
    }
  }
  return 'none';
}

function oddityOfFields(value: Record<string, unknown>, levels: number): Oddity {
  for (const key in value) {
    const field = value[key];
    if (typeof field === 'number') {
      if (!isAlike(field)) return 'number';
    } else if (typeof field === 'object' && field !== null) {
      const oddity = oddityOf(field, levels - 1);
      if (oddity !== 'none') return oddity;
    }
  }
  return 'none';
}
