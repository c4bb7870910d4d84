import { kindOf } from '../codec/values/kind.js';
import { InvalidArgumentError } from '../errors/invalid-argument.error.js';
import { classNameOf, isPlainObject } from './key/object-class.js';
import type { MethodCall } from './method-call.js';

/**
 * Returns a value that can be kept. Throws InvalidArgumentError for what is read once: streams, iterators;
 * and for instances whose classes hide fields from a response, since they come back as plain objects.
 */
export function storable<T>(value: T, { label, isSerialized }: Pick<MethodCall, 'label' | 'isSerialized'>): T {
  if (isStream(value))
    throw new InvalidArgumentError(
      `${label}: expected a value to cache, got a stream, which can be read once. Return what it holds.`,
    );
  const name = isSerialized ? classIn(value) : undefined;
  if (name === undefined) return value;
  throw new InvalidArgumentError(
    `${label}: expected plain objects to cache behind ClassSerializerInterceptor, got an instance of ${name}: it comes back ` +
      `as a plain object, and shows what @Exclude hides. Write @SerializeOptions({ type: ${name} }), or return plain objects.`,
  );
}

/** Whether a value is read once: a stream of Node or of the web, Nest's file, an iterator, a Response. */
function isStream(value: unknown): boolean {
  const object = Object(value) as Record<PropertyKey, unknown>;
  const isRead = ['pipe', 'getStream', 'next', Symbol.asyncIterator].some((name) => typeof object[name] === 'function');
  return isRead || Object.prototype.toString.call(value) === '[object Response]';
}

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
    const isValue = kindOf(value) !== undefined || ArrayBuffer.isView(value) || 'toJSON' in value;
    if (isValue) return undefined;
    if (!isPlainObject(value)) return classNameOf(value);
  }
  for (const item of items) {
    const found = classIn(item, seen);
    if (found !== undefined) return found;
  }
  return undefined;
}
