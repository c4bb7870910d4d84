/** From here on an integer of a double may be a rounded one. */
const EXACT = 9007199254740992;

/**
 * Whether JavaScript and Python write a number alike and read the same one back. Others are -0, an int in
 * Python's `-0`; whole numbers from 2^53 on, ints in Python where the digits are written out; NaN and
 * Infinity.
 */
export function isAlike(value: number): boolean {
  return (value | 0) === value ? value !== 0 || !Object.is(value, -0) : value > -EXACT && value < EXACT;
}

/**
 * Returns how many such numbers a list begins with. Loops that see one kind of list take a tenth of the time
 * of those that see all.
 */
export function countAlike(list: readonly unknown[]): number {
  const first = list[0];
  if (typeof first !== 'number') return 0;
  return (first | 0) === first ? countIntegers(list) : countFloats(list);
}

function countIntegers(list: readonly unknown[]): number {
  let at = 0;
  for (; at < list.length; at++) {
    const item = list[at];
    if (typeof item !== 'number' || (item | 0) !== item || (item === 0 && Object.is(item, -0))) break;
  }
  return at;
}

function countFloats(list: readonly unknown[]): number {
  let at = 0;
  for (; at < list.length; at++) {
    const item = list[at];
    if (typeof item !== 'number' || !(item > -EXACT && item < EXACT) || Object.is(item, -0)) break;
  }
  return at;
}
