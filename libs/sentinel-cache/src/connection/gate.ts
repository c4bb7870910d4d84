import type { GateConfig } from '../settings/resolved-settings.js';
import { CallQueue } from './call-queue.js';
import type { BreakerState } from './circuit-breaker.js';
import { classifyReplyError } from './classify-error.js';
import type { GateListener, GateSettings } from './gate-listener.js';
import { Lanes } from './lanes.js';
import type { Lease } from './lease.js';
import type { Outcome } from './outcome.js';
import { PendingCall } from './pending-call.js';
import type { RedisCommand } from './redis-client.js';
import { TimedBreaker } from './timed-breaker.js';
import { passing, type Trouble } from './trouble.js';

/** A timer this late says that the process stood still. */
const LONG_STALL_MS = 100;

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
    this.breaker = new TimedBreaker({ failures: breakerFailures, lastingMs: callDeadlineMs / 2 }, (state) =>
      this.onBreaker(state),
    );
    this.lanes = new Lanes(
      { deadlineMs: callDeadlineMs, maxSockets: maxSocketsPerNode, openSecond: (...node) => listener.openSecond(...node) },
      { onIdle: () => this.ping(), onChange: () => this.pump(), askAgain: (call) => this.canHand(call) && this.hand(call) },
    );
  }

  /** Takes a call in; the answer is in its promise. */
  submit(command: RedisCommand, deadlineMs: number): Promise<unknown> {
    const call = new PendingCall(command, deadlineMs);
    if (this.closed) call.giveUp(this.closed);
    else if ((this.queue.size === 0 || this.lanes.mayPass(call)) && this.canHand(call)) this.arm(call, () => this.hand(call));
    else if (this.trouble.definitive && !this.lease) call.giveUp(this.trouble);
    else if (command.failFast && this.isHopeless(call)) call.giveUp(this.breakerTrouble());
    else if (this.queue.hasRoomFor(call)) this.arm(call, () => this.queue.push(call));
    else call.giveUp(passing('queue-full', `${this.queue.size} calls are waiting already. ${this.whyWaiting()}`));
    return call.promise;
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

  private arm(call: PendingCall, then: () => void): void {
    call.timer = setTimeout(() => this.onDeadline(call), Math.max(1, call.deadlineMs));
    then();
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
      if (call.isTooLateToWrite()) call.giveUp(this.lateTrouble(call));
      else this.hand(call);
    }
  }

  private onOutcome(call: PendingCall, lease: Lease, outcome: Outcome): void {
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
    this.giveUpTheHasty();
    this.pump();
  }

  /**
   * A stalled event loop fires its timers before it reads its sockets: a handed call gets one look at what has arrived before it
   * is called late (fault 58). After a long stall it may have been written only now, and gets a moment for the reply.
   */
  private onDeadline(call: PendingCall): void {
    if (call.settled) return;
    if (!call.isHanded) this.expire(call);
    else if (call.remainingMs() > -LONG_STALL_MS) setImmediate(() => this.expire(call));
    else call.timer = setTimeout(() => setImmediate(() => this.expire(call)), LONG_STALL_MS / 2);
  }

  private expire(call: PendingCall): void {
    if (call.settled) return;
    this.queue.remove(call);
    const lease = this.lease;
    const verdict = lease && (lease.isOpen ? call.isHanded && this.lanes.judge(call) : 'silent');
    if (call.isHanded)
      call.giveUp(passing('deadline', `no reply within ${Math.round(call.deadlineMs)} ms; whether it was executed is unknown.`));
    else call.giveUp(this.lateTrouble(call));
    // A call that had less than a whole deadline says nothing about Redis.
    const onReplaced = call.via !== undefined && call.via === this.replaced;
    if (verdict === 'silent' || (!lease && call.deadlineMs >= this.deadlineMs && !onReplaced)) this.breaker.failed();
    if (verdict === 'replace') this.replaced = lease || undefined;
    if (lease && (verdict === 'silent' || verdict === 'replace')) this.listener.onSilence(lease);
  }

  /** A question of our own, so that a fault is noticed when nobody calls, and no caller has to be the first. */
  private ping(): void {
    this.submit({ kind: 'read', name: 'PING', args: [], keys: [], failFast: true }, this.deadlineMs).catch(() => undefined);
  }

  /** Whether to wait would be in vain: Redis is away, or it takes no writes. */
  private isHopeless(call: PendingCall): boolean {
    if (!this.lease) return this.breaker.isOpen;
    return call.command.kind === 'write' && this.lanes.writesHeldMs() >= this.deadlineMs;
  }

  private onBreaker(state: BreakerState): void {
    this.giveUpTheHasty();
    this.listener.onBreaker(state);
  }

  /** Those that are to fail fast never wait for the end of an outage. */
  private giveUpTheHasty(): void {
    if (!this.breaker.isOpen) return;
    for (const call of this.queue.waiting()) {
      if (!call.command.failFast) continue;
      this.queue.remove(call);
      call.giveUp(this.breakerTrouble());
    }
  }

  private breakerTrouble(): Trouble {
    const why = this.lease ? 'the primary answers reads, and holds writes back (CLIENT PAUSE?).' : this.trouble.message;
    return passing('breaker-open', `not tried, since the circuit breaker is open: ${why}`);
  }

  private lateTrouble(call: PendingCall): Trouble {
    const reason = this.lease ? 'deadline' : this.trouble.reason;
    return passing(reason, `gave up after ${Math.round(call.deadlineMs)} ms. ${this.whyWaiting()}`);
  }

  private whyWaiting(): string {
    return this.lease ? 'The connection is busy.' : this.trouble.message;
  }
}
