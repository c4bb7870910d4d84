import { crc16, hasHashTag, keySlot } from './key-slot.js';

/** Signs whose lowest four bits are free: '@' to 'O'. No brace is among them. */
const FIRST_SIGN = 0x40;
const SIGNS = 4;
const SLOT_BITS = 14;
const SLOT_MASK = (1 << SLOT_BITS) - 1;

/** For each bit of a slot, which of the 16 free bits change that bit alone. */
const BITS: readonly number[] = solve();

/**
 * Completes a name that begins with a stored key so that it lies in the key's slot. Where the key has a hash
 * tag, the name has it, too. Otherwise four signs are added: CRC16 is linear, so that the signs
 * for any slot can be computed.
 */
export function inSlotOf(storedKey: string, stem: string): string {
  if (hasHashTag(storedKey)) return stem;
  const signs = Buffer.alloc(SIGNS, FIRST_SIGN);
  let difference = (keySlot(storedKey) ^ crc16(Buffer.from(stem + signs.toString('latin1')))) & SLOT_MASK;
  for (let bit = 0; difference !== 0; bit += 1, difference >>= 1) if (difference & 1) flip(signs, BITS[bit]!);
  return stem + signs.toString('latin1');
}

/** Flips the free bits that a number names: its lowest four are those of the first sign. */
function flip(signs: Buffer, bits: number): void {
  for (let i = 0; i < SIGNS; i += 1) signs[i]! ^= (bits >> (4 * i)) & 0xf;
}

/** Solves by Gaussian elimination over the two-element field. */
function solve(): number[] {
  const rows: { effect: number; bits: number; isUsed: boolean }[] = [];
  for (let free = 0; free < 4 * SIGNS; free += 1) {
    const signs = Buffer.alloc(SIGNS);
    flip(signs, 1 << free);
    rows.push({ effect: crc16(signs) & SLOT_MASK, bits: 1 << free, isUsed: false });
  }
  return Array.from({ length: SLOT_BITS }, (_each, bit) => {
    const pivot = rows.find((row) => !row.isUsed && (row.effect >> bit) & 1)!;
    pivot.isUsed = true;
    for (const row of rows) {
      if (row === pivot || !((row.effect >> bit) & 1)) continue;
      row.effect ^= pivot.effect;
      row.bits ^= pivot.bits;
    }
    return pivot;
  }).map(({ bits }) => bits);
}
