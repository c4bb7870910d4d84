/**
 * A reply as Redis gave it: strings as Buffers, integers as numbers (a `bigint` past 2^53, where a number would be another one).
 * RESP3's maps and sets are flat arrays, its doubles text, its booleans 1 and 0, as RESP2 has them.
 */
export type Reply = Buffer | string | number | bigint | null | ErrorReply | readonly Reply[];

/** An error reply of the server: `message` is its own words. No Error, whose stack would cost more than all the rest. */
export class ErrorReply {
  constructor(readonly message: string) {}
}

/** An error reply as what a promise rejects with. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError';
}

/** A reply with its bytes read as UTF-8, for commands whose replies are text. */
export function asText(reply: Reply): unknown {
  if (Buffer.isBuffer(reply)) return reply.toString('utf8');
  return Array.isArray(reply) ? (reply as readonly Reply[]).map(asText) : reply;
}
