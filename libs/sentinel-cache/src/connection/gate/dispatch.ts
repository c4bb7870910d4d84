import type { ReadReply } from '../coalesce/coalesced-read.js';
import type { NodeConnection } from '../wire/node-connection.js';
import type { Outcome } from '../wire/outcome.js';
import type { PendingCall } from './pending-call.js';

/** One call on one connection: tells its gate how it ended there. */
export class Dispatch implements ReadReply {
  messages = 0;
  /** Its neighbours among those in flight. */
  before: Dispatch | undefined;
  after: Dispatch | undefined;

  constructor(
    readonly call: PendingCall,
    readonly connection: NodeConnection,
    private readonly onOutcome: (sent: Dispatch, outcome: Outcome) => void,
  ) {}

  set turn(turn: object) {
    this.call.turn = turn;
  }

  done(outcome: Outcome): void {
    this.onOutcome(this, outcome);
  }
}
