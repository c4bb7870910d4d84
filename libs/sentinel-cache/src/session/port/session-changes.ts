import { isDeepStrictEqual } from 'node:util';

import type { SessionData } from './session-engine.js';

/** Computes a field from its current value. */
export type FieldUpdate = (current: unknown) => unknown;

/** What a request did to the fields; it leaves all others alone. */
export interface SessionChanges {
  /** New values, by field. */
  readonly set: ReadonlyMap<string, unknown>;
  readonly deleted: ReadonlySet<string>;
  /** Whether `clear` was called: nothing of what was there stays. */
  readonly cleared: boolean;
}

/** Compares the fields as they are with what they were, nested changes included. */
export function changesBetween(before: SessionData, after: SessionData, cleared: boolean): SessionChanges {
  const set = new Map<string, unknown>();
  for (const [name, value] of Object.entries(after)) {
    const isSame = Object.hasOwn(before, name) && isDeepStrictEqual(before[name], value);
    // Cleared, nothing stays but what is set anew, be it the same as before.
    if (cleared || !isSame) set.set(name, value);
  }
  const deleted = new Set(Object.keys(before).filter((name) => !Object.hasOwn(after, name)));
  return { set, deleted, cleared };
}

/** Returns whether a request changed anything. */
export function isChanged({ set, deleted, cleared }: SessionChanges): boolean {
  return set.size > 0 || deleted.size > 0 || cleared;
}

/**
 * Applies the changes, field by field, to what another request saved meanwhile. Other fields stay as that
 * request saved them; for one field this request wins. Where it gave a function, the function runs on the
 * other request's value, or on undefined when this request cleared the session.
 */
export function mergeChanges(
  theirs: SessionData,
  mine: SessionChanges,
  updates: ReadonlyMap<string, readonly FieldUpdate[]> | undefined,
): SessionData {
  const merged: SessionData = mine.cleared ? {} : { ...theirs };
  for (const name of mine.deleted) delete merged[name];
  for (const [name, value] of mine.set) {
    const functions = updates?.get(name);
    define(merged, name, functions ? rerun(fieldOf(merged, name), functions) : value);
  }
  return merged;
}

function rerun(current: unknown, functions: readonly FieldUpdate[]): unknown {
  return functions.reduce((value, update) => update(value), current);
}

/**
 * Reads a field; gives undefined for what every object inherits (`constructor`, `__proto__`), as a visitor
 * may have chosen the name.
 */
export function fieldOf(data: SessionData, name: string): unknown {
  return Object.hasOwn(data, name) ? data[name] : undefined;
}

/** Sets a field; `__proto__` is one like any other. */
export function define(data: SessionData, name: string, value: unknown): void {
  Object.defineProperty(data, name, { value, writable: true, enumerable: true, configurable: true });
}
