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
import type { WaitLimit } from './lock-options.js';

/** Which lock to acquire, and how. */
export interface LockRequest {
  readonly locks: LockStore;
  readonly calls: CallOptions;
  readonly alias: string;
  /** The stored key. */
  readonly key: string;
  readonly lifetime: LivingLifetime;
  readonly sleepMs: number;
}

/** Outages that pass by themselves: a caller with a limit to its waiting waits them out. */
const TEMPORARY: ReadonlySet<UnavailableReason> = new Set([
  'deadline',
  'no-primary',
  'no-sentinel',
  'connection-lost',
  'breaker-open',
  'queue-full',
]);

/**
 * Acquires a lock, and tries until it is free. Resolves to undefined when another holder keeps it to the end.
 * Each attempt has the deadline of a call.
 *
 * - All attempts have one token: an attempt whose reply was lost is found again by it, and can't block our
 *   own.
 * - With a limit, an outage is waited out, too. Rejects with CacheUnavailableError when it outlasts the
 *   limit, or there is no limit.
 * - Rejects with CacheUnavailableError (`aborted`) when the signal aborts; deletes the lock then, as far as
 *   Redis answers.
 */
export async function acquireLock(request: LockRequest, { waitMs, signal }: WaitLimit): Promise<LockHold | undefined> {
  // One signal may end thousands of waits; each removes its listener, so there is no leak to warn of.
  if (signal instanceof EventTarget) setMaxListeners(0, signal);
  const token = randomBytes(16).toString('hex');
  const endsAtMs = performance.now() + waitMs;
  let lost = false;
  let unknown: unknown;
  for (;;) {
    if (signal?.aborted) throw aborted(request, signal, unknown);
    let outage: unknown;
    const askedAtMs = performance.now();
    try {
      const isOurs = await attempt(request, token, lost);
      unknown = undefined;
      if (isOurs && signal?.aborted) await request.locks.drop(request.key, token, request.calls);
      else if (isOurs) return new LockHold(token, request.lifetime === 'forever' ? Infinity : askedAtMs + request.lifetime);
    } catch (error) {
      outage = error;
      if (!(error instanceof CacheUnavailableError)) throw unknown ?? error;
      if (error.executed === 'unknown') {
        lost = true;
        unknown ??= error;
      }
      if (waitMs === Infinity || !TEMPORARY.has(error.reason)) throw unknown ?? error;
    }
    const leftMs = endsAtMs - performance.now();
    if (leftMs <= 0) {
      if (outage !== undefined) throw unknown ?? outage;
      return undefined;
    }
    await untilNextAttempt(Math.min(leftMs, request.sleepMs * (0.75 + Math.random() / 2)), signal);
  }
}

/** `lost`: the reply to an earlier attempt was lost, so our token may already be stored. */
async function attempt({ locks, calls, key, lifetime }: LockRequest, token: string, lost: boolean): Promise<boolean> {
  if (await locks.claim(key, token, lifetime, calls)) return true;
  if (!lost) return false;
  return lifetime === 'forever' ? locks.holds(key, token, calls) : locks.renew(key, token, lifetime, 'replace', calls);
}

/** Never rejects: an abort ends the pause, and the next round sees it. */
async function untilNextAttempt(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await pause(Math.min(ms, LONGEST_TIMER_MS), undefined, signal ? { signal } : {}).catch(() => undefined);
}

function aborted({ alias, key }: LockRequest, signal: AbortSignal, unknown: unknown): CacheUnavailableError {
  const message = `Cache '${alias}', lock '${printableKey(key)}': the caller aborted it.`;
  return new CacheUnavailableError('aborted', unknown ? 'unknown' : false, message, { alias, cause: signal.reason });
}
