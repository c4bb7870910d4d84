import { isUtf8 } from 'node:buffer';

import type { StoredBytes } from '../../backends/port/backend.js';
import { tokenOf } from '../../backends/port/entry-token.js';
import { belongsTo, TOKEN_LENGTH, type CompanionPair } from '../../backends/port/tag-store.js';
import { inSlotOf } from '../../keys/same-slot.js';
import { companionStem, MOST_TAG_BYTES } from '../../keys/tag-names.js';
import { MOST_TAGS } from './tag-list.js';

/**
 * JSON escapes a character of one byte with six; a generation and what stands around it fit into the rest.
 */
const MOST_COMPANION_BYTES = TOKEN_LENGTH + MOST_TAGS * (6 * MOST_TAG_BYTES + 50);

/** The generations that an entry was stored with, by tag. */
export type Generations = ReadonlyMap<string, string>;

/** Returns the stored key with the name of its companion, which lies in the same slot of a cluster. */
export function withCompanion(key: string): CompanionPair {
  return { key, companion: inSlotOf(key, companionStem(key)) };
}

/** Writes the companion of these bytes: their token, then tags and generations as JSON. */
export function writeCompanion(bytes: StoredBytes, generations: Generations): Buffer {
  return Buffer.from(tokenOf(Buffer.from(bytes as string)) + JSON.stringify([...generations]));
}

/**
 * Reads the companion of these bytes. Returns undefined when it belongs to others, such as those that Django
 * replaced; `unreadable` when it is none of ours, though it claims to belong to them.
 */
export function readCompanion(companion: Buffer | null, bytes: Buffer): Generations | undefined | 'unreadable' {
  return companion && belongsTo(companion, tokenOf(bytes)) ? generationsIn(companion) : undefined;
}

/** Reads the generations in a companion, whatever entry it belongs to. Others may have written its bytes. */
export function generationsIn(companion: Buffer): Generations | 'unreadable' {
  if (companion.length > MOST_COMPANION_BYTES) return 'unreadable';
  const json = companion.subarray(TOKEN_LENGTH);
  try {
    const pairs: unknown = isUtf8(json) ? JSON.parse(json.toString('utf8')) : undefined;
    return Array.isArray(pairs) && pairs.length <= MOST_TAGS && pairs.every(isPairOfTexts) ? new Map(pairs) : 'unreadable';
  } catch (error) {
    if (error instanceof SyntaxError) return 'unreadable';
    throw error;
  }
}

function isPairOfTexts(pair: unknown): pair is [string, string] {
  return Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === 'string');
}
