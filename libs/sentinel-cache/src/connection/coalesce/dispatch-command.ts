import type { RedisCommand } from '../contract/redis-client.js';
import type { NodeConnection } from '../wire/node-connection.js';
import type { PendingReply } from '../wire/pending-replies.js';

const IGNORED: PendingReply = { done: () => undefined, messages: 0 };

/** Hands one command over to a connection, behind the ASKING that it needs. */
export function dispatchCommand(
  connection: Pick<NodeConnection, 'dispatch'>,
  { name, args, asking }: Pick<RedisCommand, 'name' | 'args' | 'asking'>,
  reply: PendingReply,
): void {
  if (asking) connection.dispatch('ASKING', [], IGNORED);
  connection.dispatch(name, args, reply);
}
