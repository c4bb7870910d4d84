import { isMap } from 'node:util/types';

import { CodecError } from '../../errors/codec.error.js';
import { define } from './session-changes.js';
import type { SessionData } from './session-engine.js';

/**
 * Reads the fields of a stored value. A dict whose keys are not all text comes as a Map: their text is the
 * field's name. Throws CodecError for a list, a date, text and everything else but a dict: that is never an
 * empty session.
 */
export function toFields(value: unknown): SessionData {
  if (isMap(value)) {
    const fields: SessionData = {};
    for (const [name, field] of value) define(fields, String(name), field);
    return fields;
  }
  if (isPlainObject(value)) return value;
  throw new CodecError(
    'Session: expected a stored dict of fields, got another value. Delete the entry: something else wrote it.',
  );
}

/** True for objects of every realm: only the root of all objects stands above them. */
function isPlainObject(value: unknown): value is SessionData {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
