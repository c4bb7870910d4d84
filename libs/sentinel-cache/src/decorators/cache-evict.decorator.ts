import { decorating, recordAliasIn } from './decorations.js';
import type { CacheEvictOptions } from './decorator-options.js';

/**
 * Takes entries and pages away, each time a method succeeded: those with a tag (a bare string is one), those
 * of the keys, tags and paths of the options, or what a function of the arguments returns. The same on
 * methods of providers and on routes; there it waits for the interceptors around the handler, such as one
 * that ends a transaction, and does nothing for a response whose status is 400 or more.
 *
 * An outage is no error of the caller's: the method has done its work. Rejects with InvalidArgumentError or
 * InvalidCacheKeyError for a tag, path or key that can't be used, once all others have gone. Wrong options
 * end the boot as those of `@Cached` do.
 *
 * @example
 * ```ts
 * @CacheEvict({ key: 'user:{id}' }) async remove(id: number): Promise<void> { ... }
 * ```
 */
export function CacheEvict(
  what:
    | string
    | readonly string[]
    | CacheEvictOptions
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- TypeScript has not seen the method yet.
    | ((...args: any[]) => string | readonly string[] | CacheEvictOptions | undefined),
): MethodDecorator {
  recordAliasIn(what);
  return decorating({ decorator: 'CacheEvict', given: what });
}
