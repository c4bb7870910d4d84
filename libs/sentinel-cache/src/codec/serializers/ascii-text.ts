/** Whether all of the bytes are ASCII. */
export function isAscii(bytes: Buffer, start: number, end: number): boolean {
  let all = 0;
  for (let at = start; at < end; at++) all |= bytes[at]!;
  return all < 0x80;
}

/** What `toString('latin1')` of Node's Buffer calls after half its time. */
interface LatinBuffer extends Buffer {
  latin1Slice(start: number, end: number): string;
}

/**
 * Reads the text of bytes that are ASCII. Up to 12 by hand: a call into V8's own decoder takes longer than
 * that.
 */
export function asciiText(bytes: Buffer, start: number, end: number): string {
  if (end - start > 12) return (bytes as LatinBuffer).latin1Slice(start, end);
  let at = start;
  let text = '';
  for (; at + 4 <= end; at += 4) text += String.fromCharCode(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!);
  switch (end - at) {
    case 1:
      return text + String.fromCharCode(bytes[at]!);
    case 2:
      return text + String.fromCharCode(bytes[at]!, bytes[at + 1]!);
    case 3:
      return text + String.fromCharCode(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!);
    default:
      return text;
  }
}
