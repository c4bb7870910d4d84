import type { LivingEntry, RemainingLife } from '../port/backend.js';

/**
 * Makes an entry of its bytes and PTTL. In its last millisecond an entry is still there, with a PTTL of 0.
 */
export function livingEntry(bytes: Buffer, pttl: number | bigint): LivingEntry {
  return { bytes, life: pttl < 0 ? 'forever' : Math.max(1, Number(pttl)) };
}

/** Returns what PTTL says of an entry. Past 2^53 it says a bigint: other programs may have set that. */
export function remainingLife(pttl: number | bigint): RemainingLife {
  const ms = Number(pttl);
  return ms === -2 ? 'missing' : ms === -1 ? 'forever' : Math.max(1, ms);
}
