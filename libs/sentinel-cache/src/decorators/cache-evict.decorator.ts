import { decorating, recordAliasIn } from './decorations.js';
import type { CacheEvictOptions } from './decorator-options.js';

/**
 * Takes entries away, each time a method succeeded: those with a tag (a bare string is one), those of the
 * keys and tags of the options, or what a function of the arguments returns. The same on methods of providers
 * and on routes; there it waits for the interceptors around the handler, such as one that ends a transaction.
 *
 * An outage takes nothing from the caller: the method has done its work. Wrong options end the boot as those
 * of `@Cached` do.
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
