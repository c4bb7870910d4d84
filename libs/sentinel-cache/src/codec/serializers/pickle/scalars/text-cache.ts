import type { DecodeBudget } from '../../../budget/decode-budget.js';
import { decodeText } from './pickle-text.js';

const SLOTS = 512;
const LONGEST = 16;

/**
 * Short texts read before, by their bytes: the values of a cache have few keys, and finding one takes a third
 * of the time of making it anew. A text takes the place of another one that its bytes lead to.
 */
export class TextCache {
  private readonly slots: string[] = Array.from({ length: SLOTS }, () => '');

  /**
   * Reads the text of UTF-8 bytes; a new one is counted. Throws a RangeError for bytes that are no UTF-8, an
   * OverBudget beyond the budget.
   */
  read(bytes: Buffer, start: number, end: number, budget: DecodeBudget): string {
    const length = end - start;
    if (length > LONGEST || length === 0) return decodeText(bytes, start, end, budget);
    let hash = length;
    for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + bytes[at]!) | 0;
    const slot = (hash ^ (hash >>> 9)) & (SLOTS - 1);
    const known = this.slots[slot]!;
    if (known.length === length && isSame(known, bytes, start)) return known;
    return (this.slots[slot] = decodeText(bytes, start, end, budget));
  }
}

/** Whether text and bytes are the same ASCII; a character beyond it never is a byte of its own in UTF-8. */
function isSame(text: string, bytes: Buffer, start: number): boolean {
  for (let at = 0; at < text.length; at++) {
    const byte = bytes[start + at]!;
    if (byte > 0x7f || text.charCodeAt(at) !== byte) return false;
  }
  return true;
}
