import { AsyncLocalStorage } from 'node:async_hooks';

import { createCache, type Cache } from 'cache-manager';
import { KeyvHooks } from 'keyv';

import type { SentinelCache } from '../cache/sentinel-cache.js';
import { createKeyv } from './keyv.adapter.js';

/** One call of `wrap`; once it has found an entry it writes only to refresh that. */
interface WrapCall {
  found: boolean;
}

/**
 * Creates a `Cache` of cache-manager over one of ours, with the same keys and bytes. cache-manager's own
 * `wrap` loses the computed value when it can't be stored: what `wrap` has computed goes through `tolerant`,
 * which drops such writes and publishes them. `set`, `del` and `clear` reject where `cache` does; a refresh
 * in the background that fails emits `refresh` with its error.
 */
export function createCacheManager(cache: SentinelCache, tolerant: SentinelCache): Cache {
  const calls = new AsyncLocalStorage<WrapCall | undefined>();
  const store = createKeyv({
    reads: tolerant,
    get writes() {
      return calls.getStore()?.found === false ? tolerant : cache;
    },
  });
  store.hooks.addHandler(KeyvHooks.POST_GET, ({ value }: { value: unknown }) => {
    const call = calls.getStore();
    if (call && value !== undefined) call.found = true;
  });
  const manager = createCache({ stores: [store] });
  const wrap = (key: string, make: () => unknown, ...rest: []): unknown =>
    // What the function itself writes is not a write of `wrap`.
    calls.run({ found: false }, () => manager.wrap(key, () => calls.run(undefined, make), ...rest));
  return { ...manager, wrap: wrap as Cache['wrap'] };
}
