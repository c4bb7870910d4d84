import type { NodeConnection } from '../wire/node-connection.js';
import { LOST, type Outcome } from '../wire/outcome.js';
import type { PendingCall } from './pending-call.js';
import { describeReply } from '../resp/reply-shape.js';
import { transient } from '../wire/diagnosis.js';

/** An outcome that belongs to its command. */
export type BelievedOutcome = Exclude<Outcome, { readonly kind: 'unexpected' }>;

/**
 * Checks replies against what their commands expect (`RedisCommand.reply`). After one that does not fit,
 * further replies of its connection may belong to other commands: the call is rejected, and everything else
 * on that connection counts as lost.
 */
export class ReplyCheck {
  private readonly distrusted = new WeakSet<NodeConnection>();

  constructor(private readonly onUnexpectedReply: (connection: NodeConnection) => void) {}

  /** Returns the outcome to believe. */
  of(call: PendingCall, connection: NodeConnection, outcome: Outcome): BelievedOutcome {
    if (outcome.kind === 'lost' || outcome.kind === 'unsent') return outcome;
    if (this.distrusted.has(connection)) return LOST;
    const words = outcome.kind === 'unexpected' ? outcome.words : misfit(call, outcome);
    if (outcome.kind !== 'unexpected' && words === undefined) return outcome;
    this.distrusted.add(connection);
    // A call that was sent again on another connection may still be answered there.
    if (call.via === connection) call.giveUp(transient('protocol', `${words}. The connection is given up.`));
    this.onUnexpectedReply(connection);
    connection.destroy();
    return LOST;
  }
}

/** Describes what is wrong with a reply; undefined when it fits. */
function misfit({ command: { reply } }: PendingCall, outcome: Outcome): string | undefined {
  if (outcome.kind !== 'reply' || !reply || reply.fits(outcome.value)) return undefined;
  return `expected ${reply.words}, got ${describeReply(outcome.value)}`;
}
