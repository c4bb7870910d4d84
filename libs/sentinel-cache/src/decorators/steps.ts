import type { Timeout } from '../time/lifetime.js';
import type { LoadOptions } from './decorator-options.js';
import { evict, type CachesAndPages, type EvictStep } from './evict.js';
import type { KeyOf, MethodCall, TagsOf } from './method-call.js';
import { storable } from './storable-value.js';

/** `@Cached`, understood. */
export interface CachedStep {
  readonly does: 'cached';
  readonly alias: string;
  readonly timeout: Timeout | undefined;
  /** Whether the decorator says what the key is. */
  readonly isKeyed: boolean;
  readonly keyOf: KeyOf;
  readonly tagsOf: TagsOf | undefined;
  /** What `getOrSet` takes beside tags. */
  readonly options: LoadOptions;
}

/** `@CachePut`, understood. */
export interface PutStep {
  readonly does: 'put';
  readonly alias: string;
  readonly timeout: Timeout | undefined;
  readonly keyOf: KeyOf;
  readonly tagsOf: TagsOf | undefined;
  readonly version: number | string | null | undefined;
}

/** What one decorator does at each call. */
export type Step = CachedStep | PutStep | EvictStep;

/**
 * Does what stands after a method that succeeded. An outage of the cache is no error of the caller's; rejects
 * with what functions of the user throw, and with errors for keys, tags and values that can't be used.
 */
export async function runAfterwards(step: PutStep | EvictStep, call: MethodCall, around: CachesAndPages): Promise<void> {
  await (step.does === 'put' ? put(step, call, around) : evict(step, call, around));
}

async function put(
  { alias, keyOf, tagsOf, timeout, version }: PutStep,
  call: MethodCall,
  { caches }: CachesAndPages,
): Promise<void> {
  // The method has done its work: whether the cache can follow is no matter of its caller's.
  const cache = caches.get(alias).ignoringOutages();
  const key = keyOf(call);
  let isStored = false;
  try {
    const options = { version, ...(tagsOf ? { tags: tagsOf(call) } : {}) };
    isStored = call.result !== undefined && (await cache.set(key, storable(call.result, call), timeout, options));
  } finally {
    // What is there is older than what the method did.
    if (!isStored) await cache.delete(key, { version });
  }
}
