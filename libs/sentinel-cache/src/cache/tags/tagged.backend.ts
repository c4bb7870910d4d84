import { isUtf8 } from 'node:buffer';

import type {
  Backend,
  EntryToken,
  LivingEntry,
  LivingLifetime,
  PlannedWrite,
  RemainingLife,
  ScanOptions,
  SetCondition,
  StoredBytes,
} from '../../backends/port/backend.js';
import { describeCommand } from '../../connection/contract/operation.js';
import type { CallOptions } from '../../backends/port/call-options.js';
import { deleteInBatches } from '../../backends/port/delete-batches.js';
import { ABSENT, ReadEntry } from '../../backends/port/entry-token.js';
import type { CompanionCondition, LifeOrEnd } from '../../backends/port/tag-store.js';
import { areLeasesUsed } from '../../copies/leases-used.js';
import { isTagName } from '../../keys/tag-names.js';
import type { Clock } from '../../time/clock.js';
import type { Lifetime } from '../../time/lifetime.js';
import { callSteps, fresh, type NextStep } from '../../backends/port/call-steps.js';
import { generationsIn, withCompanion, writeCompanion, type Generations } from './companion.js';
import { afterDeletion, deleteFound } from './delete-found.js';
import { asFound, EntryFinder, keeping, livingBytes, livingEntry, type FoundEntry } from './found-entry.js';
import { outlives, TagGenerations } from './tag-generations.js';
import { TaggedLeases } from './tagged-leases.js';

/** How often a write that another writer was faster than looks again. */
const MOST_LOOKS = 3;

/** What a backend with tags needs to know of its cache. */
export interface TaggedBackendOptions {
  readonly alias: string;
  /** KEY_PREFIX. */
  readonly keyPrefix: string;
  /** What one call may take, in milliseconds. Undefined: it takes no time. */
  readonly callDeadlineMs: number | undefined;
}

/**
 * The same entries, of which those of an invalidated tag are not there: no call finds them, and each write
 * treats them as absent. A write with `tags` stores them, one without stores an entry without tags.
 *
 * A look costs a round trip, and a second one where it finds an entry with tags. What Django writes has no
 * tags, since no companion begins with the token of its bytes.
 */
export class TaggedBackend implements Backend {
  readonly readsMayLag: boolean;
  readonly clock?: Clock;
  readonly locks: Backend['locks'];
  readonly leases: Backend['leases'];
  readonly structures: Backend['structures'];
  readonly companions: Backend['companions'];
  readonly tags: TagGenerations;
  private readonly finder: EntryFinder;

  constructor(
    private readonly inner: Backend,
    private readonly options: TaggedBackendOptions,
  ) {
    this.readsMayLag = inner.readsMayLag;
    if (inner.clock) this.clock = inner.clock;
    this.locks = inner.locks;
    this.leases = new TaggedLeases(this, inner.leases);
    this.structures = inner.structures;
    this.companions = inner.companions;
    this.tags = new TagGenerations(inner, options.keyPrefix);
    this.finder = new EntryFinder(inner, this.tags);
  }

  refused<T>(write: PlannedWrite, options?: CallOptions): Promise<T> | undefined {
    return this.inner.refused?.<T>(write, options);
  }

  async get(key: string, options?: CallOptions): Promise<Buffer | null> {
    return livingBytes(await this.look(key, this.steps(options)));
  }

  async getMany(keys: readonly string[], options?: CallOptions): Promise<(Buffer | null)[]> {
    return (await this.finder.find(keys.map(withCompanion), this.steps(options))).map(livingBytes);
  }

  async getWithLife(key: string, options?: CallOptions): Promise<LivingEntry | null> {
    const [entry] = await this.getManyWithLife([key], options);
    return entry ?? null;
  }

  async getManyWithLife(keys: readonly string[], options?: CallOptions): Promise<(LivingEntry | null)[]> {
    return (await this.finder.findWithLife(keys.map(withCompanion), this.steps(options))).map(livingEntry);
  }

  async getWithToken(key: string, options?: CallOptions): Promise<ReadEntry> {
    return new ReadEntry(livingBytes(await this.look(key, this.steps({ ...options, fresh: true }))));
  }

  async has(key: string, options?: CallOptions): Promise<boolean> {
    const next = this.steps(options);
    const { state } = await this.look(key, next);
    // A set or a hash has no bytes, and is there all the same.
    return state === 'absent' ? this.inner.has(key, next()) : state === 'living';
  }

  async remaining(key: string, options?: CallOptions): Promise<RemainingLife> {
    const next = this.steps(options);
    const [found] = await this.finder.findWithLife([withCompanion(key)], next);
    if (found?.state === 'absent') return this.inner.remaining(key, next());
    return found?.state === 'living' ? found.life! : 'missing';
  }

  async set(
    key: string,
    bytes: StoredBytes,
    lifetime: LivingLifetime,
    condition: SetCondition,
    options?: CallOptions,
  ): Promise<boolean> {
    const next = this.steps(options);
    const write = (when: CompanionCondition): Promise<boolean> => this.write([[key, bytes]], lifetime, when, next);
    if (condition === 'always') return write(condition);
    for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
      const found = await this.look(key, fresh(next));
      if ((found.state === 'living') === (condition === 'nx')) return false;
      if (await write(found.state === 'ended' ? asFound(found) : condition)) return true;
    }
    return false;
  }

  async setMany(
    entries: readonly (readonly [key: string, bytes: StoredBytes])[],
    lifetime: LivingLifetime,
    options?: CallOptions,
  ): Promise<void> {
    await this.write(entries, lifetime, 'always', this.steps(options));
  }

  async compareAndSet(
    key: string,
    token: EntryToken,
    bytes: StoredBytes,
    lifetime: Lifetime,
    options?: CallOptions,
  ): Promise<boolean> {
    const next = this.steps(options);
    const found = await this.look(key, fresh(next));
    if (found.state !== 'ended')
      return this.write([[key, bytes]], lifetime, { token }, options?.keepsTags ? keeping(found, next) : next);
    return token === ABSENT && this.write([[key, bytes]], lifetime, asFound(found), next);
  }

  async delete(keys: readonly string[], options?: CallOptions): Promise<number> {
    const next = this.steps(options);
    if (areLeasesUsed()) await this.inner.leases.end(keys, next());
    const beside = await this.inner.companions.remove(keys.map(withCompanion), next());
    const there = beside.filter((companion) => companion !== null);
    const sets = there.map((companion) => (companion === 'none' ? undefined : generationsIn(companion)));
    const readable = sets.filter((set) => set !== 'unreadable');
    const areCurrent = await afterDeletion(this.options.alias, there.length, () => this.tags.areCurrent(readable, next));
    return areCurrent.filter(Boolean).length;
  }

  async touch(key: string, lifetime: LivingLifetime, options?: CallOptions): Promise<boolean> {
    return this.prolong(key, lifetime, lifetime, options);
  }

  async expireAt(key: string, atMs: number, options?: CallOptions): Promise<boolean> {
    const leftMs = atMs - (this.clock?.wallMs() ?? Date.now());
    return this.prolong(key, { atMs }, Math.max(1, leftMs), options);
  }

  async increment(key: string, delta: bigint, options?: CallOptions): Promise<string | null> {
    const next = this.steps(options);
    const { state, pair } = await this.look(key, fresh(next));
    return state === 'ended' ? null : this.inner.companions.increment(pair, delta, next());
  }

  async move(from: string, to: string, options?: CallOptions): Promise<boolean> {
    const next = this.steps(options);
    const { state, pair } = await this.look(from, fresh(next));
    return state !== 'ended' && this.inner.companions.move(pair, withCompanion(to), next());
  }

  async *scan(pattern: string, options?: ScanOptions): AsyncGenerator<readonly Buffer[], void, void> {
    for await (const batch of this.inner.scan(pattern, options)) {
      const entries = batch.filter((key) => !isTagName(key));
      const ended = await this.finder.endedAmong(entries.filter((key) => isUtf8(key)).map(String), options);
      const keys = ended.size === 0 ? entries : entries.filter((key) => !ended.has(String(key)));
      if (keys.length > 0) yield keys;
    }
  }

  async deleteMatching(pattern: string, options?: ScanOptions): Promise<number> {
    const { alias } = this.options;
    const call = describeCommand({ alias, operation: options?.operation, name: 'SCAN' });
    const found = this.inner.scan(pattern, { ...options, forDeletion: true });
    const from = { alias, inner: this.inner, delete: (keys: readonly string[]) => this.delete(keys, options) };
    return deleteInBatches({ alias, call }, found, (batch) => deleteFound(from, batch, options));
  }

  async deleteAll(options?: CallOptions): Promise<void> {
    await this.inner.deleteAll(options);
  }

  async command(name: string, args: readonly (string | Buffer | number)[], options?: CallOptions): Promise<unknown> {
    return this.inner.command(name, args, options);
  }

  private async prolong(key: string, life: LifeOrEnd, lifetime: LivingLifetime, options?: CallOptions): Promise<boolean> {
    const next = this.steps(options);
    const { state, pair, generations } = await this.look(key, fresh(next));
    if (state === 'ended') return false;
    if (generations) await this.tags.outlive(generations.keys(), lifetime, next());
    return this.inner.companions.touch(pair, life, next());
  }

  private async write(
    entries: readonly (readonly [key: string, bytes: StoredBytes])[],
    lifetime: Lifetime,
    condition: CompanionCondition,
    next: NextStep,
  ): Promise<boolean> {
    // A wait that nothing needs would put what is called next before this.
    const generations = lifetime === 'already-expired' || !next().tags ? undefined : await this.generationsFor(lifetime, next);
    const written = entries.map(([key, bytes]) => {
      const companionBytes = generations?.size ? writeCompanion(bytes, generations) : null;
      return { ...withCompanion(key), bytes, companionBytes };
    });
    return this.inner.companions.write(written, lifetime, condition, next());
  }

  /** Returns the generations that a write is to store, and sees to it that they outlive the entry. */
  private async generationsFor(lifetime: LivingLifetime, next: NextStep): Promise<Generations | undefined> {
    const { tags } = next();
    if (!tags || 'generations' in tags) {
      if (tags && outlives(lifetime, tags.lifetime)) await this.tags.outlive(tags.generations.keys(), lifetime, next());
      return tags?.generations;
    }
    return tags.length === 0 ? undefined : (await this.tags.stamp(tags, lifetime, next())).generations;
  }

  private async look(key: string, next: NextStep): Promise<FoundEntry> {
    const [found] = await this.finder.find([withCompanion(key)], next);
    return found!;
  }

  private steps(options: CallOptions | undefined): NextStep {
    return callSteps(options, this.options.callDeadlineMs);
  }
}
