/**
 * Bytes of at least this length are sent as they are; shorter ones are copied, which costs less than one more
 * write.
 */
const LONG_BYTES = 4096;

/**
 * A command as it is sent. Each character of a text is one byte (`latin1`); long bytes stand between two
 * texts, not copied.
 */
export type EncodedCommand = string | readonly (string | Buffer)[];

/**
 * Encodes a command as RESP's array of strings, the form in which servers read commands. Arguments that are
 * neither text nor bytes are sent as their text, null and undefined as none, and lists item by item.
 *
 * @throws RangeError for more text than a string can hold.
 */
export function encodeCommand(name: string, args: readonly unknown[]): EncodedCommand {
  const flat = args.some(Array.isArray) ? args.flat() : args;
  const parts: (string | Buffer)[] = [];
  let text = `*${flat.length + 1}\r\n${encodeText(name)}`;
  for (const arg of flat) {
    if (typeof arg === 'string' && arg.length < LONG_BYTES) text += encodeText(arg);
    else if (typeof arg === 'number') text += encodeText(numberText(arg));
    else {
      const bytes = bytesOf(arg);
      if (bytes.length < LONG_BYTES) text += `$${bytes.length}\r\n${bytes.toString('latin1')}\r\n`;
      else {
        parts.push(`${text}$${bytes.length}\r\n`, bytes);
        text = '\r\n';
      }
    }
  }
  if (parts.length === 0) return text;
  parts.push(text);
  return parts;
}

function encodeText(text: string): string {
  const length = Buffer.byteLength(text);
  // As many bytes as characters: ASCII, which is the same in both encodings.
  return `$${length}\r\n${length === text.length ? text : Buffer.from(text).toString('latin1')}\r\n`;
}

/** Redis reads no exponents. */
function numberText(number: number): string {
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? BigInt(number).toString() : String(number);
}

function bytesOf(arg: unknown): Buffer {
  if (Buffer.isBuffer(arg)) return arg;
  return Buffer.from(arg === null || arg === undefined ? '' : String(arg));
}
