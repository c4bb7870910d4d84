import type { LivingEntry } from '../port/backend.js';

/**
 * Makes an entry of its bytes and PTTL. In its last millisecond an entry is still there, with a PTTL of 0.
 */
export function livingEntry(bytes: Buffer, pttl: number | bigint): LivingEntry {
  return { bytes, life: pttl < 0 ? 'forever' : Math.max(1, Number(pttl)) };
}
