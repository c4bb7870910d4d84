import type { GateConfig } from '../../settings/shapes/resolved-settings.js';
import { CallQueue } from './call-queue.js';
import { classifyReplyError } from '../wire/classify-error.js';
import { breakerIsOpen, noReply, queueIsFull, waitedTooLong } from './gate-troubles.js';
import type { GateListener, GateSettings } from './gate-listener.js';
import { Lanes } from './lanes.js';
import type { Lease } from '../wire/lease.js';
import type { Outcome } from '../wire/outcome.js';
import { PendingCall } from './pending-call.js';
import { PING, type RedisCommand, type SizeTest } from '../contract/redis-client.js';
import { ReplyCheck } from './reply-check.js';
import { TimedBreaker } from './timed-breaker.js';
import { passing, type Trouble } from '../wire/trouble.js';

/**
 * Every call to the primary passes here. Its rules:
 *
 * - A call settles within its deadline, queueing included.
 * - A write is handed to a socket at most once; again only when the server gave it back unexecuted. A read may be asked again.
 * - What was never handed to a socket when its caller was told so, never will be.
 * - What waits is bounded in commands and bytes, and so is what is in flight; beyond both a call is rejected at once.
 * - While the circuit breaker is open, calls that are to fail fast do, and never wait.
 */
export class Gate {
  readonly breaker: TimedBreaker;
  private readonly config: GateConfig;
  private readonly deadlineMs: number;
  private readonly queue: CallQueue;
  private readonly lanes: Lanes;
  private readonly replies = new ReplyCheck((lease) => this.listener.onMisfit(lease));
  private lease: Lease | undefined;
  private inFlight = 0;
  private inFlightBytes = 0;
  private trouble: Trouble = passing('no-primary', 'not connected yet.');
  private closed: Trouble | undefined;
  private putBackSoon: PendingCall[] = [];
  /** Given up for its silence, though its node lives: what else was on it says nothing of Redis. */
  private replaced: Lease | undefined;

  constructor(
    { gate, callDeadlineMs, breakerFailures, maxSocketsPerNode }: GateSettings,
    private readonly listener: GateListener,
  ) {
    this.config = gate;
    this.deadlineMs = callDeadlineMs;
    this.queue = new CallQueue(gate.queuedCommands, gate.queuedBytes);
    this.breaker = new TimedBreaker({ failures: breakerFailures, lastingMs: callDeadlineMs / 2 }, (state) => {
      this.giveUpTheHasty();
      this.listener.onBreaker(state);
    });
    this.lanes = new Lanes(
      { deadlineMs: callDeadlineMs, maxSockets: maxSocketsPerNode, openSecond: (...node) => listener.openSecond(...node) },
      {
        onIdle: () => this.ping(),
        onBroken: (broken) => this.replace(broken),
        onChange: () => this.pump(),
        askAgain: (call) => this.canHand(call) && this.hand(call),
      },
    );
  }

  /** Takes a call in; the answer is in its promise. */
  submit(command: RedisCommand, deadlineMs: number): Promise<unknown> {
    const call = new PendingCall(command, deadlineMs);
    if (this.closed) call.giveUp(this.closed);
    else if ((this.queue.size === 0 || this.lanes.mayPass(call)) && this.canHand(call)) this.hand(this.timed(call));
    else {
      const refusal = this.whyNotWait(call, !this.queue.hasRoomFor(call));
      if (refusal) call.giveUp(refusal);
      else this.queue.push(this.timed(call));
    }
    return call.promise;
  }

  /** Why `submit` would reject a write at once, asked before its arguments are made; undefined when it would take it. */
  refusal(write: RedisCommand, takesMoreThan: SizeTest): Trouble | undefined {
    if (this.closed) return this.closed;
    const { size, roomBytes } = this.queue;
    if (size === 0 && this.lease && !this.lanes.isSplit) return undefined;
    const call = new PendingCall(write, this.deadlineMs);
    if (size === 0 && this.canHand(call)) return undefined;
    return this.whyNotWait(call, call.sizeBytes > roomBytes || takesMoreThan(roomBytes));
  }

  /** From now on calls go through this connection; those that wait go first. */
  open(lease: Lease): void {
    if (lease !== this.lease) {
      this.lease = lease;
      this.lanes.begin(lease);
      this.breaker.answered();
    }
    this.pump();
  }

  /** From now on calls wait. With a definitive trouble they are rejected instead, those that wait included. */
  shut(trouble: Trouble): void {
    this.lease = undefined;
    this.lanes.end();
    this.trouble = trouble;
    if (!this.closed) this.breaker.cutOff();
    if (trouble.definitive) for (const call of this.queue.drain()) call.giveUp(trouble);
  }

  /** The end: everything that waits is rejected, and everything that comes. */
  close(): void {
    this.lease = undefined;
    this.lanes.end();
    this.breaker.close();
    this.closed = passing('closed', 'the cache has been closed.');
    for (const call of this.queue.drain()) call.giveUp(this.closed);
  }

  private whyNotWait(call: PendingCall, isFull: boolean): Trouble | undefined {
    if (this.trouble.definitive && !this.lease) return this.trouble;
    if (call.command.failFast && this.isHopeless(call)) return breakerIsOpen(this.lease, this.trouble);
    return isFull ? queueIsFull(this.lease, this.trouble, this.queue.size) : undefined;
  }

  private timed(call: PendingCall): PendingCall {
    call.startDeadline(() => this.expire(call));
    return call;
  }

  private canHand(call: PendingCall): boolean {
    if (!this.lease || !this.lanes.laneFor(call)?.isOpen || this.inFlight >= this.config.inFlightCommands) return false;
    return this.inFlight === 0 || this.inFlightBytes + call.sizeBytes <= this.config.inFlightBytes;
  }

  private hand(call: PendingCall): true {
    const lease = this.lanes.laneFor(call)!;
    this.inFlight += 1;
    this.inFlightBytes += call.sizeBytes;
    call.handedAtMs = performance.now();
    call.via = lease;
    this.lanes.noteHanding(call, lease);
    if (call.command.asking) lease.send('ASKING', [], () => undefined);
    lease.send(call.command.name, call.command.args, (outcome) => this.onOutcome(call, lease, outcome));
    return true;
  }

  private pump(): void {
    for (const call of this.queue.waiting()) {
      if (!this.canHand(call)) {
        if (this.lanes.isSplit) continue;
        return;
      }
      this.queue.remove(call);
      // A write that could hardly be answered in time would end as "unknown": it ends as "not executed" instead.
      if (call.isTooLateToWrite()) call.giveUp(waitedTooLong(this.lease, this.trouble, call.deadlineMs));
      else this.hand(call);
    }
  }

  private onOutcome(call: PendingCall, lease: Lease, said: Outcome): void {
    const outcome = this.replies.of(call, lease, said);
    this.inFlight -= 1;
    this.inFlightBytes -= call.sizeBytes;
    this.lanes.noteOutcome(call, lease, outcome.kind === 'reply' || outcome.kind === 'refused');
    if (outcome.kind === 'reply') call.succeed(outcome.value);
    else if (outcome.kind === 'lost') this.onLost(call, lease);
    else if (outcome.kind === 'unsent') call.cannotBeSent(outcome.message);
    else if (classifyReplyError(outcome.message, call.command.mayFailHalfway) === 'wrong-node')
      this.onGivenBack(call, lease, outcome.message);
    else call.refuse(outcome.message);
    // Given back by one connection, answered by another.
    if (call.settled && call.via !== lease) this.queue.remove(call);
    if (this.queue.size > 0) this.pump();
  }

  /** Not executed: it waits for a better node, within its deadline. */
  private onGivenBack(call: PendingCall, lease: Lease, message: string): void {
    if (this.listener.onWrongNode(lease, message) === 'refuse') return call.refuse(message);
    // It is on its way on another connection.
    if (call.via !== lease) return;
    call.handedAtMs = 0;
    this.waitAgain(call);
  }

  /** The socket broke with it: a read can be asked again, of a write nobody knows. */
  private onLost(call: PendingCall, lease: Lease): void {
    if (call.settled || call.via !== lease) return;
    const broken = 'the connection broke before the reply; whether it was executed is unknown.';
    if (call.command.kind === 'write') return call.giveUp(passing('connection-lost', broken));
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
    this.giveUpTheHasty();
    this.pump();
  }

  private expire(call: PendingCall): void {
    if (call.settled) return;
    this.queue.remove(call);
    const lease = this.lease;
    const verdict = lease && (lease.isOpen ? call.isHanded && this.lanes.judge(call) : 'silent');
    const late = waitedTooLong(this.lease, this.trouble, call.deadlineMs);
    call.giveUp(call.isHanded ? noReply(call.deadlineMs) : late);
    // A call that had less than a whole deadline says nothing about Redis.
    const onReplaced = call.via !== undefined && call.via === this.replaced;
    if (verdict === 'silent' || (!lease && call.deadlineMs >= this.deadlineMs && !onReplaced)) this.breaker.failed();
    if (lease && verdict === 'silent') this.listener.onSilence(lease);
    if (lease && verdict === 'replace') this.replace(lease);
  }

  private replace(lease: Lease): void {
    this.replaced = lease;
    this.listener.onSilence(lease);
  }

  /** A question of our own, so that a fault is noticed when nobody calls, and no caller has to be the first. */
  private ping(): void {
    this.submit({ ...PING, failFast: true }, this.deadlineMs).catch(() => undefined);
  }

  /** Whether to wait would be in vain: Redis is away, or it takes no writes. */
  private isHopeless(call: PendingCall): boolean {
    if (!this.lease) return this.breaker.isOpen;
    return call.command.kind === 'write' && this.lanes.writesHeldMs() >= this.deadlineMs;
  }

  /** Those that are to fail fast never wait for the end of an outage. */
  private giveUpTheHasty(): void {
    if (!this.breaker.isOpen) return;
    for (const call of this.queue.waiting()) {
      if (!call.command.failFast) continue;
      this.queue.remove(call);
      call.giveUp(breakerIsOpen(this.lease, this.trouble));
    }
  }
}
