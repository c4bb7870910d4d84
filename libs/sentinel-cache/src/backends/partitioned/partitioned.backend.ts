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
  /** Whether the parts of one call have its deadline together; else each has that of its own place. */
  readonly shareDeadline: boolean;
  /** Keeps the keys of that group. */
  keeperOf(group: KeyGroup): Backend;
  /** One backend for each place, each with the keys of that place: for calls about all keys. */
  everyone(options?: CallOptions): Promise<readonly Backend[]>;
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
    holds: (key, ...rest) => this.keeper(key).locks.holds(key, ...rest),
    isTaken: (key, ...rest) => this.keeper(key).locks.isTaken(key, ...rest),
    renew: (key, ...rest) => this.keeper(key).locks.renew(key, ...rest),
    drop: (key, ...rest) => this.keeper(key).locks.drop(key, ...rest),
  };
  readonly structures: StructureStore = {
    run: async (command, options) => this.keeperOfAll(command.name, command.keys).structures.run(command, options),
    scan: (scan) => this.keeper(scan.key).structures.scan(scan),
  };

  constructor(
    private readonly partitions: Partitions,
    private readonly alias: string,
  ) {
    this.readsMayLag = partitions.readsMayLag;
  }

  /** Several keys are refused where all that have them refuse: of others a part could be written. */
  refused<T>(write: PlannedWrite, options?: CallOptions): Promise<T> | undefined {
    const { partitions } = this;
    const groups = [...this.grouped(write.keys, (key) => key)];
    const whole = groups.length === 1 ? write.takesMoreThan : undefined;
    let first: Promise<T> | undefined;
    for (const [group, keys] of groups) {
      const { operation } = write;
      const part = { operation, keys, ...(whole ? { takesMoreThan: whole } : {}) };
      const refused = partitions.keeperOf(group).refused?.<T>(part, options);
      if (!refused) return undefined;
      refused.catch(() => undefined);
      first ??= refused;
    }
    return first;
  }

  get(key: string, options?: CallOptions): Promise<Buffer | null> {
    return this.keeper(key).get(key, options);
  }

  getMany(keys: readonly string[], options?: CallOptions): Promise<(Buffer | null)[]> {
    return this.readMany(keys, (keeper, group, part) => keeper.getMany(group, part), options);
  }

  getWithLife(key: string, options?: CallOptions): ReturnType<Backend['getWithLife']> {
    return this.keeper(key).getWithLife(key, options);
  }

  getManyWithLife(keys: readonly string[], options?: CallOptions): Promise<(LivingEntry | null)[]> {
    return this.readMany(keys, (keeper, group, part) => keeper.getManyWithLife(group, part), options);
  }

  set(key: string, ...rest: Rest<Parameters<Backend['set']>>): Promise<boolean> {
    return this.keeper(key).set(key, ...rest);
  }

  async setMany(
    entries: readonly (readonly [string, StoredBytes])[],
    lifetime: LivingLifetime,
    options?: CallOptions,
  ): Promise<void> {
    const groups = this.grouped(entries, ([key]) => key);
    const parts = await this.byGroup(groups, (keeper, group, part) => keeper.setMany(group, lifetime, part), options);
    wholeWrite(parts, this.alias);
  }

  async delete(keys: readonly string[], options?: CallOptions): Promise<number> {
    const groups = this.grouped(keys, (key) => key);
    return sum(wholeWrite(await this.byGroup(groups, (keeper, group, part) => keeper.delete(group, part), options), this.alias));
  }

  has(key: string, options?: CallOptions): Promise<boolean> {
    return this.keeper(key).has(key, options);
  }

  touch(key: string, ...rest: Rest<Parameters<Backend['touch']>>): Promise<boolean> {
    return this.keeper(key).touch(key, ...rest);
  }

  expireAt(key: string, ...rest: Rest<Parameters<Backend['expireAt']>>): Promise<boolean> {
    return this.keeper(key).expireAt(key, ...rest);
  }

  increment(key: string, ...rest: Rest<Parameters<Backend['increment']>>): Promise<string | null> {
    return this.keeper(key).increment(key, ...rest);
  }

  remaining(key: string, options?: CallOptions): Promise<RemainingLife> {
    return this.keeper(key).remaining(key, options);
  }

  getWithToken(key: string, options?: CallOptions): ReturnType<Backend['getWithToken']> {
    return this.keeper(key).getWithToken(key, options);
  }

  compareAndSet(key: string, ...rest: Rest<Parameters<Backend['compareAndSet']>>): Promise<boolean> {
    return this.keeper(key).compareAndSet(key, ...rest);
  }

  async move(from: string, to: string, options: CallOptions = {}): Promise<boolean> {
    const { partitions, alias } = this;
    const [source, target] = [this.keeper(from), this.keeper(to)];
    if (partitions.groupOf(from) === partitions.groupOf(to)) return source.move(from, to, options);
    const { deadlineMs: callDeadlineMs = partitions.callDeadlineMs } = options;
    const [endsAtMs, partOptions] = [performance.now() + callDeadlineMs, this.partOptions(options)];
    return moveAcross({ source, from, target, to, alias, callDeadlineMs, endsAtMs, options, partOptions });
  }

  async *scan(pattern: string, options?: ScanOptions): AsyncGenerator<readonly Buffer[], void, void> {
    for (const keeper of await this.partitions.everyone(options)) {
      try {
        yield* keeper.scan(pattern, options);
      } catch (error) {
        if (!options?.tolerates?.(error)) throw error;
      }
    }
  }

  async deleteMatching(pattern: string, options?: ScanOptions): Promise<number> {
    const run = (keeper: Backend): Promise<number> => keeper.deleteMatching(pattern, options);
    const parts = await fanOut(await this.partitions.everyone(options), run, options?.tolerates);
    return sum(wholeWrite(parts, this.alias));
  }

  async deleteAll(options?: CallOptions): Promise<void> {
    wholeWrite(await fanOut(await this.partitions.everyone(options), (keeper) => keeper.deleteAll(options)), this.alias);
  }

  async command(name: string, args: readonly (string | Buffer | number)[], options?: CallOptions): Promise<unknown> {
    return this.partitions.commandOf(name, args).command(name, args, options);
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
    read: (keeper: Backend, group: readonly string[], part: CallOptions) => Promise<readonly (Entry | null)[]>,
    options?: CallOptions,
  ): Promise<(Entry | null)[]> {
    const found = new Map<string, Entry | null>();
    const run = async (keeper: Backend, group: readonly string[], part: CallOptions): Promise<void> => {
      const entries = await read(keeper, group, part);
      for (const [index, key] of group.entries()) found.set(key, entries[index] ?? null);
    };
    const groups = this.grouped(keys, (key) => key);
    wholeRead(await this.byGroup(groups, run, options));
    return keys.map((key) => found.get(key) ?? null);
  }

  private grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<KeyGroup, Item[]> {
    return groupBy(items, (item) => this.partitions.groupOf(keyOf(item)));
  }

  /** One call for the items of each group, side by side. */
  private byGroup<Item, Result>(
    groups: ReadonlyMap<KeyGroup, readonly Item[]>,
    run: (keeper: Backend, group: readonly Item[], part: CallOptions) => Promise<Result>,
    options: CallOptions = {},
  ): Promise<Parts<Result>> {
    const partOptions = this.partOptions(options);
    return fanOut(
      [...groups],
      ([group, members]) => run(this.partitions.keeperOf(group), members, partOptions()),
      options.tolerates,
    );
  }

  /** The options of a part that begins now: what is left of the call's deadline. */
  private partOptions(call: CallOptions): () => CallOptions {
    // A part is one server: there is nothing to tolerate.
    const options: CallOptions = { ...call, tolerates: () => false };
    if (!this.partitions.shareDeadline && options.deadlineMs === undefined) return () => options;
    const endsAtMs = performance.now() + (options.deadlineMs ?? this.partitions.callDeadlineMs);
    return () => ({ ...options, deadlineMs: Math.max(1, endsAtMs - performance.now()) });
  }
}

/** Parameters after the key. */
type Rest<Args extends readonly unknown[]> = Args extends readonly [unknown, ...infer Others] ? Others : never;

/** A part that was excused counts nothing. */
function sum(numbers: readonly (number | undefined)[]): number {
  return numbers.reduce<number>((total, number) => total + (number ?? 0), 0);
}
