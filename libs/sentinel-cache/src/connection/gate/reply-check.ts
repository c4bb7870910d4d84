import type { NodeConnection } from '../wire/node-connection.js';
import { LOST, type Outcome } from '../wire/outcome.js';
import type { PendingCall } from './pending-call.js';
import { describeReply } from '../resp/reply-shape.js';
import { transient } from '../wire/diagnosis.js';

/**
 * Holds replies against what their commands answer (`RedisCommand.reply`). After one that does not fit, nobody knows which reply of that
 * connection belongs to which command: the call is rejected, what else came on the connection counts as lost with it.
 */
export class ReplyCheck {
  private readonly distrusted = new WeakSet<NodeConnection>();

  constructor(private readonly onUnexpectedReply: (connection: NodeConnection) => void) {}

  /** The outcome as it may be believed. */
  of(call: PendingCall, connection: NodeConnection, outcome: Outcome): Outcome {
    if (outcome.kind !== 'reply' && outcome.kind !== 'refused') return outcome;
    if (this.distrusted.has(connection)) return LOST;
    const { reply } = call.command;
    if (outcome.kind === 'refused' || !reply || reply.fits(outcome.value)) return outcome;
    this.distrusted.add(connection);
    const words = `expected ${reply.words}, got ${describeReply(outcome.value)}. The connection is given up.`;
    // Asked again elsewhere it may still be answered there.
    if (call.via === connection) call.giveUp(transient('protocol', words));
    this.onUnexpectedReply(connection);
    connection.destroy();
    return LOST;
  }
}
