import { kindOf } from '../codec/values/kind.js';

/**
 * Returns the name of a class that a value holds an instance of, when a cache gives it back as a plain
 * object; undefined without one. What says by itself what it is (`toJSON`), dates, bytes, maps, sets and
 * Python's values are no such instances; what maps and sets hold is looked at.
 */
export function classIn(value: unknown, above: readonly unknown[] = []): string | undefined {
  // What contains itself is refused when it is written.
  if (typeof value !== 'object' || value === null || above.includes(value)) return undefined;
  const inside = [...above, value];
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
    const found = classIn(item, inside);
    if (found !== undefined) return found;
  }
  return undefined;
}
