import type { SentinelCache } from '../cache/sentinel-cache.js';
import type { SentinelCaches } from '../cache/sentinel-caches.js';
import { InvalidArgumentError } from '../errors/invalid-argument.error.js';
import type { CacheKey } from '../keys/format-key.js';
import type { Timeout } from '../time/lifetime.js';
import type { LoadOptions } from './decorator-options.js';
import { checkedTags, listOf, type KeysOf, type MethodCall, type OfArguments, type TagsOf } from './method-call.js';

/** `@Cached`, understood. */
export interface CachedStep {
  readonly does: 'cached';
  readonly alias: string;
  readonly timeout: Timeout | undefined;
  readonly keysOf: KeysOf;
  readonly tagsOf: TagsOf | undefined;
  /** What `getOrSet` takes beside tags. */
  readonly options: LoadOptions;
}

/** `@CachePut`, understood. */
export interface PutStep {
  readonly does: 'put';
  readonly alias: string;
  readonly timeout: Timeout | undefined;
  readonly keysOf: KeysOf;
  readonly tagsOf: TagsOf | undefined;
  readonly version: number | string | null | undefined;
}

/** `@CacheEvict`, understood. */
export interface EvictStep {
  readonly does: 'evict';
  readonly alias: string;
  readonly keysOf: KeysOf | undefined;
  readonly tagsOf: TagsOf | undefined;
  /** Functions that say more once the method is done: of the arguments, of the result and the arguments. */
  readonly of: OfArguments | undefined;
  readonly fromResult: OfArguments | undefined;
  readonly version: number | string | null | undefined;
}

/** What one decorator does at each call. */
export type Step = CachedStep | PutStep | EvictStep;

/**
 * Does what stands after a method that succeeded. An outage of the cache costs the caller nothing; rejects
 * with what functions of the user throw, and with errors for keys, tags and values that can't be used.
 */
export async function runAfterwards(step: PutStep | EvictStep, call: MethodCall, caches: SentinelCaches): Promise<void> {
  // The method has done its work: whether the cache can follow is no matter of its caller's.
  const cache = caches.get(step.alias).ignoringOutages();
  await (step.does === 'put' ? put(step, call, cache) : evict(step, call, cache));
}

async function put({ keysOf, tagsOf, timeout, version }: PutStep, call: MethodCall, cache: SentinelCache): Promise<void> {
  const [key] = keysOf(call) as [CacheKey];
  const options = { version, ...(tagsOf ? { tags: tagsOf(call) } : {}) };
  let isStored = false;
  try {
    isStored = call.result !== undefined && (await cache.set(key, storable(call.result, call.label), timeout, options));
  } finally {
    // What is there is older than what the method did.
    if (!isStored) await cache.delete(key, { version });
  }
}

async function evict(step: EvictStep, call: MethodCall, cache: SentinelCache): Promise<void> {
  const { label, instance, args, result } = call;
  const told = [
    ...(step.of ? [Reflect.apply(step.of, instance, args)] : []),
    ...(step.fromResult ? [Reflect.apply(step.fromResult, instance, [result, ...args])] : []),
  ].map((value) => evictedBy(value, label));
  const keys = [...(step.keysOf?.(call) ?? []), ...told.flatMap((one) => one.keys)];
  const tags = [...(step.tagsOf?.(call) ?? []), ...told.flatMap((one) => one.tags)];
  const all = await Promise.allSettled([
    keys.length > 0 ? cache.deleteMany(keys, { version: step.version }) : undefined,
    tags.length > 0 ? cache.invalidateTags(...tags) : undefined,
  ]);
  for (const one of all) if (one.status === 'rejected') throw one.reason;
}

/** What a function of `@CacheEvict` returned: one or several tags, or tags and keys. */
function evictedBy(value: unknown, label: string): { readonly tags: string[]; readonly keys: CacheKey[] } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { tags: checkedTags(value, label), keys: [] };
  const { tags, key } = value as { tags?: unknown; key?: unknown };
  return { tags: checkedTags(tags, label), keys: listOf(key) as CacheKey[] };
}

/**
 * Returns a value that can be kept. Throws InvalidArgumentError for what is read once: streams, iterators.
 */
export function storable<T>(value: T, label: string): T {
  const { pipe, getStream, next } = Object(value) as { pipe?: unknown; getStream?: unknown; next?: unknown };
  if ([pipe, getStream, next].every((method) => typeof method !== 'function')) return value;
  throw new InvalidArgumentError(
    `${label}: expected a value to cache, got a stream, which can be read once. Return what it holds.`,
  );
}
