const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** How many lists and dicts a JSON text opens, in order that nothing is made of one that opens too many. Takes no memory. */
export function countContainers(bytes: Buffer): number {
  let count = 0;
  let isText = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) isText = !isText;
    else if (isText && byte === BACKSLASH) at++;
    else if (!isText && (byte === 0x5b || byte === 0x7b)) count++;
  }
  return count;
}
