import type { Timeout } from '../time/lifetime.js';
import { decorating, recordAliasIn } from './decorations.js';
import type { CachePutOptions } from './decorator-options.js';

/**
 * Stores what a method returned, each time it succeeded: for the methods that change what another reads with
 * `@Cached` under the same key. A method that returns nothing takes the entry away.
 *
 * An outage is no error of the caller's: the method has done its work, and the old entry is taken away as
 * soon as that is possible. Wrong options end the boot as those of `@Cached` do.
 *
 * @example
 * ```ts
 * @CachePut('15m', { key: 'user:{id}' }) async save(id: number, user: User): Promise<User> { ... }
 * ```
 */
export function CachePut(options: CachePutOptions): MethodDecorator;
export function CachePut(timeout: Timeout | undefined, options: CachePutOptions): MethodDecorator;
export function CachePut(first?: Timeout | CachePutOptions, second?: CachePutOptions): MethodDecorator {
  const isTimeout = second !== undefined || first === null || typeof first !== 'object';
  const [timeout, given] = isTimeout ? [first, second] : [undefined, first];
  recordAliasIn(given);
  return decorating({ decorator: 'CachePut', timeout, given });
}
