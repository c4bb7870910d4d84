const SIZE = /^\s*(\d+(?:\.\d+)?)\s*(b|kb|mb|gb)?\s*$/i;
const UNITS: Readonly<Record<string, number>> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

/**
 * Reads a size that a user wrote: a whole number of bytes, or text such as `'64mb'`, of which a kilobyte is
 * 1024 bytes. Returns the bytes; undefined for anything else.
 */
export function readByteSize(size: unknown): number | undefined {
  const bytes = typeof size === 'string' ? bytesOfText(size) : size;
  return typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : undefined;
}

/** Returns the words of a problem with a size. `bounds`: which are right, such as `of at least 1 byte`. */
export function sizeExpected(bounds: string): { readonly expected: string; readonly remedy: string } {
  const expected = `a size ${bounds}: a whole number of bytes, or text with its unit`;
  return { expected, remedy: "Write '64mb', '256kb' or 262144." };
}

function bytesOfText(text: string): number | undefined {
  const [, number, unit = 'b'] = SIZE.exec(text) ?? [];
  return number === undefined ? undefined : Math.floor(Number(number) * UNITS[unit.toLowerCase()]!);
}
