import { ProtocolError } from '../resp/protocol-error.js';
import type { Reply } from '../resp/reply.js';
import { describeReply } from '../resp/reply-shape.js';
import type { Outcome } from '../wire/outcome.js';
import type { PendingReply } from '../wire/pending-replies.js';
import type { CoalescedRead } from './coalesced-read.js';

const MISS: Outcome = Object.freeze({ kind: 'reply', value: null });

/** What a batch needs of the connection it is asked on. */
export interface BatchSender {
  /** Whether EXISTS may be asked. */
  readonly mayAskExists: boolean;
  ask(name: 'MGET' | 'EXISTS', keys: readonly string[], reply: PendingReply): void;
  /** Sends a GET for one read. */
  askAlone(read: CoalescedRead): void;
  /** A value came in a batch. */
  onValue(key: string, value: Reply): void;
  /** A command for several keys was refused. */
  onRefused(name: 'MGET' | 'EXISTS', message: string): void;
}

/**
 * Reads that are asked by one MGET. Each ends as a GET of its own would have ended:
 *
 * - Values are handed out one by one as they arrive.
 * - MGET says nil for a key of another type, too. So the nils are asked by one EXISTS: 0 means that all are
 *   misses, otherwise each is asked by GET.
 * - What is refused whole is asked again one by one.
 */
export class ReadBatch implements PendingReply {
  messages = 0;
  private readonly nils: CoalescedRead[] = [];
  private handedOut = 0;

  constructor(
    private readonly reads: readonly CoalescedRead[],
    private readonly sender: BatchSender,
  ) {}

  /** Sends the MGET. */
  ask(): void {
    this.sender.ask('MGET', keysOf(this.reads), this);
  }

  readonly onItem = (item: Reply, index: number): void => {
    const read = this.reads[index];
    if (!read) throw new ProtocolError('more values than keys were asked for');
    this.handedOut += 1;
    if (item === null) return void this.nils.push(read);
    this.sender.onValue(read.key, item);
    read.settle({ kind: 'reply', value: item });
  };

  done(outcome: Outcome): void {
    const { reads, handedOut } = this;
    if (outcome.kind === 'refused') this.sender.onRefused('MGET', outcome.message);
    if (outcome.kind !== 'reply') return this.askEach(reads, outcome);
    if (Array.isArray(outcome.value) && handedOut === reads.length) return this.settleNils();
    const got = handedOut > 0 ? `${handedOut} of them` : describeReply(outcome.value);
    settleAll(reads, unexpected(`${reads.length} values of the MGET that read ${others(reads)}`, got));
  }

  private settleNils(): void {
    // Those that are asked alone already get their answer from there.
    const nils = this.nils.filter((read) => !read.isAskedAlone);
    if (nils.length === 0) return;
    if (nils.length === 1 || !this.sender.mayAskExists) return nils.forEach((read) => this.sender.askAlone(read));
    const done = (outcome: Outcome): void => this.onExists(nils, outcome);
    this.sender.ask('EXISTS', keysOf(nils), { done, messages: 0 });
  }

  private onExists(nils: readonly CoalescedRead[], outcome: Outcome): void {
    if (outcome.kind === 'refused') this.sender.onRefused('EXISTS', outcome.message);
    if (outcome.kind !== 'reply') return this.askEach(nils, outcome);
    const { value } = outcome;
    if (value === 0) return settleAll(nils, MISS);
    if (Number.isInteger(value) && (value as number) > 0 && (value as number) <= nils.length) return this.askEach(nils);
    settleAll(
      nils,
      unexpected(`a count up to ${nils.length} of the EXISTS that asked for ${others(nils)}`, describeReply(value)),
    );
  }

  /** One by one, unless the connection is gone. */
  private askEach(reads: readonly CoalescedRead[], outcome?: Outcome): void {
    for (const read of reads) {
      if (read.isSettled || read.isAskedAlone) continue;
      if (outcome?.kind === 'lost') read.settle(outcome);
      else this.sender.askAlone(read);
    }
  }
}

function keysOf(reads: readonly CoalescedRead[]): string[] {
  return reads.map(({ key }) => key);
}

/** Says which other reads shared a command, for an error that one caller gets about its key. */
function others(reads: readonly CoalescedRead[]): string {
  const count = reads.length - 1;
  return `this key and ${count} other${count === 1 ? '' : 's'}`;
}

function settleAll(reads: readonly CoalescedRead[], outcome: Outcome): void {
  for (const read of reads) read.settle(outcome);
}

function unexpected(expected: string, got: string): Outcome {
  return { kind: 'unexpected', words: `expected ${expected}, got ${got}` };
}
