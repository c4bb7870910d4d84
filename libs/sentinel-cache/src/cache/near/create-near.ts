import type { Backend } from '../../backends/port/backend.js';
import type { ChangeFeed, ChangeListener } from '../../connection/contract/change-feed.js';
import { generationPrefix } from '../../keys/tag-names.js';
import type { NearCacheConfig } from '../../settings/shapes/resolved-settings.js';
import type { NearFigures } from '../../telemetry/near-figures.js';
import { nearBackend, type NearBackendParts } from './near-backend.js';
import { createNearStore, type NearContent } from './near-store.js';
import { NearTier, type Fill } from './near-tier.js';

/** The near tier of one cache. */
export interface Near {
  readonly tier: NearTier<NearContent>;
  /** Fills the tier by what it reads, and drops there what it writes. */
  readonly backend: Backend;
  /** A read of this key begins. Undefined as `NearTier.begin`, and where Redis reports no changes of it. */
  readonly begin: (key: string) => Fill | undefined;
  /** Passes the tier by. */
  readonly passing: Backend;
  /** What it has done so far, and what it holds. */
  readonly figures: () => NearFigures;
}

/** What a near tier is made of. */
export interface NearParts extends Pick<NearBackendParts, 'keyPrefix' | 'far' | 'lives'> {
  /** Starts to follow changes of keys that begin so. */
  readonly follow: (prefixes: readonly string[], listener: ChangeListener) => ChangeFeed;
}

/** Creates the near tier of one cache. Sends nothing. */
export function createNear(config: NearCacheConfig, { keyPrefix, far, lives, follow }: NearParts): Near {
  const { maxAgeMs, prefix = `${keyPrefix}:` } = config;
  const store = createNearStore(config);
  const now = (): number => performance.now();
  // Generations are named by KEY_PREFIX, whatever other keys begin with.
  const generations = generationPrefix(keyPrefix);
  const tier = new NearTier({
    store,
    generationPrefix: generations,
    maxAgeMs,
    now,
    follow: (listener) => follow([prefix, generations], listener),
  });
  const begin = (key: string): Fill | undefined => (key.startsWith(prefix) ? tier.begin(key) : undefined);
  return {
    tier,
    begin,
    backend: nearBackend({ tier, keyPrefix, begin, far, lives }),
    passing: far,
    figures: () => Object.freeze({ ...tier.counted(), entries: store.size, bytes: store.calculatedSize }),
  };
}
