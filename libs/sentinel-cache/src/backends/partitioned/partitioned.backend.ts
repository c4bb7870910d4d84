import { describeCommand } from '../../connection/contract/operation.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import type {
  Backend,
  LivingEntry,
  LivingLifetime,
  PlannedWrite,
  RemainingLife,
  ScanOptions,
  StoredBytes,
} from '../port/backend.js';
import type { CallOptions } from '../port/call-options.js';
import { fanOut, sum, wholeRead, wholeWrite } from '../port/fan-out.js';
import type { LeaseStore } from '../port/lease-store.js';
import type { LockStore } from '../port/lock-store.js';
import { leasesOf, locksOf } from './by-key.js';
import { moveAcross } from './move-across.js';
import { PartitionedTags } from './partitioned-tags.js';
import { SplitCall, type Partitions } from './split-call.js';
import type { StructureCommand, StructureStore } from '../port/structure-store.js';

/**
 * Spreads keys over several places (Redis Cluster, shards). A call about one key goes to its place; a call
 * about many keys is split by group, and its parts run side by side within one deadline.
 *
 * - `setMany` and `delete` are all or none within each group. One that ends half-way rejects with `executed:
 *   'unknown'`.
 * - `move` between groups copies, then deletes, under a short lock: in between both keys exist.
 * - `scan`, `deleteMatching` and `deleteAll` go to every place.
 */
export class PartitionedBackend implements Backend {
  readonly readsMayLag: boolean;
  readonly companions: PartitionedTags;
  readonly locks: LockStore;
  readonly leases: LeaseStore;
  readonly structures: StructureStore = {
    run: async (command, options) => this.backendOfAll(command, options).structures.run(command, options),
    scan: (scan) => this.split.backendFor(scan.key).structures.scan(scan),
  };

  private readonly split: SplitCall;

  constructor(
    private readonly partitions: Partitions,
    private readonly alias: string,
  ) {
    this.readsMayLag = partitions.readsMayLag;
    this.split = new SplitCall(partitions);
    this.companions = new PartitionedTags(this.split, alias);
    this.locks = locksOf(this.split);
    this.leases = leasesOf(this.split, alias);
  }

  /** Rejects several keys only where each place rejects its part: otherwise a part could still be written. */
  refused<T>(write: PlannedWrite, options?: CallOptions): Promise<T> | undefined {
    const { partitions } = this;
    const groups = [...this.split.grouped(write.keys, (key) => key)];
    const whole = groups.length === 1 ? write.takesMoreThan : undefined;
    let first: Promise<T> | undefined;
    for (const [group, keys] of groups) {
      const { operation } = write;
      const part = { operation, keys, ...(whole ? { takesMoreThan: whole } : {}) };
      const refused = partitions.backendOf(group).refused?.<T>(part, options);
      if (!refused) return undefined;
      refused.catch(() => undefined);
      first ??= refused;
    }
    return first;
  }

  get(key: string, options?: CallOptions): Promise<Buffer | null> {
    return this.split.backendFor(key).get(key, options);
  }

  getMany(keys: readonly string[], options?: CallOptions): Promise<(Buffer | null)[]> {
    return this.readMany(keys, (backend, group, part) => backend.getMany(group, part), options);
  }

  getWithLife(key: string, options?: CallOptions): ReturnType<Backend['getWithLife']> {
    return this.split.backendFor(key).getWithLife(key, options);
  }

  getManyWithLife(keys: readonly string[], options?: CallOptions): Promise<(LivingEntry | null)[]> {
    return this.readMany(keys, (backend, group, part) => backend.getManyWithLife(group, part), options);
  }

  set(key: string, ...rest: Rest<Parameters<Backend['set']>>): Promise<boolean> {
    return this.split.backendFor(key).set(key, ...rest);
  }

  async setMany(
    entries: readonly (readonly [string, StoredBytes])[],
    lifetime: LivingLifetime,
    options?: CallOptions,
  ): Promise<void> {
    const groups = this.split.grouped(entries, ([key]) => key);
    const parts = await this.split.byGroup(groups, (backend, group, part) => backend.setMany(group, lifetime, part), options);
    wholeWrite(parts, this.alias);
  }

  async delete(keys: readonly string[], options?: CallOptions): Promise<number> {
    const groups = this.split.grouped(keys, (key) => key);
    return sum(
      wholeWrite(await this.split.byGroup(groups, (backend, group, part) => backend.delete(group, part), options), this.alias),
    );
  }

  has(key: string, options?: CallOptions): Promise<boolean> {
    return this.split.backendFor(key).has(key, options);
  }

  touch(key: string, ...rest: Rest<Parameters<Backend['touch']>>): Promise<boolean> {
    return this.split.backendFor(key).touch(key, ...rest);
  }

  expireAt(key: string, ...rest: Rest<Parameters<Backend['expireAt']>>): Promise<boolean> {
    return this.split.backendFor(key).expireAt(key, ...rest);
  }

  increment(key: string, ...rest: Rest<Parameters<Backend['increment']>>): Promise<string | null> {
    return this.split.backendFor(key).increment(key, ...rest);
  }

  remaining(key: string, options?: CallOptions): Promise<RemainingLife> {
    return this.split.backendFor(key).remaining(key, options);
  }

  getWithToken(key: string, options?: CallOptions): ReturnType<Backend['getWithToken']> {
    return this.split.backendFor(key).getWithToken(key, options);
  }

  compareAndSet(key: string, ...rest: Rest<Parameters<Backend['compareAndSet']>>): Promise<boolean> {
    return this.split.backendFor(key).compareAndSet(key, ...rest);
  }

  async move(from: string, to: string, options: CallOptions = {}): Promise<boolean> {
    const { partitions, alias } = this;
    const [source, target] = [this.split.backendFor(from), this.split.backendFor(to)];
    if (partitions.groupOf(from) === partitions.groupOf(to)) return source.move(from, to, options);
    return moveAcross({ source, from, target, to, alias, ...this.split.moving(options) });
  }

  async *scan(pattern: string, options?: ScanOptions): AsyncGenerator<readonly Buffer[], void, void> {
    for (const backend of await this.partitions.allBackends(options)) {
      try {
        yield* backend.scan(pattern, options);
      } catch (error) {
        if (!options?.tolerates?.(error)) throw error;
      }
    }
  }

  async deleteMatching(pattern: string, options?: ScanOptions): Promise<number> {
    const run = (backend: Backend): Promise<number> => backend.deleteMatching(pattern, options);
    const parts = await fanOut(await this.partitions.allBackends(options), run, options?.tolerates);
    return sum(wholeWrite(parts, this.alias));
  }

  async deleteAll(options?: CallOptions): Promise<void> {
    wholeWrite(await fanOut(await this.partitions.allBackends(options), (backend) => backend.deleteAll(options)), this.alias);
  }

  async command(name: string, args: readonly (string | Buffer | number)[], options?: CallOptions): Promise<unknown> {
    return this.partitions.commandOf(name, args).command(name, args, options);
  }

  /** Returns the backend that has all of these keys; a command can have keys of one group only. */
  private backendOfAll({ name, keys }: StructureCommand, options?: CallOptions): Backend {
    const [group, ...others] = new Set(keys.map((key) => this.partitions.groupOf(key)));
    const { alias } = this;
    if (others.length > 0)
      throw new CommandRejectedError(
        'CROSSSLOT',
        `${describeCommand({ alias, operation: options?.operation, name })}: its keys lie on several servers. Give them a common {tag}.`,
        { alias },
      );
    return this.partitions.backendOf(group!);
  }

  /**
   * Resolves to the entries in the order of the keys; null for those of a part whose failure is tolerated.
   */
  private async readMany<Entry>(
    keys: readonly string[],
    read: (backend: Backend, group: readonly string[], part: CallOptions) => Promise<readonly (Entry | null)[]>,
    options?: CallOptions,
  ): Promise<(Entry | null)[]> {
    const { parts, results } = await this.split.byItem(keys, (key) => key, read, options);
    wholeRead(parts);
    return results.map((entry) => entry ?? null);
  }
}

/** Parameters after the key. */
type Rest<Args extends readonly unknown[]> = Args extends readonly [unknown, ...infer Others] ? Others : never;
