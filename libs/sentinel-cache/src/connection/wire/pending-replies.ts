import type { Outcome } from './outcome.js';
import type { Reply } from '../resp/reply.js';

/** Gets the items of an array one by one as they arrive. The reply is an empty array then. */
export type ItemListener = (item: Reply, index: number) => void;

/** A command that waits for its reply. */
export interface PendingReply {
  done(outcome: Outcome): void;
  /** Left out: the reply comes as a whole. */
  readonly onItem?: ItemListener;
  /** How many messages confirm it where there is no reply (SUBSCRIBE in RESP3). */
  messages: number;
}

/** This many answered commands are kept before the array is cut. */
const MOST_ANSWERED = 1024;

/** The commands of one connection that wait for their replies, in the order in which they were written. */
export class PendingReplies {
  private waiting: PendingReply[] = [];
  private answered = 0;

  get size(): number {
    return this.waiting.length - this.answered;
  }

  /** The command that the next reply answers. */
  get first(): PendingReply | undefined {
    return this.waiting[this.answered];
  }

  push(reply: PendingReply): void {
    this.waiting.push(reply);
  }

  /** Removes the first one. */
  shift(): void {
    this.waiting[this.answered] = undefined as never;
    this.answered += 1;
    if (this.answered === this.waiting.length) {
      this.waiting.length = 0;
      this.answered = 0;
    } else if (this.answered >= MOST_ANSWERED && this.answered * 2 >= this.waiting.length) {
      this.waiting = this.waiting.slice(this.answered);
      this.answered = 0;
    }
  }

  /** Removes and returns all. */
  drain(): PendingReply[] {
    const left = this.waiting.slice(this.answered);
    this.waiting = [];
    this.answered = 0;
    return left;
  }
}
