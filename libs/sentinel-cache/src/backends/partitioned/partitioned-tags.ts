import type { LivingLifetime } from '../port/backend.js';
import type { CallOptions } from '../port/call-options.js';
import { wholeRead, wholeWrite } from '../port/fan-out.js';
import type { CompanionCondition, CompanionedEntry, CompanionPair, LifeOrEnd, TagStore } from '../port/tag-store.js';
import { moveAcross } from './move-across.js';
import { movesCompanion } from './move-companion.js';
import type { SplitCall } from './split-call.js';

/** Entries and companions of several places: each pair lies on one, each generation on that of its name. */
export class PartitionedTags implements TagStore {
  constructor(
    private readonly split: SplitCall,
    private readonly alias: string,
  ) {}

  async generations(
    names: readonly string[],
    made: readonly string[],
    life: { readonly leastMs: number; readonly lifetime: LivingLifetime },
    options?: CallOptions,
  ): Promise<Buffer[]> {
    const wanted = names.map((name, i) => ({ name, made: made[i]! }));
    const { parts, results } = await this.split.byItem(
      wanted,
      ({ name }) => name,
      ({ companions }, group, part) => {
        const [theirs, ours] = [group.map(({ name }) => name), group.map((each) => each.made)];
        return companions.generations(theirs, ours, life, part);
      },
      // A value must not be stored with a part of its tags.
      { ...options, tolerates: () => false },
    );
    wholeRead(parts);
    return results as Buffer[];
  }

  async write(
    entries: readonly CompanionedEntry[],
    lifetime: LivingLifetime | 'already-expired',
    condition: CompanionCondition,
    options?: CallOptions,
  ): Promise<boolean> {
    const groups = this.split.grouped(entries, ({ key }) => key);
    const parts = await this.split.byGroup(
      groups,
      ({ companions }, group, part) => companions.write(group, lifetime, condition, part),
      options,
    );
    return wholeWrite(parts, this.alias).every((isStored) => isStored !== false);
  }

  async remove(pairs: readonly CompanionPair[], options?: CallOptions): Promise<(Buffer | 'none' | null)[]> {
    const { parts, results } = await this.split.byItem(
      pairs,
      ({ key }) => key,
      ({ companions }, group, part) => companions.remove(group, part),
      options,
    );
    wholeWrite(parts, this.alias);
    return results.map((companion) => companion ?? null);
  }

  touch(pair: CompanionPair, life: LifeOrEnd, options?: CallOptions): Promise<boolean> {
    return this.split.backendFor(pair.key).companions.touch(pair, life, options);
  }

  increment(pair: CompanionPair, delta: bigint, options?: CallOptions): Promise<string | null> {
    return this.split.backendFor(pair.key).companions.increment(pair, delta, options);
  }

  async move(from: CompanionPair, to: CompanionPair, options: CallOptions = {}): Promise<boolean> {
    const { groupOf } = this.split.partitions;
    const [source, target] = [this.split.backendFor(from.key), this.split.backendFor(to.key)];
    if (groupOf(from.key) === groupOf(to.key)) return source.companions.move(from, to, options);
    const step = { from: from.key, to: to.key, alias: this.alias, ...this.split.moving(options) };
    return moveAcross({ ...step, ...movesCompanion({ source, from }, { target, to }) });
  }
}
