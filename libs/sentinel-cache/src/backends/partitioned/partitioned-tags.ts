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
    const found = new Map<string, Buffer>();
    const groups = this.split.grouped(wanted, ({ name }) => name);
    const parts = await this.split.byGroup(
      groups,
      async ({ companions }, group, part) => {
        const [theirs, ours] = [group.map(({ name }) => name), group.map((each) => each.made)];
        const generations = await companions.generations(theirs, ours, life, part);
        for (const [i, { name }] of group.entries()) found.set(name, generations[i]!);
      },
      // A value must not be stored with a part of its tags.
      { ...options, tolerates: () => false },
    );
    wholeRead(parts);
    return names.map((name) => found.get(name)!);
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
    const beside = new Map<string, Buffer | 'none' | null>();
    const parts = await this.split.byGroup(
      this.split.grouped(pairs, ({ key }) => key),
      async ({ companions }, group, part) => {
        for (const [i, companion] of (await companions.remove(group, part)).entries()) beside.set(group[i]!.key, companion);
      },
      options,
    );
    wholeWrite(parts, this.alias);
    return pairs.map(({ key }) => beside.get(key) ?? null);
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
