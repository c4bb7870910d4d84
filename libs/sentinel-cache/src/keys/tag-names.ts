import { createHash } from 'node:crypto';

import { InvalidCacheKeyError } from '../errors/invalid-cache-key.error.js';
import { hasUtf8 } from './format-key.js';
import type { KeyFunction } from './key-function.js';

/** Most bytes of a tag, as UTF-8. */
export const MOST_TAG_BYTES = 250;
/** Most tags of one invalidation. */
export const MOST_INVALIDATED = 1000;

/** No stored key of an entry has this in a cache with tags: names with it belong to the tags. */
const MARK = '\0tag';
const COMPANION = `${MARK}s`;
const GENERATION = `${MARK}:`;

/**
 * Returns the tag of any text: itself, or its digest where it is empty, too long for a tag, or nothing that
 * UTF-8 can write.
 */
export function tagOfText(text: string): string {
  if (text !== '' && hasUtf8(text) && Buffer.byteLength(text) <= MOST_TAG_BYTES) return text;
  // As UTF-16: UTF-8 has one text for all halves of surrogate pairs.
  return `sha256-${createHash('sha256').update(Buffer.from(text, 'utf16le')).digest('hex')}`;
}

/** The tag that every page has: to drop it is to drop all pages of a cache. */
export const EVERY_PAGE = 'page-path:';

/** Returns the stored name of a tag's generation: one for all versions of a cache. */
export function generationName(keyPrefix: string, tag: string): string {
  return generationPrefix(keyPrefix) + tag;
}

/** Returns what the names of all generations of a cache begin with. */
export function generationPrefix(keyPrefix: string): string {
  return `${keyPrefix}:${GENERATION}`;
}

/** Returns the stored name of an entry's companion, up to what brings it into the slot of the entry. */
export function companionStem(storedKey: string): string {
  return storedKey + COMPANION;
}

/** Returns the stored key of the entry that a name belongs to: itself, unless it is that of a companion. */
export function entryOfName(name: string): string {
  const at = name.indexOf(COMPANION);
  return at < 0 ? name : name.slice(0, at);
}

/** Whether a stored name belongs to the tags of a cache, and is no entry. */
export function isTagName(name: string | Buffer): boolean {
  return name.includes(MARK);
}

/**
 * Wraps KEY_FUNCTION for a cache with tags: throws InvalidCacheKeyError for a key whose entry would have a
 * name that belongs to the tags.
 */
export function keysBesideTags(keyFunction: KeyFunction): KeyFunction {
  return (key, keyPrefix, version) => {
    const storedKey = keyFunction(key, keyPrefix, version);
    if (!isTagName(storedKey)) return storedKey;
    throw new InvalidCacheKeyError(
      'key: expected text without a NUL character followed by "tag", which names the tags of this cache, got such text. Remove the NUL.',
    );
  };
}
