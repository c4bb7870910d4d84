import { LRUCache } from 'lru-cache';

import type { LivingEntry } from '../../backends/port/backend.js';
import type { NearCacheConfig } from '../../settings/shapes/resolved-settings.js';
import type { SeenGenerations } from '../tags/tag-generations.js';
import type { NearTag } from './near-tags.js';
import type { NearEntry, NearStore } from './near-tier.js';
import { sizeOf, sizeOfText } from './near-values.js';

/** What the table and the objects of one entry take, in bytes, as V8 was seen to take. */
const ENTRY_BYTES = 320;
/** What a tag takes beside its name, in bytes; counted for each of its entries. */
const TAG_BYTES = 200;
/** What a Buffer takes beside its bytes. */
const BUFFER_BYTES = 400;
/** What the life of an entry takes beside it, and the place of each generation that was read with it. */
const LIFE_BYTES = 120;
const PLACE_BYTES = 8;
/** Shorter bytes are kept as text of one byte a character: a Buffer would take several times as much. */
const SHORT_BYTES = 4096;

/** What is kept of an entry: its bytes until it is read again, then its value where that can be copied. */
export interface NearContent {
  /** The stored bytes; text of one byte a character where they are short. Undefined: `value` is kept. */
  readonly bytes?: string | Buffer;
  /** The value: nobody else changes it or a part of it. */
  readonly value?: unknown;
  /** Whether the value can't be copied: its bytes are read each time. */
  readonly isOpaque: boolean;
  readonly sizeBytes: number;
  /**
   * What was read with it, where it was read by its parts: `value` is one, `bytes` are the other. Undefined:
   * it was read for its value alone.
   */
  readonly readWith?: ReadWith;
}

/** What was read with the bytes of an entry. */
export interface ReadWith {
  /** What was left of its life. */
  readonly life: LivingEntry['life'];
  /** A moment before that was read, on the clock of the tier. */
  readonly atMs: number;
  /** The generations of its tags. */
  readonly seen: SeenGenerations;
}

/** Returns bytes as they are kept: a copy, since what was read may be a part of something larger. */
export function keptBytes(bytes: Buffer): NearContent {
  if (bytes.length <= SHORT_BYTES)
    return { bytes: bytes.toString('latin1'), isOpaque: false, sizeBytes: sizeOfText('') + bytes.length };
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return { bytes: copy, isOpaque: false, sizeBytes: BUFFER_BYTES + bytes.length };
}

/**
 * Returns the two parts of an entry as they are kept, with what was read with them. Undefined for a value
 * that `sizeOf` can't count.
 */
export function keptParts(value: unknown, bytes: Buffer, read: ReadWith): NearContent | undefined {
  const valueBytes = sizeOf(value);
  if (valueBytes === undefined) return undefined;
  const content = keptBytes(bytes);
  let sizeBytes = valueBytes + content.sizeBytes + LIFE_BYTES;
  for (const generation of read.seen.generations) sizeBytes += PLACE_BYTES + sizeOfText(generation ?? '');
  return { ...content, value, sizeBytes, readWith: read };
}

/** Returns a copy of the bytes that are kept of an entry. */
export function copiedBytes({ bytes = '' }: NearContent): Buffer {
  return typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes);
}

/** Returns the value as it is kept; the bytes, marked, where it can't be copied. */
export function keptValue(value: unknown, content: NearContent): NearContent {
  const sizeBytes = sizeOf(value);
  return sizeBytes === undefined ? { ...content, isOpaque: true } : { value, isOpaque: false, sizeBytes };
}

/** A store within the bounds of the settings: what was used longest ago goes first. */
export interface BoundedStore extends NearStore<NearContent> {
  /** Entries that it holds. */
  readonly size: number;
  /** What they take, in bytes as they are counted. */
  readonly calculatedSize: number;
}

/** Creates the store of a tier. */
export function createNearStore({ maxBytes, maxEntries }: NearCacheConfig): BoundedStore {
  return new LRUCache<string, NearEntry<NearContent>>({
    maxSize: maxBytes,
    ...(maxEntries === undefined ? {} : { max: maxEntries }),
    sizeCalculation: ({ content, tags }, key) => ENTRY_BYTES + 2 * sizeOfText(key) + content.sizeBytes + sizeOfTags(tags),
    dispose: ({ tags }) => {
      for (const tag of tags) tag.release();
    },
  });
}

function sizeOfTags(tags: readonly NearTag[]): number {
  let bytes = 0;
  for (const { name } of tags) bytes += TAG_BYTES + sizeOfText(name);
  return bytes;
}
