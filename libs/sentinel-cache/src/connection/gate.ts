import type { GateConfig } from '../settings/resolved-settings.js';
import { CallQueue } from './call-queue.js';
import { classifyReplyError } from './classify-error.js';
import type { Lease, Outcome } from './lease.js';
import { PendingCall } from './pending-call.js';
import type { RedisCommand } from './redis-client.js';
import { passing, type Trouble } from './trouble.js';

/** What a reply may take on a busy day. */
const LEAST_FOR_A_REPLY_MS = 100;

/** What the gate tells the keeper of the connection. */
export interface GateListener {
  /** The node behind the lease gave a command back unexecuted (READONLY, LOADING, ...): does it wait for another node? */
  onWrongNode(lease: Lease, message: string): 'ask-again' | 'refuse';
  /** A command got no reply within its deadline, and nothing else was heard from the node meanwhile. */
  onSilence(lease: Lease): void;
}

/**
 * Every call to the primary passes here. Its rules:
 *
 * - A call settles within its deadline, queueing included.
 * - A write is handed to a socket at most once; again only when the server gave it back unexecuted. A read may be asked again.
 * - What was never handed to a socket when its caller was told so, never will be.
 * - What waits is bounded in commands and bytes, and so is what is in flight; beyond both a call is rejected at once.
 */
export class Gate {
  private readonly queue: CallQueue;
  private lease: Lease | undefined;
  private inFlight = 0;
  private inFlightBytes = 0;
  private trouble: Trouble = passing('no-primary', 'not connected yet.');
  private closed: Trouble | undefined;
  private putBackSoon: PendingCall[] = [];

  constructor(
    private readonly config: GateConfig,
    private readonly listener: GateListener,
  ) {
    this.queue = new CallQueue(config.queuedCommands, config.queuedBytes);
  }

  get inFlightCount(): number {
    return this.inFlight;
  }

  /** Takes a call in; the answer is in its promise. */
  submit(command: RedisCommand, deadlineMs: number): Promise<unknown> {
    const call = new PendingCall(command, deadlineMs);
    if (this.closed) call.giveUp(this.closed);
    else if (this.queue.size === 0 && this.canHand(call)) this.arm(call, () => this.hand(call));
    else if (this.trouble.definitive && !this.lease) call.giveUp(this.trouble);
    else if (this.queue.hasRoomFor(call)) this.arm(call, () => this.queue.push(call));
    else call.giveUp(passing('queue-full', `${this.queue.size} calls are waiting already. ${this.whyWaiting()}`));
    return call.promise;
  }

  /** From now on calls go through this connection; those that wait go first. */
  open(lease: Lease): void {
    this.lease = lease;
    this.pump();
  }

  /** From now on calls wait. With a definitive trouble they are rejected instead, those that wait included. */
  shut(trouble: Trouble): void {
    this.lease = undefined;
    this.trouble = trouble;
    if (trouble.definitive) for (const call of this.queue.drain()) call.giveUp(trouble);
  }

  /** The end: everything that waits is rejected, and everything that comes. */
  close(): void {
    this.lease = undefined;
    this.closed = passing('closed', 'the cache has been closed.');
    for (const call of this.queue.drain()) call.giveUp(this.closed);
  }

  private arm(call: PendingCall, then: () => void): void {
    call.timer = setTimeout(() => this.onDeadline(call), Math.max(1, call.deadlineMs));
    then();
  }

  private canHand(call: PendingCall): boolean {
    if (!this.lease?.isOpen || this.inFlight >= this.config.inFlightCommands) return false;
    return this.inFlight === 0 || this.inFlightBytes + call.sizeBytes <= this.config.inFlightBytes;
  }

  private hand(call: PendingCall): void {
    const lease = this.lease!;
    this.inFlight += 1;
    this.inFlightBytes += call.sizeBytes;
    call.handedAtMs = performance.now();
    lease.send(call.command.name, call.command.args, (outcome) => this.onOutcome(call, lease, outcome));
  }

  private pump(): void {
    for (let call = this.queue.peek(); call && this.canHand(call); call = this.queue.peek()) {
      this.queue.remove(call);
      // A write that could hardly be answered in time would end as "unknown": it ends as "not executed" instead.
      if (call.command.kind === 'write' && call.remainingMs() < leastMs(call)) call.giveUp(this.lateTrouble(call));
      else this.hand(call);
    }
  }

  private onOutcome(call: PendingCall, lease: Lease, outcome: Outcome): void {
    this.inFlight -= 1;
    this.inFlightBytes -= call.sizeBytes;
    if (outcome.kind === 'reply') call.succeed(outcome.value);
    else if (outcome.kind === 'lost') this.onLost(call);
    else if (outcome.kind === 'unsent') call.cannotBeSent(outcome.message);
    else if (classifyReplyError(outcome.message, call.command.mayFailHalfway) === 'wrong-node')
      this.onGivenBack(call, lease, outcome.message);
    else call.refuse(outcome.message);
    if (this.queue.size > 0) this.pump();
  }

  /** Not executed: it waits for a better node, within its deadline. */
  private onGivenBack(call: PendingCall, lease: Lease, message: string): void {
    if (this.listener.onWrongNode(lease, message) === 'refuse') return call.refuse(message);
    call.handedAtMs = 0;
    this.waitAgain(call);
  }

  /** The socket broke with it: a read can be asked again, of a write nobody knows. */
  private onLost(call: PendingCall): void {
    if (call.settled) return;
    if (call.command.kind === 'write') {
      return call.giveUp(
        passing('connection-lost', 'the connection broke before the reply; whether it was executed is unknown.'),
      );
    }
    call.handedAtMs = 0;
    this.waitAgain(call);
  }

  /** A lost connection gives many back in one turn: they are collected, so that their order and one rebuild of the queue hold. */
  private waitAgain(call: PendingCall): void {
    if (call.settled) return;
    if (this.closed) return call.giveUp(this.closed);
    this.putBackSoon.push(call);
    if (this.putBackSoon.length === 1) queueMicrotask(() => this.putBack());
  }

  private putBack(): void {
    const returned = this.putBackSoon.filter((call) => !call.settled);
    this.putBackSoon = [];
    if (this.trouble.definitive && !this.lease) for (const call of returned) call.giveUp(this.trouble);
    else this.queue.putBack(returned);
    this.pump();
  }

  /**
   * A stalled event loop fires its timers before it reads its sockets: a handed call gets one look at what has arrived before it
   * is called late (fault 58).
   */
  private onDeadline(call: PendingCall): void {
    if (call.settled) return;
    if (call.isHanded) setImmediate(() => this.expire(call));
    else this.expire(call);
  }

  private expire(call: PendingCall): void {
    if (call.settled) return;
    const { handedAtMs } = call;
    this.queue.remove(call);
    const lease = this.lease;
    if (call.isHanded)
      call.giveUp(passing('deadline', `no reply within ${Math.round(call.deadlineMs)} ms; whether it was executed is unknown.`));
    else call.giveUp(this.lateTrouble(call));
    if (lease && (!lease.isOpen || (handedAtMs > 0 && lease.lastHeardAtMs < handedAtMs))) this.listener.onSilence(lease);
  }

  private lateTrouble(call: PendingCall): Trouble {
    return passing(
      this.lease ? 'deadline' : this.trouble.reason,
      `gave up after ${Math.round(call.deadlineMs)} ms. ${this.whyWaiting()}`,
    );
  }

  private whyWaiting(): string {
    return this.lease ? 'The connection is busy.' : this.trouble.message;
  }
}

/** A write that has waited is handed over only while this much of its deadline is left for the reply. */
function leastMs({ deadlineMs }: PendingCall): number {
  return Math.min(LEAST_FOR_A_REPLY_MS, deadlineMs / 5);
}
