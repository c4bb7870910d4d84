import { Inject } from '@nestjs/common';

import { getCacheToken } from './cache.tokens.js';

/**
 * Injects the `SentinelCache` of an alias.
 *
 * @example
 * ```ts
 * constructor(@InjectCache('default') private readonly cache: SentinelCache) {}
 * ```
 */
export function InjectCache(alias = 'default'): PropertyDecorator & ParameterDecorator {
  return Inject(getCacheToken(alias));
}
