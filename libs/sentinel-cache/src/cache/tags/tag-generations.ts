import { randomBytes } from 'node:crypto';

import type { Backend, LivingLifetime } from '../../backends/port/backend.js';
import type { CallOptions } from '../../backends/port/call-options.js';
import type { TagStamp } from '../../backends/port/tag-stamp.js';
import type { EntryTags } from '../../backends/port/tag-store.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import { generationName } from '../../keys/tag-names.js';
import type { NextStep } from '../../backends/port/call-steps.js';
import type { Generations } from './companion.js';

/** A value may take an hour to be made before its generations can be gone. */
const MARGIN_MS = 3_600_000;
/** 95 random bits: no generation comes twice. One more says who made it. */
const RANDOM_BYTES = 12;
/** As base64url. */
const GENERATION_BYTES = 16;
/** How long an invalidation can be seen at a tag that nothing is stored with. */
const INVALIDATION_MS = 60_000;

/** The generations of tags at a moment, in the order of the tags; null where there was none. */
export interface SeenGenerations {
  readonly generations: readonly (string | null)[];
  /** A moment before Redis was asked, on the clock of `performance.now()`. */
  readonly atMs: number;
}

/**
 * The generations of a cache's tags. A generation is a random name, made when something is stored with a tag
 * that has none. To invalidate a tag is to give it another one: what was stored with it is never there
 * again. So is what loses its generation otherwise, by eviction or expiry: an entry is lost too early then,
 * and none comes back.
 *
 * An invalidation leaves its generation for a minute even where there was none, and such a one can be told
 * from others: who saw no generation before a value was made sees by that whether there was an invalidation
 * since.
 */
export class TagGenerations implements EntryTags {
  constructor(
    private readonly backend: Backend,
    private readonly keyPrefix: string,
    private readonly marginMs = MARGIN_MS,
  ) {}

  async stamp(tags: readonly string[], lifetime: LivingLifetime, options?: CallOptions): Promise<TagStamp> {
    let found = await this.obtain(tags, lifetime, options);
    const malformed = tags.filter((_tag, i) => found[i]!.length !== GENERATION_BYTES);
    if (malformed.length > 0) {
      // Others wrote there; such bytes, of any size, would be copied beside each entry.
      await this.invalidate(malformed, options);
      found = await this.obtain(tags, lifetime, options);
    }
    return { generations: new Map(tags.map((tag, i) => [tag, found[i]!.toString('latin1')])), lifetime };
  }

  async invalidate(tags: readonly string[], options?: CallOptions): Promise<void> {
    const names = this.names(tags);
    try {
      await this.backend.setMany(
        names.map((name) => [name, newGeneration(true)] as const),
        INVALIDATION_MS,
        options,
      );
    } catch (error) {
      // A full Redis stores nothing, and deletes.
      if (!(error instanceof CommandRejectedError && error.redisCode === 'OOM')) throw error;
      await this.backend.delete(names, options);
    }
  }

  /** Reads the generations of tags from the primary, and makes none. Rejects as `stamp`. */
  async see(tags: readonly string[], options?: CallOptions): Promise<SeenGenerations> {
    const atMs = performance.now();
    const found = await this.backend.getMany(this.names(tags), { ...options, fresh: true });
    return { generations: found.map((generation) => generation && generation.toString('latin1')), atMs };
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
    const made = tags.map(() => newGeneration(false));
    const { marginMs } = this;
    // Longer than needed, so that not every write has to prolong them.
    const [leastMs, life] = lifetime === 'forever' ? [0, lifetime] : [lifetime + marginMs, 2 * (lifetime + marginMs)];
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

/** Whether none of the tags was invalidated between two looks, as far as the later one tells for sure. */
export function areUnchanged(before: SeenGenerations, now: readonly (string | null)[]): boolean {
  // Half of how long an invalidation can be seen, so that no difference between two clocks counts.
  const isShort = performance.now() - before.atMs < INVALIDATION_MS / 2;
  return before.generations.every((generation, i) => {
    const current = now[i] ?? null;
    if (generation !== null) return current === generation;
    return isShort && (current === null || !isOfInvalidation(current));
  });
}

/** The first bit says whether an invalidation made it. */
function newGeneration(byInvalidation: boolean): string {
  const bytes = randomBytes(RANDOM_BYTES);
  bytes[0] = byInvalidation ? bytes[0]! | 0x80 : bytes[0]! & 0x7f;
  return bytes.toString('base64url');
}

/** What others wrote there, nobody knows why, counts as an invalidation, too. */
function isOfInvalidation(generation: string): boolean {
  return generation.length !== GENERATION_BYTES || Buffer.from(generation.slice(0, 2), 'base64url')[0]! >= 0x80;
}
