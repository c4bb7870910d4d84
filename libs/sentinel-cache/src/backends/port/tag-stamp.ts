import type { Lifetime } from '../../time/lifetime.js';

/**
 * The generations of tags as they were before a value was made. An entry that is stored with them is there as
 * long as they are still the same.
 */
export interface TagStamp {
  /** The generation of each tag. */
  readonly generations: ReadonlyMap<string, string>;
  /** The lifetime that the generations are known to outlive. */
  readonly lifetime: Exclude<Lifetime, 'already-expired'>;
}
