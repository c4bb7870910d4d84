import type { Backend } from '../port/backend.js';
import type { CallOptions } from '../port/call-options.js';
import { callSteps, type NextStep } from '../port/call-steps.js';
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

  /**
   * Makes one call for the items of each place, side by side. Resolves to the parts, and to what they brought
   * in the order of the items; `undefined` for those of a part that failed.
   */
  async byItem<Item, Result>(
    items: readonly Item[],
    keyOf: (item: Item) => string,
    run: (backend: Backend, group: readonly Item[], part: CallOptions) => Promise<readonly Result[]>,
    options?: CallOptions,
  ): Promise<{ readonly parts: Parts<unknown>; readonly results: readonly (Result | undefined)[] }> {
    const found = new Map<string, Result | undefined>();
    const each = async (backend: Backend, group: readonly Item[], part: CallOptions): Promise<void> => {
      const results = await run(backend, group, part);
      for (const [i, item] of group.entries()) found.set(keyOf(item), results[i]);
    };
    const parts = await this.byGroup(this.grouped(items, keyOf), each, options);
    return { parts, results: items.map((item) => found.get(keyOf(item))) };
  }

  /** Returns the deadlines of a move between places that begins now. */
  moving(options: CallOptions): Pick<MoveStep, 'callDeadlineMs' | 'endsAtMs' | 'options' | 'partOptions'> {
    const { deadlineMs: callDeadlineMs = this.partitions.callDeadlineMs } = options;
    return { callDeadlineMs, endsAtMs: performance.now() + callDeadlineMs, options, partOptions: this.partOptions(options) };
  }

  /** Returns what gives the options of a part that begins now: what is left of the call's deadline. */
  private partOptions(call: CallOptions): NextStep {
    const { shareDeadline, callDeadlineMs } = this.partitions;
    // A part is one server: there is nothing to tolerate.
    return callSteps({ ...call, tolerates: () => false }, shareDeadline ? callDeadlineMs : undefined);
  }
}
