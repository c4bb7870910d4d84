import { CallQueue } from './call-queue.js';
import { CoalescedSender } from '../coalesce/coalesced-sender.js';
import { Deadlines } from './deadlines.js';
import { Dispatch } from './dispatch.js';
import { isWrongNode } from '../wire/classify-error.js';
import { breakerIsOpen, noReply, queueIsFull, waitedTooLong } from './gate-diagnoses.js';
import type { GateListener, GateSettings } from './gate-listener.js';
import { InFlight } from './in-flight.js';
import { ConnectionChoice } from './connection-choice.js';
import type { NodeConnection } from '../wire/node-connection.js';
import type { Outcome } from '../wire/outcome.js';
import { PendingCall } from './pending-call.js';
import { PING, type RedisCommand, type SizeTest } from '../contract/redis-client.js';
import { ReplyCheck } from './reply-check.js';
import { ReturnedCalls } from './returned-calls.js';
import { TimedBreaker } from './timed-breaker.js';
import { transient, type Diagnosis } from '../wire/diagnosis.js';

/**
 * Each call to the primary passes the gate. Its rules:
 *
 * - A call settles within its deadline, queueing included.
 * - A write is sent at most once, and again only when the server returned it unexecuted. A read may be sent
 *   again.
 * - A call that was rejected as not executed is never sent later.
 * - What waits is bounded in calls and bytes, and so is what is in flight. Beyond both bounds a call is
 *   rejected at once.
 * - While the circuit breaker is open, calls that fail fast do, and never wait.
 */
export class Gate {
  readonly breaker: TimedBreaker;
  private readonly deadlineMs: number;
  private readonly queue: CallQueue;
  private readonly choice: ConnectionChoice;
  private readonly sender: CoalescedSender;
  private readonly deadlines: Deadlines<PendingCall>;
  private readonly replies = new ReplyCheck((connection) => this.listener.onUnexpectedReply(connection));
  /** The connection that takes calls now. */
  connection: NodeConnection | undefined;
  private readonly inFlight: InFlight;
  private diagnosis: Diagnosis = transient('no-primary', 'not connected yet.');
  private closed: Diagnosis | undefined;
  private readonly returned = new ReturnedCalls((calls) => this.putBack(calls));
  /** Replaced because it went silent: calls that are late on it must not trip the breaker. */
  private replaced: NodeConnection | undefined;

  constructor(
    { gate, callDeadlineMs, breakerFailures, maxSocketsPerNode, coalesce }: GateSettings,
    private readonly listener: GateListener,
  ) {
    this.inFlight = new InFlight(gate);
    this.deadlineMs = callDeadlineMs;
    this.queue = new CallQueue(gate);
    this.sender = new CoalescedSender(coalesce);
    this.deadlines = new Deadlines(callDeadlineMs, (call) => call.passed(() => this.expire(call)));
    this.breaker = new TimedBreaker({ failures: breakerFailures, lastingMs: callDeadlineMs / 2 }, (state) => {
      this.failFastCalls();
      this.listener.onBreaker(state);
    });
    this.choice = new ConnectionChoice(
      { deadlineMs: callDeadlineMs, maxSockets: maxSocketsPerNode, openSecond: (...node) => listener.openSecond(...node) },
      {
        onIdle: () => void this.submit({ ...PING, failFast: true }, this.deadlineMs).catch(() => undefined),
        onBroken: (broken) => this.replace(broken),
        onChange: () => this.pump(),
        sentOn: (connection) => this.inFlight.on(connection),
        askAgain: (call) => this.sendIfRoom(call),
      },
    );
  }

  /** Takes a call. Settles as `RedisClient.send` does. */
  submit(command: RedisCommand, deadlineMs: number): Promise<unknown> {
    return this.admit(new PendingCall(command, deadlineMs));
  }

  /** Takes a call that may have begun elsewhere. Settles within its deadline. */
  admit(call: PendingCall, isNew = true): Promise<unknown> {
    const isNext = this.queue.size === 0 || this.choice.mayPass(call);
    const connection = isNext ? this.connectionFor(call) : undefined;
    const refusal = this.closed ?? (connection ? undefined : this.whyNotWait(call, !this.queue.hasRoomFor(call)));
    if (refusal) call.giveUp(refusal);
    else {
      if (isNew && call.deadlineMs === this.deadlineMs) this.deadlines.add(call);
      else call.startDeadline(() => this.expire(call));
      if (connection) this.sendOn(call, connection);
      else this.queue.push(call);
    }
    return call.promise;
  }

  /** Returns why `submit` would reject a write at once; undefined when it would accept it. */
  refusal(write: RedisCommand, takesMoreThan: SizeTest): Diagnosis | undefined {
    if (this.closed) return this.closed;
    const { size, roomBytes } = this.queue;
    if (size === 0 && this.connection && !this.choice.isSplit) return undefined;
    const call = new PendingCall(write, this.deadlineMs);
    if (size === 0 && this.connectionFor(call)) return undefined;
    return this.whyNotWait(call, call.sizeBytes > roomBytes || takesMoreThan(roomBytes));
  }

  /** Sends calls over this connection from now on; those that wait go first. */
  open(connection: NodeConnection): void {
    if (connection !== this.connection) {
      this.connection = connection;
      this.choice.begin(connection);
      this.breaker.answered();
    }
    this.pump();
  }

  /** Lets calls wait from now on. A permanent diagnosis rejects them instead, those that wait included. */
  shut(diagnosis: Diagnosis): void {
    this.connection = undefined;
    this.choice.end();
    this.diagnosis = diagnosis;
    if (!this.closed) this.breaker.cutOff();
    if (diagnosis.permanent) for (const call of this.queue.drain()) call.giveUp(diagnosis);
  }

  /** Rejects all calls that wait, and all later ones. */
  close(): void {
    this.connection = undefined;
    this.choice.end();
    this.breaker.close();
    this.closed = transient('closed', 'the cache has been closed.');
    for (const call of this.queue.drain()) call.giveUp(this.closed);
    this.deadlines.close();
  }

  private whyNotWait(call: PendingCall, isFull: boolean): Diagnosis | undefined {
    if (this.diagnosis.permanent && !this.connection) return this.diagnosis;
    if (call.command.failFast && this.isHopeless(call)) return breakerIsOpen(this.connection, this.diagnosis);
    return isFull ? queueIsFull(this.connection, this.diagnosis, this.queue.size) : undefined;
  }

  private connectionFor(call: PendingCall): NodeConnection | undefined {
    if (!this.connection || !this.inFlight.hasRoomFor(call)) return undefined;
    const connection = this.choice.pick(call);
    return connection?.isOpen ? connection : undefined;
  }

  private sendIfRoom(call: PendingCall): boolean {
    const connection = this.connectionFor(call);
    if (connection) this.sendOn(call, connection);
    return connection !== undefined;
  }

  private sendOn(call: PendingCall, connection: NodeConnection): void {
    const sent = new Dispatch(call, connection, this.onOutcome);
    this.inFlight.add(sent);
    call.sentAtMs = performance.now();
    call.via = connection;
    this.choice.onSend(call, connection);
    this.sender.send(connection, call.command, sent);
  }

  private pump(): void {
    for (const call of this.queue.waiting()) {
      const connection = this.connectionFor(call);
      if (!connection) {
        if (this.choice.isSplit) continue;
        return;
      }
      this.queue.remove(call);
      // A write that can hardly be answered in time would end as "unknown", not as "not executed".
      if (call.isTooLateToWrite()) call.giveUp(waitedTooLong(this.connection, this.diagnosis, call.deadlineMs));
      else this.sendOn(call, connection);
    }
  }

  private readonly onOutcome = (sent: Dispatch, said: Outcome): void => {
    const { call, connection } = sent;
    const outcome = this.replies.of(call, connection, said);
    this.inFlight.remove(sent);
    this.choice.onOutcome(call, connection, outcome.kind === 'reply' || outcome.kind === 'refused');
    if (outcome.kind === 'reply') call.succeed(outcome.value);
    else if (outcome.kind === 'lost') this.onLost(call, connection);
    else if (outcome.kind === 'unsent') call.cannotBeSent(outcome.message);
    else if (isWrongNode(outcome.message, call.command.mayFailHalfway)) this.onGivenBack(call, connection, outcome.message);
    else call.refuse(outcome.message);
    // Returned by one connection and answered by another.
    if (call.settled && call.via !== connection) this.queue.remove(call);
    if (this.queue.size > 0) this.pump();
  };

  private onGivenBack(call: PendingCall, connection: NodeConnection, message: string): void {
    if (this.listener.onWrongNode(connection, message) === 'refuse') return call.refuse(message);
    // It was sent again on another connection.
    if (call.via !== connection) return;
    call.sentAtMs = 0;
    this.waitAgain(call);
  }

  private onLost(call: PendingCall, connection: NodeConnection): void {
    if (call.settled || call.via !== connection) return;
    const broken = 'the connection broke before the reply; whether it was executed is unknown.';
    if (call.command.kind === 'write') return call.giveUp(transient('connection-lost', broken));
    call.sentAtMs = 0;
    this.waitAgain(call);
  }

  private waitAgain(call: PendingCall): void {
    if (call.settled) return;
    if (this.closed) return call.giveUp(this.closed);
    this.returned.add(call);
  }

  private putBack(calls: readonly PendingCall[]): void {
    if (this.diagnosis.permanent && !this.connection) for (const call of calls) call.giveUp(this.diagnosis);
    else this.queue.putBack(calls);
    this.failFastCalls();
    this.pump();
  }

  private expire(call: PendingCall): void {
    if (call.settled) return;
    this.queue.remove(call);
    const connection = this.connection;
    const verdict = connection && (connection.isOpen ? call.isSent && this.choice.judge(call) : 'silent');
    const late = waitedTooLong(this.connection, this.diagnosis, call.deadlineMs);
    call.giveUp(call.isSent ? noReply(call.deadlineMs) : late);
    // Less than a whole deadline proves nothing about Redis.
    const onReplaced = call.via !== undefined && call.via === this.replaced;
    if (verdict === 'silent' || (!connection && call.deadlineMs >= this.deadlineMs && !onReplaced))
      this.breaker.failed(call.turn);
    if (connection && verdict === 'silent') this.listener.onSilence(connection);
    if (verdict === 'held-back') this.choice.suspectWrites();
    if (connection && (verdict === 'held-back' || verdict === 'damaged')) this.replace(connection);
  }

  private replace(connection: NodeConnection): void {
    this.replaced = connection;
    this.listener.onSilence(connection);
  }

  /** Whether waiting is in vain: Redis is away, or it holds writes back. */
  private isHopeless(call: PendingCall): boolean {
    return this.connection ? call.command.kind === 'write' && this.choice.writesHeldMs() >= this.deadlineMs : this.breaker.isOpen;
  }

  private failFastCalls(): void {
    if (!this.breaker.isOpen) return;
    for (const call of this.queue.waiting()) {
      if (!call.command.failFast) continue;
      this.queue.remove(call);
      call.giveUp(breakerIsOpen(this.connection, this.diagnosis));
    }
  }
}
