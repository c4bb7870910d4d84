const SYMBOLS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = SYMBOLS.length;
const TEXT = /^-?[0-9A-Za-z]{1,11}$/;

/** A whole number as Django writes timestamps. */
export function toBase62(number: number): string {
  if (number < 0) return `-${toBase62(-number)}`;
  const high = Math.floor(number / BASE);
  return (high > 0 ? toBase62(high) : '') + SYMBOLS[number % BASE]!;
}

/** The number of such a text; undefined when it is none. */
export function fromBase62(text: string): number | undefined {
  if (!TEXT.test(text)) return undefined;
  const isNegative = text.startsWith('-');
  let number = 0;
  for (const symbol of isNegative ? text.slice(1) : text) number = number * BASE + SYMBOLS.indexOf(symbol);
  return isNegative ? -number : number;
}
