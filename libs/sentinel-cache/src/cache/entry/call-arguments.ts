import { isAnyArrayBuffer } from 'node:util/types';

import { printableKey } from '../../errors/printable.js';
import type { CacheKey } from '../../keys/format-key.js';
import type { EntrySpace } from './entry-space.js';

/** A whole number as Python writes it: the key of another text would be another key. */
const WHOLE = /^(?:0|-?[1-9]\d*)$/;

/**
 * Returns the keys of a call, each once. Throws InvalidArgumentError, also for text, which would count as one
 * key for each letter.
 */
export function distinctKeys<K extends CacheKey>(space: EntrySpace, keys: Iterable<K>): K[] {
  const isMany = typeof keys === 'object' && (keys as Iterable<K> | null) !== null && Symbol.iterator in keys;
  if (!isMany) throw space.invalid('keys: expected an array or a Set of them. Write [key] for one.');
  return [...new Set(keys)];
}

/** Returns the keys of a call with their values. Throws InvalidArgumentError. */
export function pairsOf(
  space: EntrySpace,
  values: Readonly<Record<string, unknown>> | ReadonlyMap<CacheKey, unknown>,
): (readonly [CacheKey, unknown])[] {
  const isMany = typeof values === 'object' && (values as object | null) !== null;
  const pairs = isMany ? (isIterable(values) ? [...values] : Object.entries(values)) : undefined;
  if (pairs?.every((pair) => Array.isArray(pair) && pair.length === 2)) return pairs;
  throw space.invalid('values: expected an object or a Map of keys and their values.');
}

/** Returns the delta of a call, of any size. Throws InvalidArgumentError for all but whole numbers. */
export function deltaOf(space: EntrySpace, method: string, delta: unknown): bigint {
  return typeof delta === 'bigint' ? delta : BigInt(safeDeltaOf(space, method, delta));
}

/** As `deltaOf`, up to 2^53. JavaScript by itself would also add text, lists, booleans and null. */
export function safeDeltaOf(space: EntrySpace, method: string, delta: unknown): number {
  if (Number.isSafeInteger(delta)) return delta as number;
  const got = typeof delta === 'number' ? String(delta) : typeof delta;
  throw space.invalid(`${method}: expected a whole number up to 2^53 as delta, got ${got}.`);
}

/** Returns the version that a call moves an entry to. Throws InvalidArgumentError. */
export function versionAfter(space: EntrySpace, method: string, [from, delta]: readonly [string, number]): number {
  const to = WHOLE.test(from) ? Number(from) + delta : Number.NaN;
  if (Number.isSafeInteger(to)) return to;
  throw space.invalid(`${method}: expected versions that are whole numbers up to 2^53. Write { version: 1 }.`);
}

/** What Redis gets as the text that it is. */
const ARGUMENTS: ReadonlySet<string> = new Set(['string', 'number', 'bigint', 'boolean']);

/**
 * Checks the arguments of a command. Throws InvalidArgumentError for those that Redis would get as text such
 * as `undefined`, `[object Object]` or `1,2,3`.
 */
export function checkArguments(space: EntrySpace, name: string, args: readonly unknown[]): void {
  const wrong = args.findIndex((arg) => !ARGUMENTS.has(typeof arg) && !Buffer.isBuffer(arg));
  if (wrong === -1) return;
  const call = `command('${printableKey(String(name))}')`;
  throw space.invalid(`${call}: expected text, numbers or Buffers, got ${misfit(args[wrong])} as argument ${wrong + 1}.`);
}

function misfit(arg: unknown): string {
  if (typeof arg !== 'object') return typeof arg;
  if (arg === null) return 'null';
  if (ArrayBuffer.isView(arg) || isAnyArrayBuffer(arg)) return 'bytes that are no Buffer (write Buffer.from(bytes))';
  return Array.isArray(arg) ? 'an array (write its items one by one)' : 'an object';
}

function isIterable(values: object): values is Iterable<readonly [CacheKey, unknown]> {
  return Symbol.iterator in values;
}
