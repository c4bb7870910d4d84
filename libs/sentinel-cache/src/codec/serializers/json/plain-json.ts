import { countAlike, isAlike } from './alike-numbers.js';
import { hasRememberedOrder, startsWithDigit } from '../../values/dict.js';
import { MAX_CONTAINERS, MAX_DEPTH } from '../../values/nesting.js';

/** A value of more parts is left to the writer that counts them one by one. */
const MOST_PARTS = MAX_CONTAINERS;

/**
 * Whether Python reads an equal value from what JSON.stringify makes of it, and nothing in it has to be
 * refused: lists and objects of text, numbers that both spell alike, booleans and null, up to MAX_DEPTH.
 * False for what only may differ; anything that has a `toJSON`, or comes from a class, is such.
 *
 * Fields are read once more by JSON.stringify.
 */
export function isPlainJson(value: unknown): boolean {
  switch (typeof value) {
    case 'object':
      return value === null || partsIn(value, MAX_DEPTH, 0) >= 0;
    case 'number':
      return isAlike(value);
    default:
      return typeof value === 'string' || typeof value === 'boolean';
  }
}

/** Stands for a count when the value is not plain. */
const NOT_PLAIN = -1;

/**
 * Returns `before` and the number of parts inside a container, shared ones counted wherever they are met; or
 * NOT_PLAIN.
 */
function partsIn(value: object, levels: number, before: number): number {
  if (levels === 0 || (value as { toJSON?: unknown }).toJSON !== undefined) return NOT_PLAIN;
  if (Array.isArray(value)) return partsInList(value, levels, before);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return NOT_PLAIN;
  return partsInFields(value as Record<string, unknown>, levels, before);
}

function partsInList(list: readonly unknown[], levels: number, before: number): number {
  let parts = before + list.length + 1;
  if (parts > MOST_PARTS) return NOT_PLAIN;
  for (let at = countAlike(list); at < list.length; at++) {
    const item = list[at];
    if (typeof item === 'string' || typeof item === 'boolean' || item === null) continue;
    if (typeof item === 'number') {
      if (!isAlike(item)) return NOT_PLAIN;
    } else if (typeof item !== 'object' || (parts = partsIn(item, levels - 1, parts)) < 0) return NOT_PLAIN;
  }
  return parts;
}

function partsInFields(value: Record<string, unknown>, levels: number, before: number): number {
  let parts = before + 1;
  for (const key in value) {
    // Keys that JavaScript moves come first, so the first one tells.
    if (parts === before + 1 && startsWithDigit(key) && hasRememberedOrder(value)) return NOT_PLAIN;
    parts++;
    const field = value[key];
    if (typeof field === 'string' || typeof field === 'boolean' || field === null || field === undefined) continue;
    if (typeof field === 'number') {
      if (!isAlike(field)) return NOT_PLAIN;
    } else if (typeof field !== 'object' || (parts = partsIn(field, levels - 1, parts)) < 0) return NOT_PLAIN;
  }
  return parts > MOST_PARTS ? NOT_PLAIN : parts;
}
