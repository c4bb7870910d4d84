import { InvalidArgumentError } from '../errors/invalid-argument.error.js';
import type { Timeout } from '../time/lifetime.js';
import { classIn } from './class-instances.js';
import type { LoadOptions } from './decorator-options.js';
import { evict, type CachesAndPages, type EvictStep } from './evict.js';
import type { KeyOf, MethodCall, TagsOf } from './method-call.js';

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

/**
 * Returns a value that can be kept. Throws InvalidArgumentError for what is read once: streams, iterators;
 * and for instances whose classes hide fields from a response, since they come back as plain objects.
 */
export function storable<T>(value: T, { label, isSerialized }: Pick<MethodCall, 'label' | 'isSerialized'>): T {
  if (isStream(value))
    throw new InvalidArgumentError(
      `${label}: expected a value to cache, got a stream, which can be read once. Return what it holds.`,
    );
  const name = isSerialized ? classIn(value) : undefined;
  if (name === undefined) return value;
  throw new InvalidArgumentError(
    `${label}: expected plain objects to cache behind ClassSerializerInterceptor, got an instance of ${name}: it comes back ` +
      `as a plain object, and shows what @Exclude hides. Write @SerializeOptions({ type: ${name} }), or return plain objects.`,
  );
}

/** Whether a value is read once: a stream of Node or of the web, Nest's file, an iterator, a Response. */
function isStream(value: unknown): boolean {
  const object = Object(value) as Record<PropertyKey, unknown>;
  const isRead = ['pipe', 'getStream', 'next', Symbol.asyncIterator].some((name) => typeof object[name] === 'function');
  return isRead || Object.prototype.toString.call(value) === '[object Response]';
}
