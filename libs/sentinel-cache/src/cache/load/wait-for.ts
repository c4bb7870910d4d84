import type { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { publishIgnoredError } from '../../telemetry/channels.js';
import { waitedInVain } from '../entry/get-or-set.js';
import type { AbortListeners } from './abort-listeners.js';
import type { LoadCaller } from './load-caller.js';
import type { LoadPlan } from './load-plan.js';

/** What one caller waits for, and how long. */
export interface Waiting<T> {
  readonly alias: string;
  readonly plan: LoadPlan;
  readonly aborts: AbortListeners;
  /** The answer when there is no newer one in time. */
  readonly older: { readonly value: T } | undefined;
  readonly caller: Pick<LoadCaller<T>, 'newer' | 'hasBegun' | 'leave'>;
}

/**
 * Waits for the outcome of a run as long as one caller may. Resolves to its value; at the soft or hard
 * timeout to the one that is made and not stored yet, or else to the older one, as when the run fails.
 * Rejects as the run does, and with CacheUnavailableError (`deadline`, `aborted`). What becomes of a run that
 * nobody waits for is published.
 */
export function waitFor<T>(outcome: Promise<T>, { alias, plan, aborts, older, caller }: Waiting<T>): Promise<T> {
  const { softMs, hardMs, signal } = plan;
  const publish = (error: unknown): void => publishIgnoredError({ alias, operation: 'getOrSet', error });
  return new Promise<T>((resolve, reject) => {
    let isOver = false;
    const timers: NodeJS.Timeout[] = [];
    let unlisten: (() => void) | undefined;
    const end = (settle: () => void): void => {
      if (isOver) return;
      isOver = true;
      for (const timer of timers) clearTimeout(timer);
      unlisten?.();
      settle();
    };
    const leave = (how: 'answered' | 'aborted', settle: () => void): void => {
      if (isOver) return;
      end(settle);
      caller.leave(how);
    };
    const abort = (): void => leave('aborted', () => reject(abortedBy(signal, alias)));
    const answerOr = async (error: () => unknown): Promise<T> => {
      const answer = caller.newer ?? older;
      return answer ? answer.value : Promise.reject(error());
    };
    const tooLate = (): unknown => waitedInVain(alias, 'deadline', `no value within ${hardMs} ms (hardTimeout).`);
    const late = (): void => leave('answered', () => resolve(answerOr(tooLate)));
    outcome.then(
      (value) => end(() => resolve(value)),
      (error: unknown) => {
        // The failure of a run that nobody waits for is published once.
        if (isOver ? caller.hasBegun : older) publish(error);
        // A value may be made when the wait for another caller's run ends a moment before our timer does.
        end(() => resolve(answerOr(() => error)));
      },
    );
    if (older && softMs === 0) return leave('answered', () => resolve(older.value));
    if (older && softMs !== undefined) timers.push(setTimeout(late, softMs));
    if (hardMs !== undefined) timers.push(setTimeout(late, hardMs));
    if (signal?.aborted) abort();
    else if (signal) unlisten = aborts.listen(signal, abort);
  });
}

/**
 * Does work that others may share. Rejects as it does, and with CacheUnavailableError (`aborted`) as soon as
 * the signal aborts; one that has aborted already does none.
 */
export async function unlessAborted<T>(
  work: () => Promise<T>,
  { alias, plan: { signal }, aborts }: Pick<Waiting<T>, 'alias' | 'plan' | 'aborts'>,
): Promise<T> {
  if (!signal) return work();
  if (signal.aborted) throw abortedBy(signal, alias);
  return new Promise<T>((resolve, reject) => {
    const unlisten = aborts.listen(signal, () => reject(abortedBy(signal, alias)));
    work().then(resolve, reject).finally(unlisten);
  });
}

function abortedBy(signal: AbortSignal | undefined, alias: string): CacheUnavailableError {
  return waitedInVain(alias, 'aborted', 'the caller aborted the call.', signal?.reason);
}
