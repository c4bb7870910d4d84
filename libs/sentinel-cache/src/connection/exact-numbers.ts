/**
 * A reply in which integers still are decimal text (`stringNumbers`), with numbers instead: a `bigint` where a number would be
 * another one, past 2^53 (fault 60). Strings of Redis are Buffers, so that only its integers are text. Changes arrays in place.
 */
export function withExactNumbers(reply: unknown): unknown {
  if (typeof reply === 'string') return exactNumber(reply);
  if (Array.isArray(reply)) for (let i = 0; i < reply.length; i += 1) reply[i] = withExactNumbers(reply[i]);
  return reply;
}

function exactNumber(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}
