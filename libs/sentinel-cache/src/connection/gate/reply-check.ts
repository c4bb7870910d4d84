import type { NodeConnection } from '../wire/node-connection.js';
import { LOST, type Outcome } from '../wire/outcome.js';
import type { PendingCall } from './pending-call.js';
import { describeReply } from '../resp/reply-shape.js';
import { transient } from '../wire/diagnosis.js';

/**
 * Checks replies against what their commands expect (`RedisCommand.reply`). After one that does not fit,
 * further replies of its connection may belong to other commands: the call is rejected, and everything else
 * on that connection counts as lost.
 */
export class ReplyCheck {
  private readonly distrusted = new WeakSet<NodeConnection>();

  constructor(private readonly onUnexpectedReply: (connection: NodeConnection) => void) {}

  /** Returns the outcome to believe. */
  of(call: PendingCall, connection: NodeConnection, outcome: Outcome): Outcome {
    if (outcome.kind !== 'reply' && outcome.kind !== 'refused') return outcome;
    if (this.distrusted.has(connection)) return LOST;
    const { reply } = call.command;
    if (outcome.kind === 'refused' || !reply || reply.fits(outcome.value)) return outcome;
    this.distrusted.add(connection);
    const words = `expected ${reply.words}, got ${describeReply(outcome.value)}. The connection is given up.`;
    // A call that was sent again on another connection may still be answered there.
    if (call.via === connection) call.giveUp(transient('protocol', words));
    this.onUnexpectedReply(connection);
    connection.destroy();
    return LOST;
  }
}
