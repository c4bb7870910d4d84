import type { LivingEntry } from '../../backends/port/backend.js';
import { hasUtf8 } from '../../keys/format-key.js';
import { generationName } from '../../keys/tag-names.js';
import type { SeenGenerations } from '../tags/tag-generations.js';
import type { Near } from './create-near.js';
import { copiedBytes, keptWithLife } from './near-store.js';
import type { Fill } from './near-tier.js';

/** An entry of the tier, and what was read with it. */
export interface NearBytesFound {
  readonly entry: LivingEntry & {
    /** A moment before its life was read, on the clock of `performance.now()`. */
    readonly atMs: number;
  };
  /** The generations of the tags that it stands on. */
  readonly seen: SeenGenerations;
}

/** What is read: entries, and the tags that they stand on. */
interface WantedBytes {
  readonly storedKeys: readonly string[];
  readonly tags: readonly string[];
}

/** Entries, in the order of their keys, and generations of tags that were read with them. */
interface ReadBytes {
  readonly entries: readonly (LivingEntry | null)[];
  readonly seen: SeenGenerations;
}

/** An entry to keep. */
interface KeptBytes {
  readonly entry: LivingEntry;
  readonly tags: readonly string[];
  readonly seen: SeenGenerations;
  readonly keptMs: number;
}

/** What is made of a read. */
export interface Judged<T> {
  readonly result: T;
  /** How long each entry may be served from the near tier, in milliseconds, in their order; 0: not at all. */
  readonly keptMs: readonly number[];
}

/**
 * Entries of a near tier as bytes, each with what was left of its life. They stand on the tags that their
 * reader names. Entries that were read for their values are not found.
 */
export class NearBytes {
  constructor(
    private readonly near: Near,
    private readonly keyPrefix: string,
  ) {}

  /** Returns an entry that may be served now; its bytes are a copy. Undefined where there is none. */
  find(storedKey: string): NearBytesFound | undefined {
    const content = this.near.tier.find(storedKey)?.content;
    if (!content?.readWith) return undefined;
    const { life, atMs, seen } = content.readWith;
    return { entry: { bytes: copiedBytes(content), life, atMs }, seen };
  }

  /**
   * Asks for entries, and keeps of them what `judge` says. Resolves to its result; rejects as both.
   */
  async read<Found extends ReadBytes, T>(
    { storedKeys, tags }: WantedBytes,
    ask: () => Promise<Found>,
    judge: (found: Found) => Judged<T>,
  ): Promise<T> {
    const fills = storedKeys.map((key) => this.near.begin(key));
    try {
      const found = await ask();
      const { result, keptMs } = judge(found);
      for (const [i, entry] of found.entries.entries())
        if (entry && fills[i] && keptMs[i]! > 0) this.keep(fills[i], { ...found, entry, tags, keptMs: keptMs[i]! });
      return result;
    } finally {
      for (const fill of fills) if (fill) this.near.tier.abandon(fill);
    }
  }

  private keep(fill: Fill, { entry, tags, seen, keptMs }: KeptBytes): void {
    const generations = [...tags, ...(entry.tags ?? [])].map((tag) => generationName(this.keyPrefix, tag));
    // Redis reports names as UTF-8.
    if (![fill.key, ...generations].every(hasUtf8)) return;
    const content = keptWithLife(entry.bytes, { life: entry.life, atMs: fill.atMs, seen });
    this.near.tier.end(fill, { content, lifeMs: keptMs, generations });
  }
}
