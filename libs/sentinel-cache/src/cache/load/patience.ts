import { publishIgnoredError } from '../../telemetry/channels.js';
import { waitedInVain } from '../entry/get-or-set.js';
import type { LoadPlan } from './load-plan.js';

/** What one caller waits with. */
export interface Patience<T> {
  readonly alias: string;
  readonly plan: LoadPlan;
  /** The answer when there is no newer one in time. */
  readonly older: { readonly value: T } | undefined;
  /** Called when the caller waits no longer: `aborted` by its own signal, or `answered` otherwise. */
  readonly onLeave: (how: 'answered' | 'aborted') => void;
}

/**
 * Waits for the outcome of a run as long as one caller may. Resolves to its value, or to the older one at the
 * soft or hard timeout, and when the run fails. Rejects as the run does, and with CacheUnavailableError
 * (`deadline`, `aborted`). What becomes of a run that nobody waits for is published.
 */
export function waitFor<T>(outcome: Promise<T>, { alias, plan, older, onLeave }: Patience<T>): Promise<T> {
  const { softMs, hardMs, signal } = plan;
  const publish = (error: unknown): void => publishIgnoredError({ alias, operation: 'getOrSet', error });
  return new Promise<T>((resolve, reject) => {
    let isOver = false;
    const timers: NodeJS.Timeout[] = [];
    const end = (settle: () => void): void => {
      if (isOver) return;
      isOver = true;
      for (const timer of timers) clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      settle();
    };
    const leave = (how: 'answered' | 'aborted', settle: () => void): void => {
      if (isOver) return;
      end(settle);
      onLeave(how);
    };
    const abort = (): void =>
      leave('aborted', () => reject(waitedInVain(alias, 'aborted', 'the caller aborted the call.', signal?.reason)));
    const late = (): void =>
      leave('answered', () => {
        if (older) resolve(older.value);
        else reject(waitedInVain(alias, 'deadline', `no value within ${hardMs} ms (hardTimeout).`));
      });
    outcome.then(
      (value) => end(() => resolve(value)),
      (error: unknown) => {
        if (isOver || older) publish(error);
        end(() => (older ? resolve(older.value) : reject(error)));
      },
    );
    if (older && softMs === 0) return leave('answered', () => resolve(older.value));
    if (older && softMs !== undefined) timers.push(setTimeout(late, softMs));
    if (hardMs !== undefined) timers.push(setTimeout(late, hardMs));
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) abort();
  });
}
