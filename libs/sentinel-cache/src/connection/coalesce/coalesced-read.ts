import type { Outcome } from '../wire/outcome.js';
import type { PendingReply } from '../wire/pending-replies.js';

/** A caller that waits for the value of one key. */
export interface ReadReply extends PendingReply {
  /** The reads that were sent in the same turn: they are late together. */
  turn?: object;
}

/** What a read tells those who sent it. */
export interface ReadListener {
  /** A GET of its own was answered. */
  onAnswered(read: CoalescedRead, outcome: Outcome): void;
  /** It has its outcome. */
  onSettled(): void;
}

/** One key that is asked for once, and everybody who waits for it. Is the reply to a GET of its own. */
export class CoalescedRead implements PendingReply {
  messages = 0;
  isSettled = false;
  /** A GET of its own, which will settle it, is on its way. */
  isAskedAlone = false;
  private others: ReadReply[] | undefined;

  constructor(
    readonly key: string,
    private readonly first: ReadReply,
    private readonly listener: ReadListener,
  ) {}

  join(reply: ReadReply): void {
    if (this.others) this.others.push(reply);
    else this.others = [reply];
  }

  done(outcome: Outcome): void {
    this.listener.onAnswered(this, outcome);
    this.settle(outcome);
  }

  settle(outcome: Outcome): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.first.done(outcome);
    if (this.others) for (const reply of this.others) reply.done(outcome);
    this.listener.onSettled();
  }
}
