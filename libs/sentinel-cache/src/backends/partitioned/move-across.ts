import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import type { Backend } from '../port/backend.js';
import type { CallOptions } from '../port/call-options.js';
import { tokenOf } from '../port/entry-token.js';
import { halfDone } from '../port/fan-out.js';

/** How often one who is not alone looks whether the other has done it. */
const LOOK_AGAIN_MS = 10;

/** An entry, and where it is to be. */
export interface MoveStep {
  readonly source: Backend;
  readonly from: string;
  readonly target: Backend;
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
 * Moves an entry to a key that is kept elsewhere, which no server does in one step: copies bytes and life, then deletes the source if it
 * still is what was copied, else copies again. A short lock beside the source lets one caller at a time do it. Never is the entry
 * nowhere; for a moment it is at both. Whether there was one. Ends half-way as `executed: 'unknown'`: it may be at both then.
 */
export async function moveAcross(step: MoveStep): Promise<boolean> {
  const { source, from, callDeadlineMs, endsAtMs, options, partOptions } = step;
  // A NUL: no entry of anybody's has that key and would look like a lock.
  const [lock, token] = [`${from}\0moving`, randomUUID()];
  // A copy and a deletion, each within its deadline; whoever dies meanwhile leaves nothing for long.
  while (!(await source.locks.claim(lock, token, Math.ceil(4 * callDeadlineMs), partOptions()))) {
    if (!(await source.has(from, { ...partOptions(), fresh: true }))) return false;
    if (performance.now() >= endsAtMs) throw late(step, false, 'somebody else is moving it.');
    await pause(LOOK_AGAIN_MS);
  }
  // The lock is given back in a time of its own.
  const unlocked = (): Promise<unknown> => source.locks.drop(lock, token, options).catch(() => undefined);
  try {
    const moved = await copyAndDelete(step);
    await unlocked();
    return moved;
  } catch (error) {
    // What hung once may hang again: the caller has waited long enough.
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
  throw late(step, 'unknown', 'it was copied to its new key, but changes too fast to be removed from the old one.');
}

function late({ alias }: MoveStep, executed: false | 'unknown', why: string): CacheUnavailableError {
  return new CacheUnavailableError('deadline', executed, `Cache '${alias}', moving an entry: ${why}`, { alias });
}
