import { msUntil } from '../../time/clock.js';
import type { Backend } from '../port/backend.js';
import type { CallOptions } from '../port/call-options.js';
import { fanOut, groupBy, type Parts } from '../port/fan-out.js';
import type { MoveStep } from './move-across.js';

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

/** Splits calls by the places that have their keys. */
export class SplitCall {
  constructor(readonly partitions: Partitions) {}

  /** Returns the backend that has a key. */
  backendFor(key: string): Backend {
    return this.partitions.backendOf(this.partitions.groupOf(key));
  }

  /** Groups items by the place of their keys. */
  grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<KeyGroup, Item[]> {
    return groupBy(items, (item) => this.partitions.groupOf(keyOf(item)));
  }

  /** Makes one call for the items of each group, side by side. */
  byGroup<Item, Result>(
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

  /** Returns the deadlines of a move between places that begins now. */
  moving(options: CallOptions): Pick<MoveStep, 'callDeadlineMs' | 'endsAtMs' | 'options' | 'partOptions'> {
    const { deadlineMs: callDeadlineMs = this.partitions.callDeadlineMs } = options;
    return { callDeadlineMs, endsAtMs: performance.now() + callDeadlineMs, options, partOptions: this.partOptions(options) };
  }

  /** Returns what gives the options of a part that begins now: what is left of the call's deadline. */
  private partOptions(call: CallOptions): () => CallOptions {
    // A part is one server: there is nothing to tolerate.
    const options: CallOptions = { ...call, tolerates: () => false };
    if (!this.partitions.shareDeadline && options.deadlineMs === undefined) return () => options;
    const endsAtMs = performance.now() + (options.deadlineMs ?? this.partitions.callDeadlineMs);
    return () => ({ ...options, deadlineMs: msUntil(endsAtMs) });
  }
}
