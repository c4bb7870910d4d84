import type { Timeout } from '../time/lifetime.js';
import { decorating, recordAliasIn } from './decorations.js';
import type { CachedOptions } from './decorator-options.js';

/**
 * Caches what a method returns: `getOrSet` around it, under a key of its arguments. On a method of a provider
 * that returns a promise or an Observable (of which the last value is cached), and on a route, where guards,
 * pipes and interceptors run as ever.
 *
 * `timeout`: how long an entry lives, in seconds or with a unit, null for ever. Omitted: TIMEOUT. `options`:
 * where the entry lies, and `lock`, `grace` and the others of `getOrSet`. What the method throws is not
 * cached; calls reject as `getOrSet` does. Wrong options, an alias that CACHES lacks, and a method whose
 * caller does not wait for a promise end the boot with an ImproperlyConfiguredError. Without Nest
 * (`new UsersService()`) the method is as if it stood alone.
 *
 * @example
 * ```ts
 * @Cached('15m', { key: 'user:{id}' }) async find(id: number): Promise<User> { return this.users.load(id); }
 * ```
 */
export function Cached(timeout?: Timeout, options: CachedOptions = {}): MethodDecorator {
  recordAliasIn(options);
  return decorating({ decorator: 'Cached', timeout, given: options });
}
