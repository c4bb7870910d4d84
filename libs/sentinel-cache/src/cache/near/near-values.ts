/** What V8 takes for an object and a list beside their fields and items, in bytes; so all that follow. */
const OBJECT = 64;
const LIST = 64;
/** The place of a field or an item. */
const PLACE = 16;
/** A text or a bigint beside its characters or digits. */
const TEXT = 24;
const NUMBER = 16;
/** A whole number below that stands in its place itself. */
const SMALL = 2 ** 31;

const LATIN1 = /^[\0-\u00FF]*$/;
/** V8 may keep fields that begin with a digit in a table, whose size only it knows. */
const INDEX = /^\d/;

/**
 * Counts what a value takes in memory, in bytes; undefined for a value that `copyOf` can't copy: anything but
 * texts, numbers, bigints, booleans, null, undefined, and plain objects and lists of these, each of them
 * there once.
 */
export function sizeOf(value: unknown): number | undefined {
  const bytes = count(value, new Set());
  return Number.isNaN(bytes) ? undefined : bytes;
}

/** Copies a value that `sizeOf` can count: no part of the copy is a part of the value. */
export function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = (value as unknown[]).slice();
    for (let i = 0; i < items.length; i += 1) {
      const item = items[i];
      if (typeof item === 'object' && item !== null) items[i] = copyOf(item);
    }
    return items as T;
  }
  const fields = { ...value } as Record<string, unknown>;
  for (const name in fields) {
    const field = fields[name];
    if (typeof field === 'object' && field !== null) fields[name] = copyOf(field);
  }
  return fields as T;
}

/** NaN: it can't be copied. */
function count(value: unknown, seen: Set<object>): number {
  switch (typeof value) {
    case 'string':
      return sizeOfText(value);
    case 'number':
      return Number.isInteger(value) && Math.abs(value) < SMALL ? 0 : NUMBER;
    case 'bigint':
      return TEXT + value.toString(16).length;
    case 'boolean':
    case 'undefined':
      return 0;
    case 'object':
      return value === null ? 0 : countObject(value, seen);
    default:
      return Number.NaN;
  }
}

function countObject(value: object, seen: Set<object>): number {
  if (seen.has(value) || !Object.isExtensible(value)) return Number.NaN;
  seen.add(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Array.prototype && Array.isArray(value)) return countItems(value, seen);
  return prototype === Object.prototype ? countFields(value as Record<string, unknown>, seen) : Number.NaN;
}

function countItems(items: readonly unknown[], seen: Set<object>): number {
  // A list with holes, or with fields, would come back as another one.
  if (Reflect.ownKeys(items).length !== items.length + 1) return Number.NaN;
  let bytes = LIST;
  for (const item of items) bytes += PLACE + count(item, seen);
  return bytes;
}

function countFields(value: Record<string, unknown>, seen: Set<object>): number {
  let bytes = OBJECT;
  for (const name of Reflect.ownKeys(value)) {
    if (typeof name === 'symbol' || name === '__proto__' || INDEX.test(name)) return Number.NaN;
    const field = Object.getOwnPropertyDescriptor(value, name)!;
    if (!field.enumerable || !field.writable || !field.configurable) return Number.NaN;
    bytes += PLACE + count(field.value, seen);
  }
  return bytes;
}

/** What a text takes in memory, in bytes. */
export function sizeOfText(text: string): number {
  return TEXT + (LATIN1.test(text) ? text.length : 2 * text.length);
}
