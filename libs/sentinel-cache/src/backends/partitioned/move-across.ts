import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import { describeCommand } from '../../connection/contract/operation.js';
import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import type { Backend } from '../port/backend.js';
import type { CallOptions } from '../port/call-options.js';
import { tokenOf } from '../port/entry-token.js';
import { halfDone } from '../port/fan-out.js';

/** Pause between two looks while another caller moves the entry. */
const LOOK_AGAIN_MS = 10;

/** An entry, and where it is to be. */
export interface MoveStep {
  readonly source: Pick<Backend, 'getWithLife' | 'compareAndSet' | 'has' | 'locks'>;
  readonly from: string;
  readonly target: Pick<Backend, 'set'>;
  readonly to: string;
  readonly alias: string;
  readonly callDeadlineMs: number;
  /** On the monotonic clock: when the call has to end. */
  readonly endsAtMs: number;
  /** The options of the whole call. */
  readonly options: CallOptions;
  /** The options of a part that begins now. */
  readonly partOptions: () => CallOptions;
}

/**
 * Moves an entry to a key that another server has, which no server does in one step: copies bytes and
 * lifetime, then deletes the source if it is still what was copied; otherwise copies again. A short lock
 * beside the source admits one caller at a time. The entry is always at one of the keys, for a moment at
 * both. Resolves to whether there was one. Rejects with CacheUnavailableError or CommandRejectedError; with
 * `executed: 'unknown'` it may be at both keys.
 */
export async function moveAcross(step: MoveStep): Promise<boolean> {
  const { source, from, callDeadlineMs, endsAtMs, options, partOptions } = step;
  // The NUL keeps the lock apart from every entry's key.
  const [lock, token] = [`${from}\0moving`, randomUUID()];
  // Long enough for a copy and a deletion, each within its deadline; after a crash the lock is soon gone.
  while (!(await source.locks.claim(lock, token, Math.ceil(4 * callDeadlineMs), partOptions()))) {
    if (!(await source.has(from, { ...partOptions(), fresh: true }))) return false;
    if (performance.now() >= endsAtMs) throw late(step, false, 'another caller is moving it.');
    await pause(LOOK_AGAIN_MS);
  }
  // Releasing the lock has a deadline of its own.
  const unlocked = (): Promise<unknown> => source.locks.drop(lock, token, options).catch(() => undefined);
  try {
    const moved = await copyAndDelete(step);
    await unlocked();
    return moved;
  } catch (error) {
    // The caller does not wait for the release: what hung once may hang again.
    void unlocked();
    throw error;
  }
}

async function copyAndDelete(step: MoveStep): Promise<boolean> {
  const { source, from, target, to, alias, endsAtMs, partOptions } = step;
  let copied = false;
  do {
    try {
      const entry = await source.getWithLife(from, partOptions());
      if (!entry) return copied;
      await target.set(to, entry.bytes, entry.life, 'always', partOptions());
      copied = true;
      if (await source.compareAndSet(from, tokenOf(entry.bytes), '', 'already-expired', partOptions())) return true;
    } catch (error) {
      throw copied ? halfDone(error, { alias, done: 1, of: 2 }) : error;
    }
  } while (performance.now() < endsAtMs);
  throw late(step, 'unknown', 'it was copied to the new key, but changes too fast to be deleted at the old one.');
}

function late({ alias, options }: MoveStep, executed: false | 'unknown', why: string): CacheUnavailableError {
  const call = describeCommand({ alias, operation: options.operation, name: 'move' });
  return new CacheUnavailableError('deadline', executed, `${call}: ${why}`, { alias });
}
