import type { TagStamp } from '../../backends/port/tag-stamp.js';
import { InvalidArgumentError } from '../../errors/invalid-argument.error.js';
import { hasUtf8 } from '../../keys/format-key.js';
import { MOST_TAG_BYTES } from '../../keys/tag-names.js';

/** Most tags of one entry. */
export const MOST_TAGS = 64;

/** What a caller writes where tags are expected, and where that is. */
export interface TagsWritten {
  readonly alias: string;
  readonly method: string;
  readonly tags: unknown;
  readonly most: number;
}

/** Returns the tags of a call, each once. Throws InvalidArgumentError. */
export function tagList({ alias, method, tags, most }: TagsWritten): string[] {
  const invalid = (problem: string): InvalidArgumentError =>
    new InvalidArgumentError(`Cache '${alias}', ${method}: ${problem}`, { alias });
  if (!Array.isArray(tags)) throw invalid(`tags: expected an array of texts, got ${kindOf(tags)}. Write { tags: ['reports'] }.`);
  const distinct = [...new Set(tags as readonly unknown[])];
  for (const tag of distinct) {
    const problem = problemOf(tag);
    if (problem) throw invalid(problem);
  }
  if (distinct.length > most) throw invalid(`tags: expected at most ${most}, got ${distinct.length}. Use fewer, broader tags.`);
  return distinct as string[];
}

/** Whether tags come with their generations. */
export function isStamp(tags: unknown): tags is TagStamp {
  return typeof tags === 'object' && tags !== null && (tags as Partial<TagStamp>).generations instanceof Map;
}

/** Makes the error of a call with tags on a cache without OPTIONS.tags. */
export function tagsAreOff(alias: string, method: string): InvalidArgumentError {
  const message = `Cache '${alias}', ${method}: expected no tags, since this cache has none. Set CACHES.${alias}.OPTIONS.tags to true.`;
  return new InvalidArgumentError(message, { alias });
}

function problemOf(tag: unknown): string | undefined {
  if (typeof tag !== 'string')
    return `tags: expected texts, got ${kindOf(tag)} among them. Write String(id), and one argument for each tag.`;
  if (tag === '') return 'tags: expected text, got an empty tag. Name what the entry depends on.';
  if (!hasUtf8(tag)) return 'tags: expected text that UTF-8 can write, got half a surrogate pair. Remove it.';
  const bytes = Buffer.byteLength(tag);
  return bytes > MOST_TAG_BYTES
    ? `tags: expected at most ${MOST_TAG_BYTES} bytes each, got a tag of ${bytes}. Use a hash of it.`
    : undefined;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return value === undefined ? 'undefined' : `a ${typeof value}`;
}
