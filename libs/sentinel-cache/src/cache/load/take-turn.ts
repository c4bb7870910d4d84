import { randomUUID } from 'node:crypto';

import type { LivingEntry } from '../../backends/port/backend.js';
import type { LeaseClaim } from '../../backends/port/lease-store.js';
import { ignoringOutage } from '../entry/ignored-errors.js';
import { waitedInVain, WAIT_LIMIT_MS } from '../entry/get-or-set.js';
import { HeldLease } from './held-lease.js';
import type { LoadCall } from './loads.js';

/** While another process holds the lease it is asked this often, whether or not a message came. */
const SAFETY_MS = 1000;

/**
 * `ours`: make the value under this lease, in place of the entry. `found`: another process has made it.
 * `alone`: make it without a lease, since nobody answers or the holder takes too long.
 */
export type Turn =
  | { readonly kind: 'ours'; readonly lease: HeldLease; readonly entry: LivingEntry | null }
  | { readonly kind: 'found'; readonly entry: LivingEntry }
  | { readonly kind: 'alone' };

/** Which entries need no new value. */
export interface TurnGoal {
  /** As `LeaseRequest.unlessLivesMs`. */
  readonly unlessLivesMs: number | undefined;
  /** Whether an entry is the answer, where its life alone does not tell. */
  readonly isAnswer: (entry: LivingEntry) => boolean;
}

/**
 * Claims the lease of a key; while another process has it, waits until that gives it back or dies. Rejects
 * with CacheUnavailableError after the hard timeout (`deadline`) or when the signal aborts (`aborted`), and
 * with CommandRejectedError. Without a hard timeout it waits 30 seconds, and then makes its own.
 */
export async function takeTurn<T>(call: LoadCall<T>, goal: TurnGoal, signal: AbortSignal): Promise<Turn> {
  const { backend, space, key, plan, calls } = call;
  const { leases } = backend;
  const { alias } = space;
  const ms = plan.leaseMs!;
  const request = { token: randomUUID(), ms, unlessLivesMs: goal.unlessLivesMs };
  const endsAtMs = performance.now() + (plan.hardMs ?? WAIT_LIMIT_MS);
  const waiter = new Waiter(signal);
  try {
    for (;;) {
      const claim = await ignoringOutage<LeaseClaim>(alias, () => leases.claim(key, request, calls));
      if (!claim) return { kind: 'alone' };
      const lease = new HeldLease({ leases, alias, key, calls, token: request.token, ms });
      const { entry } = claim;
      if (claim.lease === 'needless' || (entry && goal.isAnswer(entry))) {
        if (claim.lease === 'ours') lease.end();
        return { kind: 'found', entry: entry! };
      }
      if (claim.lease === 'ours') return { kind: 'ours', lease, entry };
      const leftMs = endsAtMs - performance.now();
      if (leftMs <= 0 && plan.hardMs === undefined) return { kind: 'alone' };
      if (leftMs <= 0) throw waitedInVain(alias, 'deadline', 'another process has not made this value within hardTimeout.');
      waiter.listen((wake) => leases.listen(key, wake));
      await waiter.wait(Math.min(leftMs, SAFETY_MS, claim.lease + 1));
      if (signal.aborted) throw waitedInVain(alias, 'aborted', 'all callers have aborted.', signal.reason);
    }
  } finally {
    waiter.stop();
  }
}

/**
 * Waits for a message, a time, or a signal, whichever comes first. A message that comes between two waits
 * ends the next one at once.
 */
class Waiter {
  private hasMessage = false;
  private wake: (() => void) | undefined;
  private unlisten: (() => void) | undefined;

  constructor(private readonly signal: AbortSignal) {}

  /** Begins to listen, once. */
  listen(listen: (wake: () => void) => () => void): void {
    this.unlisten ??= listen(() => {
      this.hasMessage = true;
      this.wake?.();
    });
  }

  async wait(ms: number): Promise<void> {
    if (!this.hasMessage && !this.signal.aborted) await this.pause(ms);
    this.hasMessage = false;
  }

  stop(): void {
    this.unlisten?.();
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.wake = undefined;
        this.signal.removeEventListener('abort', end);
        resolve();
      };
      // A program may exit while a caller waits.
      const timer = setTimeout(end, Math.max(1, ms));
      timer.unref();
      this.wake = end;
      this.signal.addEventListener('abort', end, { once: true });
    });
  }
}
