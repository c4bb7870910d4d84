import type { BytesFound } from '../../cache/cache-bytes.js';
import type { StaleRules } from '../policy/stale-rules.js';
import type { StoredHeader } from '../policy/stored-headers.js';

/** Tags, and what they were called before a page was made: a dropped tag gets another name. */
export type Generations = readonly (readonly [tag: string, generation: string])[];

/**
 * The generations of a page's tags before its handler runs; `outage`: the store was silent, or refused.
 */
export type SeenTags = BytesFound['seen'] | 'outage';

/** A stored response. */
export interface Page {
  /** The text of its identity: a page at the wrong key is none. */
  readonly identity: string;
  /** The headers it varies on, in lower case and sorted. */
  readonly vary: readonly string[];
  /** The digest of the values its request had for them; empty without any. */
  readonly variant: string;
  readonly status: number;
  readonly headers: readonly StoredHeader[];
  readonly body: Buffer;
  /** How long it was to live when it was stored, in milliseconds. */
  readonly lifetimeMs: number;
  /** How long past that it may still be sent. */
  readonly stale: StaleRules;
  /** Its tags, and the generations that these had before it was made. */
  readonly generations: Generations;
  /** How old it was then, in whole seconds. */
  readonly ageSeconds: number;
  /** When it was made, by the clock of its maker, in unix milliseconds. */
  readonly dateMs: number;
  /** What its `Vary` header names, as it stood there; empty without one. */
  readonly varyHeader: string;
}
