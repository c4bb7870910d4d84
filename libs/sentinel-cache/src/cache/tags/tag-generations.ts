import { randomBytes } from 'node:crypto';

import type { Backend, LivingLifetime } from '../../backends/port/backend.js';
import type { CallOptions } from '../../backends/port/call-options.js';
import type { TagStamp } from '../../backends/port/tag-stamp.js';
import type { EntryTags } from '../../backends/port/tag-store.js';
import { generationName } from '../../keys/tag-names.js';
import type { NextStep } from '../../backends/port/call-steps.js';
import type { Generations } from './companion.js';

/** A value may take an hour to be made before its generations can be gone. */
const MARGIN_MS = 3_600_000;
/** 96 random bits: no generation comes twice. */
const RANDOM_BYTES = 12;
/** As base64url. */
const GENERATION_BYTES = 16;

/**
 * The generations of a cache's tags. A generation is a random name, made when a tag is first used. To
 * invalidate a tag is to delete its generation: what was stored with it is never there again, since the next
 * one is another name. So is what loses its generation otherwise, by eviction or expiry: an entry is lost
 * too early then, and none comes back.
 */
export class TagGenerations implements EntryTags {
  constructor(
    private readonly backend: Backend,
    private readonly keyPrefix: string,
  ) {}

  async stamp(tags: readonly string[], lifetime: LivingLifetime, options?: CallOptions): Promise<TagStamp> {
    let found = await this.obtain(tags, lifetime, options);
    const foreign = tags.filter((_tag, i) => found[i]!.length !== GENERATION_BYTES);
    if (foreign.length > 0) {
      // Others wrote there; such bytes, of any size, would be copied beside each entry.
      await this.invalidate(foreign, options);
      found = await this.obtain(tags, lifetime, options);
    }
    return { generations: new Map(tags.map((tag, i) => [tag, found[i]!.toString('latin1')])), lifetime };
  }

  async invalidate(tags: readonly string[], options?: CallOptions): Promise<void> {
    await this.backend.delete(this.names(tags), options);
  }

  /** Makes sure that the generations of these tags outlive `lifetime`, as far as they are still there. */
  async outlive(tags: Iterable<string>, lifetime: LivingLifetime, options?: CallOptions): Promise<void> {
    await this.obtain([...tags], lifetime, options);
  }

  /**
   * Returns which of these sets of generations are all current. Asks the primary, in one call for all; nobody
   * when no set has any.
   */
  async areCurrent(sets: readonly (Generations | undefined)[], next: NextStep): Promise<boolean[]> {
    const tags = [...new Set(sets.flatMap((set) => [...(set?.keys() ?? [])]))];
    if (tags.length === 0) return sets.map(() => true);
    const found = await this.backend.getMany(this.names(tags), { ...next(), fresh: true });
    const current = new Map(tags.map((tag, i) => [tag, found[i]?.toString('latin1')]));
    return sets.map((set) => !set || [...set].every(([tag, generation]) => current.get(tag) === generation));
  }

  private obtain(tags: readonly string[], lifetime: LivingLifetime, options?: CallOptions): Promise<Buffer[]> {
    const made = tags.map(() => randomBytes(RANDOM_BYTES).toString('base64url'));
    // Longer than needed, so that not every write has to prolong them.
    const [leastMs, life] = lifetime === 'forever' ? [0, lifetime] : [lifetime + MARGIN_MS, 2 * (lifetime + MARGIN_MS)];
    return this.backend.companions.generations(this.names(tags), made, { leastMs, lifetime: life }, options);
  }

  private names(tags: readonly string[]): string[] {
    return tags.map((tag) => generationName(this.keyPrefix, tag));
  }
}

/** Whether a lifetime is longer than another. */
export function outlives(lifetime: LivingLifetime, other: LivingLifetime): boolean {
  if (other === 'forever') return false;
  return lifetime === 'forever' || lifetime > other;
}
