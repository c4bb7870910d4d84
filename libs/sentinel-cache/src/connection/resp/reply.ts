/**
 * A reply as Redis gave it: strings as Buffers, integers as numbers (bigint past 2^53). RESP3's maps and sets
 * are flat arrays, its doubles text, its booleans 1 and 0, as in RESP2.
 */
export type Reply = Buffer | string | number | bigint | null | ErrorReply | readonly Reply[];

/** An error reply; `message` is its text. No Error, whose stack would cost more than everything else. */
export class ErrorReply {
  constructor(readonly message: string) {}
}

/** An error reply that a promise rejects with. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError';
}

/** Decodes the bytes of a reply as UTF-8, for commands whose replies are text. */
export function asText(reply: Reply): unknown {
  if (Buffer.isBuffer(reply)) return reply.toString('utf8');
  return Array.isArray(reply) ? (reply as readonly Reply[]).map(asText) : reply;
}
