import type { LivingEntry } from '../../backends/port/backend.js';
import { hasUtf8 } from '../../keys/format-key.js';
import { generationName } from '../../keys/tag-names.js';
import type { SeenGenerations } from '../tags/tag-generations.js';
import type { Near } from './create-near.js';
import { copiedBytes, keptParts } from './near-store.js';
import type { Fill } from './near-tier.js';

/** An entry of the tier by its parts, and what was read with it. */
export interface NearBytesFound<Value> {
  /** As it was kept, and shared with all who find it. */
  readonly value: Value;
  /** A copy. */
  readonly bytes: Buffer;
  /** What was left of its life, in milliseconds. */
  readonly life: LivingEntry['life'];
  /** A moment before that was read, on the clock of `performance.now()`. */
  readonly atMs: number;
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

/** An entry that was read, and the tags that it stands on. */
interface ReadEntry {
  readonly entry: LivingEntry;
  readonly tags: readonly string[];
  readonly seen: SeenGenerations;
}

/** An entry as it is kept: what its reader made of one part of it, and the bytes of the other. */
export interface KeptBytes {
  /** Texts, numbers, and plain objects and lists of these: anything else is not kept. Nobody changes it. */
  readonly value: unknown;
  /** They are copied. */
  readonly bytes: Buffer;
  /** How long it may be served from the near tier, in milliseconds; 0 or less: not at all. */
  readonly keptMs: number;
}

/** What is made of a read. */
export interface Judged<T> {
  readonly result: T;
  /** What is kept of each entry, in their order. */
  readonly kept: readonly (KeptBytes | undefined)[];
}

/**
 * Entries of a near tier by their parts, each with what was left of its life. They stand on the tags that
 * their reader names. Entries that were read for their values are not found.
 */
export class NearBytes {
  constructor(
    private readonly near: Near,
    private readonly keyPrefix: string,
  ) {}

  /** Returns an entry that may be served now, with the value that `read` kept. Undefined: there is none. */
  find<Value>(storedKey: string): NearBytesFound<Value> | undefined {
    const content = this.near.tier.find(storedKey)?.content;
    if (!content?.readWith) return undefined;
    const { life, atMs, seen } = content.readWith;
    return { value: content.value as Value, bytes: copiedBytes(content), life, atMs, seen };
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
      const { result, kept } = judge(found);
      for (const [i, entry] of found.entries.entries())
        if (entry && fills[i] && kept[i]) this.keep(fills[i], kept[i], { ...found, entry, tags });
      return result;
    } finally {
      for (const fill of fills) if (fill) this.near.tier.abandon(fill);
    }
  }

  private keep(fill: Fill, { value, bytes, keptMs }: KeptBytes, { entry, tags, seen }: ReadEntry): void {
    if (keptMs <= 0) return;
    const generations = [...tags, ...(entry.tags ?? [])].map((tag) => generationName(this.keyPrefix, tag));
    // Redis reports names as UTF-8.
    if (![fill.key, ...generations].every(hasUtf8)) return;
    const content = keptParts(value, bytes, { life: entry.life, atMs: fill.atMs, seen });
    if (content) this.near.tier.end(fill, { content, lifeMs: keptMs, generations });
  }
}
