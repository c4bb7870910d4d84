import type { CallOptions } from '../../backends/port/call-options.js';
import type { Backend, LivingEntry } from '../../backends/port/backend.js';
import { tokenOf } from '../../backends/port/entry-token.js';
import type { CompanionCondition, CompanionPair } from '../../backends/port/tag-store.js';
import type { NextStep } from '../../backends/port/call-steps.js';
import { generationsIn, readCompanion, withCompanion, type Generations } from './companion.js';
import type { TagGenerations } from './tag-generations.js';

/** What was read of a key, before it is known whether its tags have ended. */
interface ReadPair {
  readonly pair: CompanionPair;
  /** The entry's bytes, whatever its state. */
  readonly bytes: Buffer | null;
  /** What stands beside it, whatever entry it belongs to. */
  readonly companion: Buffer | null;
  /** What is left of the entry's life, in milliseconds, where it was asked for. */
  readonly life?: LivingEntry['life'];
}

/** What lies under a key. `ended`: one of its tags was invalidated; for callers it is not there. */
export interface FoundEntry extends ReadPair {
  readonly state: 'absent' | 'living' | 'ended';
  /** Undefined: it has no tags. */
  readonly generations?: Generations;
}

/** Reads entries and companions in one step for each, then the generations of their tags. */
export class EntryFinder {
  constructor(
    private readonly backend: Backend,
    private readonly generations: TagGenerations,
  ) {}

  /**
   * Resolves to what lies under each key, in their order. Rejects with CacheUnavailableError or
   * CommandRejectedError.
   */
  async find(pairs: readonly CompanionPair[], next: NextStep): Promise<FoundEntry[]> {
    const found = await this.backend.getMany(namesOf(pairs), next());
    return this.judge(
      pairs.map((pair, i) => ({ pair, bytes: found[2 * i] ?? null, companion: found[2 * i + 1] ?? null })),
      next,
    );
  }

  /** As `find`, each entry with its life. */
  async findWithLife(pairs: readonly CompanionPair[], next: NextStep): Promise<FoundEntry[]> {
    const found = await this.backend.getManyWithLife(namesOf(pairs), next());
    return this.judge(
      pairs.map((pair, i) => withLife(pair, found[2 * i], found[2 * i + 1])),
      next,
    );
  }

  /**
   * Returns which of these keys have an ended entry. Reads companions, and of entries only those that may
   * have ended; each step within its own deadline.
   */
  async endedAmong(keys: readonly string[], options: CallOptions = {}): Promise<ReadonlySet<string>> {
    const pairs = keys.map(withCompanion);
    const next = (): CallOptions => ({ ...options, fresh: true });
    const beside = await this.backend.getMany(
      pairs.map(({ companion }) => companion),
      next(),
    );
    const sets = beside.map((companion) => companion && generationsIn(companion));
    const areCurrent = await this.generations.areCurrent(sets.map(readable), next);
    const suspects = pairs.filter((_pair, i) => sets[i] === 'unreadable' || !areCurrent[i]);
    const found = suspects.length > 0 ? await this.find(suspects, next) : [];
    return new Set(found.filter(({ state }) => state === 'ended').map(({ pair }) => pair.key));
  }

  private async judge(read: readonly ReadPair[], next: NextStep): Promise<FoundEntry[]> {
    const sets = read.map(({ bytes, companion }) => bytes && readCompanion(companion, bytes));
    const areCurrent = await this.generations.areCurrent(sets.map(readable), next);
    return read.map((each, i): FoundEntry => {
      const set = sets[i];
      if (each.bytes === null) return { ...each, state: 'absent' };
      if (set === 'unreadable' || !areCurrent[i]) return { ...each, state: 'ended' };
      return set ? { ...each, state: 'living', generations: set } : { ...each, state: 'living' };
    });
  }
}

function readable(set: Generations | 'unreadable' | null | undefined): Generations | undefined {
  return set === null || set === 'unreadable' ? undefined : set;
}

function namesOf(pairs: readonly CompanionPair[]): string[] {
  return pairs.flatMap(({ key, companion }) => [key, companion]);
}

function withLife(pair: CompanionPair, entry: LivingEntry | null | undefined, beside: LivingEntry | null | undefined): ReadPair {
  const companion = beside?.bytes ?? null;
  return entry ? { pair, bytes: entry.bytes, companion, life: entry.life } : { pair, bytes: null, companion };
}

/** Returns the bytes of an entry that is there. */
export function livingBytes({ state, bytes }: FoundEntry): Buffer | null {
  return state === 'living' ? bytes : null;
}

/** Returns an entry that is there, of those that were found with their lives. */
export function livingEntry({ state, bytes, life, generations }: FoundEntry): LivingEntry | null {
  if (state !== 'living' || bytes === null || life === undefined) return null;
  return generations ? { bytes, life, tags: [...generations.keys()] } : { bytes, life };
}

/** Returns the condition that an ended entry is still there as it was found. */
export function asFound({ bytes, companion }: FoundEntry): CompanionCondition {
  return { token: tokenOf(bytes), companionToken: tokenOf(companion) };
}

/** Returns the same steps, which store with the generations that a found entry has. */
export function keeping({ generations }: FoundEntry, next: NextStep): NextStep {
  return generations ? () => ({ ...next(), tags: { generations, lifetime: 0 } }) : next;
}
