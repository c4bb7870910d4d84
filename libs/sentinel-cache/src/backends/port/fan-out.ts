import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import type { FailureTolerance } from './call-options.js';

/** How many parts of one call are under way at a time: fewer than what a gate lets wait (`gate.queuedCommands`). */
const AT_A_TIME = 256;

/** How the parts of one call ended. */
export interface Parts<Result> {
  /** By the place of the item; undefined for those that failed, excused or not, or were not tried any more. */
  readonly results: readonly (Result | undefined)[];
  readonly done: number;
  /** In the order in which they came; after the first no further part is begun. */
  readonly failures: readonly unknown[];
}

/**
 * Runs a call's parts side by side, a bounded number at a time, and waits for all that were begun. A failure that is excused
 * is none, and leaves its result undefined. Never rejects.
 */
export async function fanOut<Item, Result>(
  items: readonly Item[],
  run: (item: Item) => Promise<Result>,
  excuse?: FailureTolerance,
): Promise<Parts<Result>> {
  const results: (Result | undefined)[] = Array.from({ length: items.length }, () => undefined);
  let [next, done] = [0, 0];
  const failures: unknown[] = [];
  const isExcused = excusedOnce(excuse);
  const work = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const index = next;
      next += 1;
      try {
        results[index] = await run(items[index]!);
        done += 1;
      } catch (error) {
        if (!isExcused(error)) failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_A_TIME, items.length) }, work));
  return { results, done, failures };
}

/** One call may fail in hundreds of parts for one reason: whoever excuses that, and publishes it, is asked once. */
function excusedOnce(excuse: FailureTolerance | undefined): FailureTolerance {
  const known = new Map<string, boolean>();
  return (failure) => {
    if (!excuse) return false;
    const { code, reason, redisCode } = failure as { code?: unknown; reason?: unknown; redisCode?: unknown };
    const kind = [code, reason, redisCode].join(' ');
    const excused = known.get(kind) ?? excuse(failure);
    known.set(kind, excused);
    return excused;
  };
}

/** The items by their group, in their order. */
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

/** The results of a read; its first failure is the call's. */
export function wholeRead<Result>({ results, failures }: Parts<Result>): Result[] {
  if (failures.length > 0) throw failures[0];
  return results as Result[];
}

/**
 * The results of a write. When some of its parts may have been carried out the failure says so: `executed` is `'unknown'` then, since
 * neither "all" nor "nothing" is true.
 */
export function wholeWrite<Result>(parts: Parts<Result>, alias: string): Result[] {
  const { results, done, failures } = parts;
  if (failures.length === 0) return results as Result[];
  if (results.length === 1 || (done === 0 && failures.every(isUnexecuted))) throw failures[0];
  throw halfDone(failures[0], { alias, done, of: results.length });
}

function isUnexecuted(failure: unknown): boolean {
  return (failure as { executed?: unknown }).executed === false;
}

/** The failure of a write of which some parts may have been carried out. */
export function halfDone(failure: unknown, { alias, done, of }: { alias: string; done: number; of: number }): unknown {
  const options = { alias, cause: failure };
  const words = `${done} of ${of} parts were carried out, then: `;
  if (failure instanceof CacheUnavailableError)
    return new CacheUnavailableError(failure.reason, 'unknown', words + failure.message, options);
  if (failure instanceof CommandRejectedError)
    return new CommandRejectedError(failure.redisCode, words + failure.message, { ...options, executed: 'unknown' });
  return failure;
}
