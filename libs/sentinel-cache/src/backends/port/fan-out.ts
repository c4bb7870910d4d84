import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import type { FailureTolerance } from './call-options.js';

/**
 * How many parts of one call are under way at a time: fewer than what a gate lets wait
 * (`gate.queuedCommands`).
 */
const AT_A_TIME = 256;

/** How the parts of one call ended. */
export interface Parts<Result> {
  /** In the order of the items; undefined for those that failed, tolerated or not, or were not begun. */
  readonly results: readonly (Result | undefined)[];
  /** Number of parts that succeeded. */
  readonly done: number;
  /**
   * Failures that are not tolerated, in the order in which they came; after the first no further part is
   * begun.
   */
  readonly failures: readonly unknown[];
}

/**
 * Runs a call's parts side by side, a bounded number at a time, and waits for all that were begun. A failure
 * that is tolerated leaves its result undefined. Never rejects.
 */
export async function fanOut<Item, Result>(
  items: readonly Item[],
  run: (item: Item) => Promise<Result>,
  tolerates?: FailureTolerance,
): Promise<Parts<Result>> {
  const results: (Result | undefined)[] = Array.from({ length: items.length }, () => undefined);
  let [next, done] = [0, 0];
  const failures: unknown[] = [];
  const isTolerated = askedOnce(tolerates);
  const work = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const index = next;
      next += 1;
      try {
        results[index] = await run(items[index]!);
        done += 1;
      } catch (error) {
        if (!isTolerated(error)) failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_A_TIME, items.length) }, work));
  return { results, done, failures };
}

/**
 * Asks once for each kind of failure: one call may fail in hundreds of parts for one reason, which is
 * published once.
 */
function askedOnce(tolerates: FailureTolerance | undefined): FailureTolerance {
  const known = new Map<string, boolean>();
  return (failure) => {
    if (!tolerates) return false;
    const { code, reason, redisCode } = failure as { code?: unknown; reason?: unknown; redisCode?: unknown };
    const kind = [code, reason, redisCode].join(' ');
    const isTolerated = known.get(kind) ?? tolerates(failure);
    known.set(kind, isTolerated);
    return isTolerated;
  };
}

/** Groups items, in their order. */
export function groupBy<Item, Group>(items: readonly Item[], groupOf: (item: Item) => Group): Map<Group, Item[]> {
  const groups = new Map<Group, Item[]>();
  for (const item of items) {
    const group = groupOf(item);
    const members = groups.get(group);
    if (members) members.push(item);
    else groups.set(group, [item]);
  }
  return groups;
}

/** Returns the results of a read. Throws its first failure. */
export function wholeRead<Result>({ results, failures }: Parts<Result>): Result[] {
  if (failures.length > 0) throw failures[0];
  return results as Result[];
}

/**
 * Returns the results of a write. Throws its first failure; when some parts may have been carried out, with
 * `executed: 'unknown'`.
 */
export function wholeWrite<Result>(parts: Parts<Result>, alias: string): Result[] {
  const { results, done, failures } = parts;
  if (failures.length === 0) return results as Result[];
  if (results.length === 1 || (done === 0 && failures.every(isUnexecuted))) throw failures[0];
  throw halfDone(failures[0], { alias, done, of: results.length });
}

/** Adds up the counts of the parts of a call; a part whose failure is tolerated counts as 0. */
export function sum(counts: readonly (number | undefined)[]): number {
  return counts.reduce<number>((total, count) => total + (count ?? 0), 0);
}

function isUnexecuted(failure: unknown): boolean {
  return (failure as { executed?: unknown }).executed === false;
}

/** Makes the failure of a write of which some parts may have been carried out. */
export function halfDone(failure: unknown, { alias, done, of }: { alias: string; done: number; of: number }): unknown {
  const options = { alias, cause: failure };
  const { message } = failure as Error;
  const words = `${message} Of ${of} parts of the call, ${done} were carried out.`;
  if (failure instanceof CacheUnavailableError) return new CacheUnavailableError(failure.reason, 'unknown', words, options);
  if (failure instanceof CommandRejectedError)
    return new CommandRejectedError(failure.redisCode, words, { ...options, executed: 'unknown' });
  return failure;
}
