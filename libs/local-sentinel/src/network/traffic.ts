/**
 * What a proxy does with bytes and connections.
 *
 * - `pass`: hands everything on.
 * - `delay`: hands everything on, `delayMs` late in each direction.
 * - `dropReplies`: requests arrive, replies do not.
 * - `blackhole`: nothing arrives in either direction; connections stay open, new ones are accepted and stay
 *   silent.
 * - `reset`: every connection is reset, new ones too.
 *
 * What did not arrive is held, as TCP's own retransmission would after lost packets: it arrives when the mode
 * allows it again, so no connection ever carries half a reply. `reset` first where it is to be lost.
 */
export type ProxyMode = 'pass' | 'delay' | 'dropReplies' | 'blackhole' | 'reset';

/** A mode with its number. */
export interface Traffic {
  readonly mode: ProxyMode;
  readonly delayMs: number;
}

/** How it starts, and how it ends up again when everything is healed. */
export const PASS: Traffic = { mode: 'pass', delayMs: 0 };

/** What a cut network is. */
export const BLACKHOLE: Traffic = { mode: 'blackhole', delayMs: 0 };

/** What happens to one direction of a connection. */
export interface Flow {
  /** Nothing is handed on for now. */
  readonly held: boolean;
  readonly delayMs: number;
}

/** Returns the direction from the client to the node. */
export function requestFlow({ mode, delayMs }: Traffic): Flow {
  return { held: mode === 'blackhole', delayMs: mode === 'delay' ? delayMs : 0 };
}

/** Returns the direction from the node to the client. */
export function replyFlow({ mode, delayMs }: Traffic): Flow {
  return { held: mode === 'blackhole' || mode === 'dropReplies', delayMs: mode === 'delay' ? delayMs : 0 };
}
