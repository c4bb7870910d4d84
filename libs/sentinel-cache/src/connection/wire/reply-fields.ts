import { textOf } from '../resp/reply-shape.js';
import type { TcpAddress } from '../../settings/shapes/resolved-connection.js';

/**
 * Reads a list in which names and values alternate. Leaves out what is neither text nor a number. Returns
 * nothing for a list of more than 500 fields.
 */
export function readFields(reply: unknown): Map<string, string> {
  const fields = new Map<string, string>();
  if (!Array.isArray(reply) || reply.length > 2 * MOST_FIELDS) return fields;
  for (let i = 0; i + 1 < reply.length; i += 2) {
    const [name, value] = [textOf(reply[i]), textOf(reply[i + 1])];
    if (name !== undefined && value !== undefined) fields.set(name, value);
  }
  return fields;
}

/** Ten times what any server says of itself. */
const MOST_FIELDS = 500;
/** Further replicas are ignored. */
export const MOST_REPLICAS = 64;
/** Characters of a name or an address. What a sentinel says is logged. */
const HOST = /^[\w.:%-]{1,255}$/;

/** Reads a host and a port as a sentinel writes them; undefined when they are invalid. */
export function toAddress(host: unknown, port: unknown): TcpAddress | undefined {
  const number = Number(textOf(port));
  const name = textOf(host) ?? '';
  return HOST.test(name) && Number.isInteger(number) && number > 0 && number < 65_536 ? { host: name, port: number } : undefined;
}

/** Words of `flags` that say what a node is; the others say how it is. */
const ROLE_FLAGS = new Set(['master', 'slave', 'replica', 'sentinel', 'myself', 'noflags']);
const FLAG = /^[a-z_?]{1,40}$/;
/**
 * What sentinels (the first three) and nodes of a cluster (the others) write of a node that can't be used.
 */
const DOWN_FLAGS = new Set(['s_down', 'o_down', 'disconnected', 'fail', 'fail?', 'handshake', 'noaddr']);

/** Reads the `flags` of a node in an answer of SENTINEL or CLUSTER NODES, without the words for its role. */
export function readFlags(text = ''): string[] {
  return text.split(',').filter((flag) => FLAG.test(flag) && !ROLE_FLAGS.has(flag));
}

/** Whether the flags of a node say that it is down. */
export function isDown(flags: readonly string[]): boolean {
  return flags.some((flag) => DOWN_FLAGS.has(flag));
}

/** Reads a whole number; null for anything else. */
export function toNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
}
