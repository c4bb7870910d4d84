import { readJson } from '../../codec/serializers/json/json-reader.js';
import { createJsonSerializer } from '../../codec/serializers/json/json.serializer.js';
import type { SessionData } from '../port/session-engine.js';
import { toFields } from '../port/stored-fields.js';

/** A string, which stays; or a separator with the space that Python's default puts after it. */
const SEPARATORS = /("(?:[^"\\]|\\.)*")|([,:]) /g;

/**
 * Writes the fields as Django's session serializer does: JSON with compact separators, everything beyond
 * ASCII escaped. Dates become ISO text. Throws CodecError for what JSON can't hold.
 */
export function writeSessionJson(data: SessionData): Buffer {
  const spaced = createJsonSerializer().dumps(data).toString('latin1');
  return Buffer.from(
    spaced.replace(SEPARATORS, (_, text?: string, separator?: string) => text ?? separator!),
    'latin1',
  );
}

/** Reads the fields of such a text. Throws CodecError for damaged text, and for JSON other than a dict. */
export function readSessionJson(bytes: Buffer): SessionData {
  // Django reads latin-1, and so does this: the writers escape everything else.
  return toFields(readJson(Buffer.from(bytes.toString('latin1'), 'utf8')));
}
