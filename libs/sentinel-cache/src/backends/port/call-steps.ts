import { msUntil } from '../../time/clock.js';
import type { CallOptions } from './call-options.js';

/** Returns the options of the next step of a call: what is left of its deadline. */
export type NextStep = () => CallOptions;

/** Begins a call of several steps, which share its deadline. Undefined: they take no time. */
export function callSteps(options: CallOptions = {}, callDeadlineMs: number | undefined): NextStep {
  const deadlineMs = options.deadlineMs ?? callDeadlineMs;
  if (deadlineMs === undefined) return () => options;
  const endsAtMs = performance.now() + deadlineMs;
  return () => ({ ...options, deadlineMs: msUntil(endsAtMs) });
}

/** Returns the same steps, which read from the primary. */
export function fresh(next: NextStep): NextStep {
  return () => ({ ...next(), fresh: true });
}
