import type { RedisCommand } from '../contract/redis-client.js';
import type { NodeConnection } from '../wire/node-connection.js';
import type { PendingReply } from '../wire/pending-replies.js';
import { dispatchCommand } from './dispatch-command.js';
import { isRefusedCommand } from './is-refused-command.js';

/**
 * Sends a script as its text the first time on each connection. A server that does not know its hash would
 * answer NOSCRIPT, and what was sent after it would be executed before it.
 */
export class FirstRuns {
  private readonly sent = new WeakMap<NodeConnection, Set<string>>();

  /** Sends the first run of a script. Returns false for any other command, which is to be sent as it is. */
  take(connection: NodeConnection, command: RedisCommand, reply: PendingReply): boolean {
    const { script } = command;
    if (script === undefined || !this.isNew(connection, script)) return false;
    const asText = { ...command, name: 'EVAL', args: [script, ...command.args.slice(1)] };
    dispatchCommand(connection, asText, {
      messages: 0,
      done: (outcome) => {
        // Others may have loaded it for users who may run loaded scripts alone.
        if (outcome.kind === 'refused' && isRefusedCommand(outcome.message, 'EVAL')) dispatchCommand(connection, command, reply);
        else reply.done(outcome);
      },
    });
    return true;
  }

  private isNew(connection: NodeConnection, script: string): boolean {
    const scripts = this.sent.get(connection) ?? new Set();
    if (scripts.has(script)) return false;
    this.sent.set(connection, scripts.add(script));
    return true;
  }
}
