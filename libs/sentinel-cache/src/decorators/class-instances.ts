import { kindOf } from '../codec/values/kind.js';

/**
 * Returns the name of a class that a value holds an instance of, when a cache gives it back as a plain
 * object; undefined without one. What says by itself what it is (`toJSON`), dates, bytes, maps, sets and
 * Python's values are no such instances; what maps and sets hold is looked at.
 */
export function classIn(value: unknown, seen = new Set<object>()): string | undefined {
  if (typeof value !== 'object' || value === null || seen.has(value)) return undefined;
  // Once each, however often it is held: parts that parts share would double the work at each level.
  seen.add(value);
  const isHolder = Array.isArray(value) || value instanceof Map || value instanceof Set;
  const items: Iterable<unknown> = isHolder ? (value as Iterable<unknown>) : Object.values(value);
  if (!isHolder) {
    const prototype = Object.getPrototypeOf(value) as object | null;
    const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
    const isValue = kindOf(value) !== undefined || ArrayBuffer.isView(value) || 'toJSON' in value;
    if (isValue) return undefined;
    if (!isPlain) return value.constructor.name;
  }
  for (const item of items) {
    const found = classIn(item, seen);
    if (found !== undefined) return found;
  }
  return undefined;
}
