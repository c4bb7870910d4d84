import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import type { Lifetime } from '../../time/lifetime.js';
import type {
  Backend,
  EntryToken,
  FailureTolerance,
  LivingEntry,
  LivingLifetime,
  PlannedWrite,
  RemainingLife,
  ScanOptions,
  SetCondition,
  StoredBytes,
} from '../port/backend.js';
import { fanOut, groupBy, wholeRead, wholeWrite, type Parts } from '../port/fan-out.js';
import type { LockStore } from '../port/lock-store.js';
import { moveAcross } from './move-across.js';
import type { StructureStore } from '../port/structure-store.js';

/** Names a group of keys that may go into one call: a slot of a cluster, a node of a ring. */
export type KeyGroup = string | number;

/** Where keys are, when no one place has them all. */
export interface Partitions {
  readonly readsMayLag: boolean;
  /** What one call may take, in milliseconds. */
  readonly callDeadlineMs: number;
  groupOf(key: string): KeyGroup;
  /** Keeps the keys of that group. `endsAtMs` (monotonic): when the call of which this is a part has to end. */
  keeperOf(group: KeyGroup, endsAtMs?: number): Backend;
  /** One backend for each place, each with the keys of that place: for calls about all keys. */
  everyone(): Promise<readonly Backend[]>;
  /** Who takes a command in the backend's own language; throws where nobody can say. */
  commandOf(name: string, args: readonly (string | Buffer | number)[]): Backend;
}

/**
 * Bytes that are spread over several places (Redis Cluster, shards): a key's calls go to its place, calls of many keys are taken
 * apart by group and run side by side within one deadline.
 *
 * - `setMany` and `delete` are all or none in each group only. One that ends half-way is rejected with `executed: 'unknown'`.
 * - `move` between groups copies first and deletes then, under a short lock: in between both keys are there.
 * - `scan`, `deleteMatching` and `deleteAll` go to every place.
 */
export class PartitionedBackend implements Backend {
  readonly readsMayLag: boolean;
  readonly locks: LockStore = {
    claim: (key, ...rest) => this.keeper(key).locks.claim(key, ...rest),
    holds: (key, token) => this.keeper(key).locks.holds(key, token),
    isTaken: (key) => this.keeper(key).locks.isTaken(key),
    renew: (key, ...rest) => this.keeper(key).locks.renew(key, ...rest),
    drop: (key, token) => this.keeper(key).locks.drop(key, token),
  };
  readonly structures: StructureStore = {
    run: async (command) => this.keeperOfAll(command.name, command.keys).structures.run(command),
    scan: (scan) => this.keeper(scan.key).structures.scan(scan),
  };

  constructor(
    private readonly partitions: Partitions,
    private readonly alias: string,
    readonly hasty?: Backend,
  ) {
    this.readsMayLag = partitions.readsMayLag;
  }

  /** Several keys are refused where all that have them refuse: of others a part could be written. */
  refused<T>(write: PlannedWrite): Promise<T> | undefined {
    const { partitions } = this;
    const groups = [...this.grouped(write.keys, (key) => key)];
    const whole = groups.length === 1 ? write.takesMoreThan : undefined;
    let first: Promise<T> | undefined;
    for (const [group, keys] of groups) {
      const { operation } = write;
      const refused = partitions.keeperOf(group).refused?.<T>({ operation, keys, ...(whole ? { takesMoreThan: whole } : {}) });
      if (!refused) return undefined;
      refused.catch(() => undefined);
      first ??= refused;
    }
    return first;
  }

  get(key: string, fresh?: boolean): Promise<Buffer | null> {
    return this.keeper(key).get(key, fresh);
  }

  getMany(keys: readonly string[], excuse?: FailureTolerance): Promise<(Buffer | null)[]> {
    return this.readMany(keys, (keeper, group) => keeper.getMany(group), excuse);
  }

  getWithLife(key: string): ReturnType<Backend['getWithLife']> {
    return this.keeper(key).getWithLife(key);
  }

  getManyWithLife(keys: readonly string[], excuse?: FailureTolerance): Promise<(LivingEntry | null)[]> {
    return this.readMany(keys, (keeper, group) => keeper.getManyWithLife(group), excuse);
  }

  set(key: string, bytes: StoredBytes, lifetime: LivingLifetime, condition: SetCondition): Promise<boolean> {
    return this.keeper(key).set(key, bytes, lifetime, condition);
  }

  async setMany(
    entries: readonly (readonly [string, StoredBytes])[],
    lifetime: LivingLifetime,
    excuse?: FailureTolerance,
  ): Promise<void> {
    const run = (keeper: Backend, group: typeof entries): Promise<void> => keeper.setMany(group, lifetime);
    wholeWrite(
      await this.byGroup(
        this.grouped(entries, ([key]) => key),
        run,
        excuse,
      ),
      this.alias,
    );
  }

  async delete(keys: readonly string[], excuse?: FailureTolerance): Promise<number> {
    const run = (keeper: Backend, group: readonly string[]): Promise<number> => keeper.delete(group);
    return sum(
      wholeWrite(
        await this.byGroup(
          this.grouped(keys, (key) => key),
          run,
          excuse,
        ),
        this.alias,
      ),
    );
  }

  has(key: string): Promise<boolean> {
    return this.keeper(key).has(key);
  }

  touch(key: string, lifetime: LivingLifetime): Promise<boolean> {
    return this.keeper(key).touch(key, lifetime);
  }

  expireAt(key: string, atMs: number): Promise<boolean> {
    return this.keeper(key).expireAt(key, atMs);
  }

  increment(key: string, delta: bigint, most?: number): Promise<string | null> {
    return this.keeper(key).increment(key, delta, most);
  }

  remaining(key: string): Promise<RemainingLife> {
    return this.keeper(key).remaining(key);
  }

  getWithToken(key: string): ReturnType<Backend['getWithToken']> {
    return this.keeper(key).getWithToken(key);
  }

  compareAndSet(key: string, token: EntryToken, bytes: StoredBytes, lifetime: Lifetime): Promise<boolean> {
    return this.keeper(key).compareAndSet(key, token, bytes, lifetime);
  }

  async move(from: string, to: string): Promise<boolean> {
    const { partitions, alias } = this;
    const [fromGroup, toGroup] = [partitions.groupOf(from), partitions.groupOf(to)];
    if (fromGroup === toGroup) return this.keeper(from).move(from, to);
    const { callDeadlineMs } = partitions;
    const endsAtMs = performance.now() + callDeadlineMs;
    const [source, target] = [partitions.keeperOf(fromGroup, endsAtMs), partitions.keeperOf(toGroup, endsAtMs)];
    const unlock = (lock: string, token: string): Promise<unknown> => this.keeper(from).locks.drop(lock, token);
    return moveAcross({ source, from, target, to, alias, callDeadlineMs, endsAtMs, unlock });
  }

  async *scan(pattern: string, options?: ScanOptions): AsyncGenerator<readonly Buffer[], void, void> {
    for (const keeper of await this.partitions.everyone()) {
      try {
        yield* keeper.scan(pattern, options);
      } catch (error) {
        if (!options?.excuse?.(error)) throw error;
      }
    }
  }

  async deleteMatching(pattern: string, options?: ScanOptions): Promise<number> {
    const run = (keeper: Backend): Promise<number> => keeper.deleteMatching(pattern, options);
    const parts = await fanOut(await this.partitions.everyone(), run, options?.excuse);
    return sum(wholeWrite(parts, this.alias));
  }

  async deleteAll(): Promise<void> {
    wholeWrite(await fanOut(await this.partitions.everyone(), (keeper) => keeper.deleteAll()), this.alias);
  }

  async command(name: string, args: readonly (string | Buffer | number)[]): Promise<unknown> {
    return this.partitions.commandOf(name, args).command(name, args);
  }

  private keeper(key: string): Backend {
    return this.partitions.keeperOf(this.partitions.groupOf(key));
  }

  /** Who has all of these keys; a command can have keys of one group only. */
  private keeperOfAll(name: string, keys: readonly string[]): Backend {
    const [group, ...others] = new Set(keys.map((key) => this.partitions.groupOf(key)));
    if (others.length > 0)
      throw new CommandRejectedError(
        'CROSSSLOT',
        `Cache '${this.alias}', ${name}: its keys are kept in different places, and one command can have keys of one place only.`,
        { alias: this.alias },
      );
    return this.partitions.keeperOf(group!);
  }

  /** In the order of the keys; a part that was excused has none. */
  private async readMany<Entry>(
    keys: readonly string[],
    read: (keeper: Backend, group: readonly string[]) => Promise<readonly (Entry | null)[]>,
    excuse?: FailureTolerance,
  ): Promise<(Entry | null)[]> {
    const found = new Map<string, Entry | null>();
    const run = async (keeper: Backend, group: readonly string[]): Promise<void> => {
      const entries = await read(keeper, group);
      for (const [index, key] of group.entries()) found.set(key, entries[index] ?? null);
    };
    const groups = this.grouped(keys, (key) => key);
    wholeRead(await this.byGroup(groups, run, excuse));
    return keys.map((key) => found.get(key) ?? null);
  }

  private grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<KeyGroup, Item[]> {
    return groupBy(items, (item) => this.partitions.groupOf(keyOf(item)));
  }

  /** One call for the items of each group, all within the deadline of one call. */
  private byGroup<Item, Result>(
    groups: ReadonlyMap<KeyGroup, readonly Item[]>,
    run: (keeper: Backend, group: readonly Item[]) => Promise<Result>,
    excuse?: FailureTolerance,
  ): Promise<Parts<Result>> {
    const { partitions } = this;
    const endsAtMs = performance.now() + partitions.callDeadlineMs;
    return fanOut([...groups], ([group, members]) => run(partitions.keeperOf(group, endsAtMs), members), excuse);
  }
}

/** A part that was excused counts nothing. */
function sum(numbers: readonly (number | undefined)[]): number {
  return numbers.reduce<number>((total, number) => total + (number ?? 0), 0);
}
