import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

import type { LivingLifetime } from '../../backends/port/backend.js';
import type { CallOptions } from '../../backends/port/call-options.js';
import type { LockStore } from '../../backends/port/lock-store.js';
import { CacheUnavailableError, type UnavailableReason } from '../../errors/cache-unavailable.error.js';
import { printableKey } from '../../errors/printable.js';
import { LONGEST_TIMER_MS } from '../../time/time-limit.js';
import { LockHold } from './lock-hold.js';
import type { Patience } from './lock-options.js';

/** Which lock, and how to ask for it. */
export interface Sought {
  readonly locks: LockStore;
  readonly calls: CallOptions;
  readonly alias: string;
  /** The stored key. */
  readonly key: string;
  readonly lifetime: LivingLifetime;
  readonly sleepMs: number;
}

/** What ends by itself: whoever waits for a lock waits for its end, too. */
const PASSES: ReadonlySet<UnavailableReason> = new Set([
  'deadline',
  'no-primary',
  'no-sentinel',
  'connection-lost',
  'breaker-open',
  'queue-full',
]);

/**
 * Takes a lock, trying until it is free; undefined when somebody else has it to the end. Each attempt has the deadline of a call.
 *
 * - One token for all attempts: one whose outcome was never told is found again by it, and can't stand in our own way.
 * - With a limit to the waiting an outage is waited out as well; when it outlasts the waiting, or there is no limit, it is told.
 * - Aborted, it leaves no lock behind, as far as Redis can be asked.
 */
export async function seekLock(sought: Sought, { patienceMs, signal }: Patience): Promise<LockHold | undefined> {
  // One signal may end thousands of waits; each takes its listener away, so there is no leak to warn of.
  if (signal instanceof EventTarget) setMaxListeners(0, signal);
  const token = randomBytes(16).toString('hex');
  const endsAtMs = performance.now() + patienceMs;
  let lost = false;
  let unknown: unknown;
  for (;;) {
    if (signal?.aborted) throw aborted(sought, signal, unknown);
    let trouble: unknown;
    const askedAtMs = performance.now();
    try {
      const isOurs = await attempt(sought, token, lost);
      unknown = undefined;
      if (isOurs && signal?.aborted) await sought.locks.drop(sought.key, token, sought.calls);
      else if (isOurs) return new LockHold(token, sought.lifetime === 'forever' ? Infinity : askedAtMs + sought.lifetime);
    } catch (error) {
      trouble = error;
      if (!(error instanceof CacheUnavailableError)) throw unknown ?? error;
      if (error.executed === 'unknown') {
        lost = true;
        unknown ??= error;
      }
      if (patienceMs === Infinity || !PASSES.has(error.reason)) throw unknown ?? error;
    }
    const leftMs = endsAtMs - performance.now();
    if (leftMs <= 0) {
      if (trouble !== undefined) throw unknown ?? trouble;
      return undefined;
    }
    await untilNextAttempt(Math.min(leftMs, sought.sleepMs * (0.75 + Math.random() / 2)), signal);
  }
}

/** `lost`: the reply to an earlier attempt was lost, so our token may already be stored. */
async function attempt({ locks, calls, key, lifetime }: Sought, token: string, lost: boolean): Promise<boolean> {
  if (await locks.claim(key, token, lifetime, calls)) return true;
  if (!lost) return false;
  return lifetime === 'forever' ? locks.holds(key, token, calls) : locks.renew(key, token, lifetime, 'replace', calls);
}

/** Only an abort rejects, which the next round finds. */
async function untilNextAttempt(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await pause(Math.min(ms, LONGEST_TIMER_MS), undefined, signal ? { signal } : {}).catch(() => undefined);
}

function aborted({ alias, key }: Sought, signal: AbortSignal, unknown: unknown): CacheUnavailableError {
  const message = `Cache '${alias}', lock '${printableKey(key)}': the caller aborted the waiting.`;
  return new CacheUnavailableError('aborted', unknown ? 'unknown' : false, message, { alias, cause: signal.reason });
}
