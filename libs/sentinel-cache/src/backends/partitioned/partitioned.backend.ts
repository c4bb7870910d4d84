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
import { msUntil } from '../../time/clock.js';
import type { CallOptions } from '../port/call-options.js';
import { fanOut, groupBy, sum, wholeRead, wholeWrite, type Parts } from '../port/fan-out.js';
import type { LockStore } from '../port/lock-store.js';
import { moveAcross } from './move-across.js';
import type { StructureCommand, StructureStore } from '../port/structure-store.js';

/** Names a group of keys that may go into one call: a slot of a cluster, a node of a ring. */
export type KeyGroup = string | number;

/** Says which place has which keys, where no place has them all. */
export interface Partitions {
  readonly readsMayLag: boolean;
  /** What one call may take, in milliseconds. */
  readonly callDeadlineMs: number;
  groupOf(key: string): KeyGroup;
  /** Whether the parts of one call share its deadline; otherwise each has the deadline of its own place. */
  readonly shareDeadline: boolean;
  /** Returns the backend that has the keys of a group. */
  backendOf(group: KeyGroup): Backend;
  /** Resolves to one backend for each place, each with the keys of that place: for calls about all keys. */
  allBackends(options?: CallOptions): Promise<readonly Backend[]>;
  /**
   * Returns the backend for a command in Redis' own language. Throws CommandRejectedError where none can take
   * it.
   */
  commandOf(name: string, args: readonly (string | Buffer | number)[]): Backend;
}

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
  readonly locks: LockStore = {
    claim: (key, ...rest) => this.backendFor(key).locks.claim(key, ...rest),
    holds: (key, ...rest) => this.backendFor(key).locks.holds(key, ...rest),
    isTaken: (key, ...rest) => this.backendFor(key).locks.isTaken(key, ...rest),
    renew: (key, ...rest) => this.backendFor(key).locks.renew(key, ...rest),
    drop: (key, ...rest) => this.backendFor(key).locks.drop(key, ...rest),
  };
  readonly structures: StructureStore = {
    run: async (command, options) => this.backendOfAll(command, options).structures.run(command, options),
    scan: (scan) => this.backendFor(scan.key).structures.scan(scan),
  };

  constructor(
    private readonly partitions: Partitions,
    private readonly alias: string,
  ) {
    this.readsMayLag = partitions.readsMayLag;
  }

  /** Rejects several keys only where each place rejects its part: otherwise a part could still be written. */
  refused<T>(write: PlannedWrite, options?: CallOptions): Promise<T> | undefined {
    const { partitions } = this;
    const groups = [...this.grouped(write.keys, (key) => key)];
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
    return this.backendFor(key).get(key, options);
  }

  getMany(keys: readonly string[], options?: CallOptions): Promise<(Buffer | null)[]> {
    return this.readMany(keys, (backend, group, part) => backend.getMany(group, part), options);
  }

  getWithLife(key: string, options?: CallOptions): ReturnType<Backend['getWithLife']> {
    return this.backendFor(key).getWithLife(key, options);
  }

  getManyWithLife(keys: readonly string[], options?: CallOptions): Promise<(LivingEntry | null)[]> {
    return this.readMany(keys, (backend, group, part) => backend.getManyWithLife(group, part), options);
  }

  set(key: string, ...rest: Rest<Parameters<Backend['set']>>): Promise<boolean> {
    return this.backendFor(key).set(key, ...rest);
  }

  async setMany(
    entries: readonly (readonly [string, StoredBytes])[],
    lifetime: LivingLifetime,
    options?: CallOptions,
  ): Promise<void> {
    const groups = this.grouped(entries, ([key]) => key);
    const parts = await this.byGroup(groups, (backend, group, part) => backend.setMany(group, lifetime, part), options);
    wholeWrite(parts, this.alias);
  }

  async delete(keys: readonly string[], options?: CallOptions): Promise<number> {
    const groups = this.grouped(keys, (key) => key);
    return sum(
      wholeWrite(await this.byGroup(groups, (backend, group, part) => backend.delete(group, part), options), this.alias),
    );
  }

  has(key: string, options?: CallOptions): Promise<boolean> {
    return this.backendFor(key).has(key, options);
  }

  touch(key: string, ...rest: Rest<Parameters<Backend['touch']>>): Promise<boolean> {
    return this.backendFor(key).touch(key, ...rest);
  }

  expireAt(key: string, ...rest: Rest<Parameters<Backend['expireAt']>>): Promise<boolean> {
    return this.backendFor(key).expireAt(key, ...rest);
  }

  increment(key: string, ...rest: Rest<Parameters<Backend['increment']>>): Promise<string | null> {
    return this.backendFor(key).increment(key, ...rest);
  }

  remaining(key: string, options?: CallOptions): Promise<RemainingLife> {
    return this.backendFor(key).remaining(key, options);
  }

  getWithToken(key: string, options?: CallOptions): ReturnType<Backend['getWithToken']> {
    return this.backendFor(key).getWithToken(key, options);
  }

  compareAndSet(key: string, ...rest: Rest<Parameters<Backend['compareAndSet']>>): Promise<boolean> {
    return this.backendFor(key).compareAndSet(key, ...rest);
  }

  async move(from: string, to: string, options: CallOptions = {}): Promise<boolean> {
    const { partitions, alias } = this;
    const [source, target] = [this.backendFor(from), this.backendFor(to)];
    if (partitions.groupOf(from) === partitions.groupOf(to)) return source.move(from, to, options);
    const { deadlineMs: callDeadlineMs = partitions.callDeadlineMs } = options;
    const [endsAtMs, partOptions] = [performance.now() + callDeadlineMs, this.partOptions(options)];
    return moveAcross({ source, from, target, to, alias, callDeadlineMs, endsAtMs, options, partOptions });
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

  private backendFor(key: string): Backend {
    return this.partitions.backendOf(this.partitions.groupOf(key));
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
    const found = new Map<string, Entry | null>();
    const run = async (backend: Backend, group: readonly string[], part: CallOptions): Promise<void> => {
      const entries = await read(backend, group, part);
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
    run: (backend: Backend, group: readonly Item[], part: CallOptions) => Promise<Result>,
    options: CallOptions = {},
  ): Promise<Parts<Result>> {
    const partOptions = this.partOptions(options);
    return fanOut(
      [...groups],
      ([group, members]) => run(this.partitions.backendOf(group), members, partOptions()),
      options.tolerates,
    );
  }

  /** The options of a part that begins now: what is left of the call's deadline. */
  private partOptions(call: CallOptions): () => CallOptions {
    // A part is one server: there is nothing to tolerate.
    const options: CallOptions = { ...call, tolerates: () => false };
    if (!this.partitions.shareDeadline && options.deadlineMs === undefined) return () => options;
    const endsAtMs = performance.now() + (options.deadlineMs ?? this.partitions.callDeadlineMs);
    return () => ({ ...options, deadlineMs: msUntil(endsAtMs) });
  }
}

/** Parameters after the key. */
type Rest<Args extends readonly unknown[]> = Args extends readonly [unknown, ...infer Others] ? Others : never;
