import { isMap } from 'node:util/types';

import { CodecError } from '../../errors/codec.error.js';
import { define } from './session-changes.js';
import type { SessionData } from './session-engine.js';

/**
 * The fields of a stored value. A dict with a key that is no text comes back as a Map; a session's fields have names.
 * CodecError for a list, a date, text and anything else that is no dict: never an empty session.
 */
export function toFields(value: unknown): SessionData {
  if (isMap(value)) {
    const fields: SessionData = {};
    for (const [name, field] of value) define(fields, String(name), field);
    return fields;
  }
  if (isPlainObject(value)) return value;
  throw new CodecError("Session: the entry can't be read: it is no dict of fields.");
}

/** Whatever realm it is from: nothing stands between it and the root of all objects. */
function isPlainObject(value: unknown): value is SessionData {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
