import type { ReadReply } from '../coalesce/coalesced-read.js';
import type { Timed } from '../gate/deadlines.js';
import type { PendingCall } from '../gate/pending-call.js';
import type { NodeConnection } from '../wire/node-connection.js';
import type { Outcome } from '../wire/outcome.js';

/** What becomes of a read that a replica was asked. */
export interface ReplicaReadListener {
  /** It did not answer usefully: the primary is to be asked. */
  onMiss(read: ReplicaRead): void;
  /** Its answer is not a reply to the command. */
  onUnexpected(connection: NodeConnection): void;
}

/** One call on the connection to a replica. It ends there once: answered, or given to the primary. */
export class ReplicaRead implements ReadReply, Timed<ReplicaRead> {
  messages = 0;
  turn: object | undefined;
  readonly startedAtMs: number;
  deadlines: Timed<ReplicaRead>['deadlines'];
  before: ReplicaRead | undefined;
  after: ReplicaRead | undefined;
  /** Of a call with a deadline of its own. */
  timer: NodeJS.Timeout | undefined;
  isOver = false;

  constructor(
    readonly call: PendingCall,
    readonly connection: NodeConnection,
    private readonly listener: ReplicaReadListener,
  ) {
    this.startedAtMs = call.startedAtMs;
  }

  done(outcome: Outcome): void {
    if (!this.end()) return;
    if (outcome.kind === 'reply' && this.call.command.reply?.fits(outcome.value) !== false)
      return this.call.succeed(outcome.value);
    if (outcome.kind === 'reply' || outcome.kind === 'unexpected') this.listener.onUnexpected(this.connection);
    this.listener.onMiss(this);
  }

  /** Returns false when it has ended before. */
  end(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    this.deadlines?.remove(this);
    if (this.timer) clearTimeout(this.timer);
    return true;
  }
}
