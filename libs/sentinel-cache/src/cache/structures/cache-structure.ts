import type { Backend, StoredBytes } from '../../backends/port/backend.js';
import { eachBatch } from '../../backends/port/surround-backend.js';
import type { DecodeBudget } from '../../codec/budget/decode-budget.js';
import type { StructureScan } from '../../backends/port/structure-store.js';
import type { ReplyShape } from '../../connection/resp/reply-shape.js';
import type { CacheKey } from '../../keys/format-key.js';
import type { VersionOptions } from '../entry/cache-options.js';
import { NO_VALUE, type EntrySpace } from '../entry/entry-space.js';
import type { OutagePolicy } from '../entry/outage-policy.js';

/** Options for going through a set, hash or sorted set that may be large. */
export interface IterateOptions extends VersionOptions {
  /**
   * Approximate number of members that a round trip looks at, 1 to 10 000. Omitted:
   * DJANGO_REDIS_SCAN_ITERSIZE, 500.
   */
  readonly count?: number;
  /** Stops between two round trips, with a CacheUnavailableError whose reason is `aborted`. */
  readonly signal?: AbortSignal;
}

/** Members of a set, each a value of its own. */
export type Members = readonly unknown[] | ReadonlySet<unknown>;

type StructureArguments = readonly (StoredBytes | number)[];

/** One command: the keys come first among the arguments. */
export interface StructureCall<T, Reply> {
  readonly name: string;
  readonly keys: readonly string[];
  /** A function where values are serialised: a write that would be rejected at once does not call it. */
  readonly args?: StructureArguments | (() => StructureArguments);
  readonly reply: ReplyShape<Reply>;
  readonly result: (reply: Reply) => T;
  /** The answer during an outage with IGNORE_EXCEPTIONS. */
  readonly neutral: T;
}

/**
 * The base of sets, hashes and sorted sets: names are keys of the cache; members and values are encoded as
 * its values are.
 */
export abstract class CacheStructure {
  /** @internal */
  constructor(
    /** @internal */ protected readonly space: EntrySpace,
    /** @internal */ protected readonly backend: Backend,
    /** @internal */ protected readonly policy: OutagePolicy,
  ) {}

  /** @internal */
  protected keyOf(name: CacheKey, { version }: VersionOptions): string {
    return this.space.storedKey(name, version);
  }

  /** Returns stored keys. Throws InvalidArgumentError when there is none. @internal */
  protected keysOf(names: readonly CacheKey[], { version }: VersionOptions): string[] {
    if (!Array.isArray(names) || names.length === 0)
      throw this.space.invalid('names: expected an array of at least one name. Write [name] for one.');
    return names.map((name) => this.space.storedKey(name, version));
  }

  /**
   * Returns members as a list. Throws InvalidArgumentError, also for text, which would count as its letters.
   * @internal
   */
  protected listOf(members: Members): readonly unknown[] {
    const isList = Array.isArray(members) || members instanceof Set;
    if (!isList) throw this.space.invalid('members: expected an array or a Set of them. Write [member] for one.');
    return [...(members as Iterable<unknown>)];
  }

  /** @internal */
  protected encodeAll(members: readonly unknown[], key: string): StoredBytes[] {
    return members.map((member) => this.space.encode(member, key));
  }

  /** The value; undefined when there is none. @internal */
  protected one<T>(reply: Buffer | null, key: string, budget?: DecodeBudget): T | undefined {
    const value = reply === null ? NO_VALUE : this.space.readable(reply, key, budget);
    return value === NO_VALUE ? undefined : (value as T);
  }

  /** @internal */
  protected many<T>(reply: readonly Buffer[], key: string, budget = this.space.newBudget()): T[] {
    return reply.map((bytes) => this.space.readable(bytes, key, budget)).filter((value) => value !== NO_VALUE) as T[];
  }

  /** @internal */
  protected setOf<T>(reply: readonly Buffer[], key: string): Set<T> {
    const budget = this.space.newBudget();
    return this.space.setOf(this.many<T>(reply, key, budget), key, budget);
  }

  /** @internal */
  protected read<T, Reply>(call: StructureCall<T, Reply>): Promise<T> {
    return this.run('read', call);
  }

  /** @internal */
  protected write<T, Reply>(call: StructureCall<T, Reply>): Promise<T> {
    return this.run('write', call);
  }

  /** With IGNORE_EXCEPTIONS an outage ends it early. @internal */
  protected batches(scan: StructureScan): AsyncGenerator<readonly Buffer[], void, void> {
    const { name, count, signal } = scan;
    const checked = { ...this.space.scanCount('count', count), ...this.space.signalOf('iterate', signal) };
    const options = { ...scan, ...this.policy.calls(name), ...checked };
    const batches = this.backend.structures.scan(options);
    return eachBatch(batches, (next) => this.policy.answerWith(scan.name.toLowerCase(), undefined, next));
  }

  private run<T, Reply>(kind: 'read' | 'write', call: StructureCall<T, Reply>): Promise<T> {
    const { name, keys, args = [], reply, result, neutral } = call;
    const { backend, policy } = this;
    const calls = policy.calls(name);
    return policy.answerWith(name.toLowerCase(), neutral, async () => {
      const refused = kind === 'write' ? backend.refused?.<never>({ operation: 'command', keys }, calls) : undefined;
      if (refused) return refused;
      const made = typeof args === 'function' ? args() : args;
      const command = { kind, name, keys, args: [...keys, ...made], reply };
      return result((await backend.structures.run(command, calls)) as Reply);
    });
  }
}

/** Returns a reply that is the result already. */
export function asItIs<T>(reply: T): T {
  return reply;
}

/** Reads a reply of 0 or 1. */
export function isOne(reply: number): boolean {
  return reply === 1;
}
