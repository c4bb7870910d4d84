import type { Backend } from '../backends/port/backend.js';
import type { ValueCodec } from '../codec/value-codec.js';
import type { CommonCacheConfig } from '../settings/shapes/resolved-settings.js';
import type { OutagePolicy } from './entry/outage-policy.js';
import type { Near } from './near/create-near.js';

/** The parts of a cache. */
export interface SentinelCacheParts {
  readonly config: CommonCacheConfig;
  readonly backend: Backend;
  readonly codec: ValueCodec;
  readonly policy: OutagePolicy;
  /** What this process keeps. Undefined: each read asks the backend. */
  readonly near: Near | undefined;
}
