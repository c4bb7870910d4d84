import type { SentinelCaches } from '../cache/sentinel-caches.js';
import { InvalidArgumentError } from '../errors/invalid-argument.error.js';
import type { CacheKey } from '../keys/format-key.js';
import { MOST_INVALIDATED } from '../keys/tag-names.js';
import { classNameOf, isPlainObject } from './key/object-class.js';
import { listOf, pathOf, tagOf, type MethodCall, type Named, type NamesOf } from './method-call.js';

/** `@CacheEvict`, understood. */
export interface EvictStep {
  readonly does: 'evict';
  readonly alias: string;
  /** Whether the decorator names the alias. */
  readonly namesAlias: boolean;
  readonly sources: readonly EvictSource[];
  readonly version: number | string | null | undefined;
}

/** One template or function that tells what goes. `any`: a function that returns tags, or an object. */
export interface EvictSource {
  readonly named: Named | 'any';
  readonly namesOf: NamesOf;
}

/** The caches and pages of an application. */
export interface CachesAndPages {
  readonly caches: SentinelCaches;
  /** Whether the entries of an alias have tags. */
  readonly hasTags: (alias: string) => boolean;
  /** Whether routes of this application keep pages. */
  readonly hasPages: () => boolean;
  /** Whether an interceptor of the whole application makes plain objects of instances, by their classes. */
  readonly isSerialized: () => boolean;
  /** Drops pages wherever this application keeps some, and in the alias. Rejects for wrong input alone. */
  readonly evictPages: (what: PagesThatGo, alias: string | undefined) => Promise<void>;
}

interface PagesThatGo {
  readonly tags: readonly string[];
  readonly path: readonly string[];
}

/**
 * Takes away what a decorator names, and rejects with the first thing that was wrong once all the rest is
 * gone: the method has done its work, and what it changed must not be read from the cache.
 */
export async function evict(step: EvictStep, call: MethodCall, around: CachesAndPages): Promise<void> {
  const { alias, version } = step;
  const cache = around.caches.get(alias).ignoringOutages();
  const errors: unknown[] = [];
  const attempt = <T>(make: () => readonly T[]): readonly T[] => {
    try {
      return make();
    } catch (error) {
      errors.push(error);
      return [];
    }
  };
  const told = step.sources.flatMap((source) => attempt(() => [toldBy(source, call)]));
  for (const { unknown } of told) if (unknown !== undefined) errors.push(misunderstood(unknown, call));
  const each = <T>(named: Named, check: (value: unknown) => T): T[] =>
    told.flatMap((one) => listOf(one[named])).flatMap((value) => attempt(() => [check(value)]));
  const keys = each('key', (key) => (cache.makeKey(key as CacheKey, version), key as CacheKey));
  const tags = [...new Set(each('tags', (tag) => tagOf(tag, call)))];
  const path = each('path', (value) => pathOf(value, call));
  // Tags of a cache without any are an error, unless they are those of pages.
  const ofEntries = around.hasTags(alias) || !around.hasPages() ? tags : [];
  const ofPages = pagesInBatches(around.hasPages() ? tags : [], path);
  const all = await Promise.allSettled([
    keys.length > 0 ? cache.deleteMany(keys, { version }) : undefined,
    ...batchesOf(ofEntries).map((some) => cache.invalidateTags(...some)),
    ...ofPages.map((some) => around.evictPages(some, step.namesAlias ? alias : undefined)),
  ]);
  for (const one of all) if (one.status === 'rejected') errors.push(one.reason);
  if (errors.length > 0) throw errors[0];
}

/** What one source tells, as it was given. `unknown`: what in it means nothing, as an error says it. */
type Told = Partial<Record<Named | 'unknown', unknown>>;

function toldBy({ named, namesOf }: EvictSource, call: MethodCall): Told {
  const value = namesOf(call);
  if (named !== 'any') return { [named]: value };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { tags: value };
  const { key, tags, path, ...others } = value as Record<string, unknown>;
  const name = Object.keys(others)[0];
  if (name !== undefined) return { key, tags, path, unknown: `one with ${name}. Remove it.` };
  // A promise or a Set has no such fields, either, and was not meant to name nothing.
  const isMistake = !isPlainObject(value) && [key, tags, path].every((names) => names === undefined);
  return { key, tags, path, unknown: isMistake ? `a ${classNameOf(value)}. Return a list, or nothing.` : undefined };
}

function misunderstood(got: unknown, { label }: MethodCall): InvalidArgumentError {
  const message = `${label}: expected its function to return tags, or an object with tags, key and path, got ${String(got)}`;
  return new InvalidArgumentError(message);
}

function pagesInBatches(tags: readonly string[], path: readonly string[]): PagesThatGo[] {
  const [ofTags, ofPaths] = [batchesOf(tags), batchesOf(path)];
  const longer = ofTags.length > ofPaths.length ? ofTags : ofPaths;
  return longer.map((_, i) => ({ tags: ofTags[i] ?? [], path: ofPaths[i] ?? [] }));
}

/** Caches and pages take this many at a time. */
function batchesOf(names: readonly string[]): string[][] {
  const count = Math.ceil(names.length / MOST_INVALIDATED);
  return Array.from({ length: count }, (_, i) => names.slice(i * MOST_INVALIDATED, (i + 1) * MOST_INVALIDATED));
}
