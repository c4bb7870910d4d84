import { CacheUnavailableError, type Executed } from '../../errors/cache-unavailable.error.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import { InvalidArgumentError } from '../../errors/invalid-argument.error.js';
import { failedBeforeExecution, redisCodeOf, withoutArguments } from '../wire/classify-error.js';
import { describeCommand } from '../contract/operation.js';
import type { Timed } from './deadlines.js';
import type { NodeConnection } from '../wire/node-connection.js';
import type { RedisCommand } from '../contract/redis-client.js';
import type { Diagnosis } from '../wire/diagnosis.js';

/** How long a reply may take on a busy server. */
const LEAST_FOR_A_REPLY_MS = 100;
/** A timer this late means that the process stood still. */
const LONG_STALL_MS = 100;
/** Roughly what a queued command takes besides its arguments. */
const OVERHEAD_BYTES = 200;
/** Characters. */
const SHORT_TEXT = 200;

/** One call on its way through a gate. Settles exactly once, and knows whether it was sent. */
export class PendingCall implements Timed<PendingCall> {
  readonly promise: Promise<unknown>;
  readonly sizeBytes: number;
  readonly startedAtMs = performance.now();
  /** When it was last sent; 0 while it was not, or was returned unexecuted. */
  sentAtMs = 0;
  /** The connection on which it was last sent. */
  via: NodeConnection | undefined;
  /** The reads that were sent with it: they are late together. */
  turn: object | undefined;
  settled = false;
  /** What ends it when its time is over, and its neighbours there. */
  deadlines: Timed<PendingCall>['deadlines'];
  before: PendingCall | undefined;
  after: PendingCall | undefined;
  private timer: NodeJS.Timeout | undefined;
  private resolve!: (value: unknown) => void;
  private reject!: (error: unknown) => void;

  constructor(
    readonly command: RedisCommand,
    readonly deadlineMs: number,
  ) {
    this.sizeBytes = sizeOf(command);
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** Calls back when the deadline has passed, unless the call is settled by then. */
  startDeadline(onLate: () => void): void {
    this.timer = setTimeout(() => this.passed(onLate), Math.max(1, this.remainingMs()));
  }

  /**
   * Its time is over. A stalled event loop fires its timers before it reads its sockets: a call that was sent
   * gets one look at what has arrived before it counts as late. After a long stall it may have been written
   * only now, and gets a moment for the reply.
   */
  passed(onLate: () => void): void {
    if (this.settled) return;
    if (!this.isSent) onLate();
    else if (this.remainingMs() > -LONG_STALL_MS) setImmediate(onLate);
    else this.timer = setTimeout(() => setImmediate(onLate), LONG_STALL_MS / 2);
  }

  /** Milliseconds until the deadline. */
  remainingMs(): number {
    return this.startedAtMs + this.deadlineMs - performance.now();
  }

  /** Whether too little of the deadline is left for the reply of a write. */
  isTooLateToWrite(): boolean {
    return this.command.kind === 'write' && this.remainingMs() < leastForAReplyMs(this.deadlineMs);
  }

  /** Whether it was sent and has no reply yet. */
  get isSent(): boolean {
    return this.sentAtMs !== 0;
  }

  succeed(value: unknown): void {
    if (this.settle()) this.resolve(value);
  }

  /** Rejects it with Redis' error reply. */
  refuse(message: string): void {
    const executed = this.command.mayFailHalfway && !failedBeforeExecution(message) ? 'unknown' : false;
    if (!this.settle()) return;
    const { alias } = this.command;
    const reply = withoutArguments(message);
    this.reject(
      new CommandRejectedError(redisCodeOf(message), `${describeCommand(this.command)}: ${reply}`, { reply, executed, alias }),
    );
  }

  /** Rejects it because it is longer than a string can be. Nothing was sent. */
  cannotBeSent(message: string): void {
    if (this.settle())
      this.reject(new InvalidArgumentError(`${describeCommand(this.command)}: ${message}`, { alias: this.command.alias }));
  }

  /** Rejects it for lack of an answer. `executed` is 'unknown' when it was sent. */
  giveUp(diagnosis: Diagnosis): void {
    const executed: Executed = this.isSent ? 'unknown' : false;
    if (this.settle()) this.reject(outageOf(this.command, diagnosis, executed));
  }

  stopDeadline(): void {
    this.deadlines?.remove(this);
    if (this.timer) clearTimeout(this.timer);
  }

  private settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.stopDeadline();
    return true;
  }
}

/** Returns what must be left of a deadline for a write to be sent, in milliseconds. */
export function leastForAReplyMs(deadlineMs: number): number {
  return Math.min(LEAST_FOR_A_REPLY_MS, deadlineMs / 5);
}

/** Makes the error of a command that got no answer. */
export function outageOf(command: RedisCommand, { reason, message }: Diagnosis, executed: Executed): CacheUnavailableError {
  return new CacheUnavailableError(reason, executed, `${describeCommand(command)}: ${message}`, { alias: command.alias });
}

/** Makes the error of a command that this package refuses before sending it. */
export function refusalOf(command: RedisCommand, redisCode: string, message: string): CommandRejectedError {
  return new CommandRejectedError(redisCode, `${describeCommand(command)}: ${message}`, { alias: command.alias });
}

/** Returns roughly what a command takes in a queue, in bytes. */
export function sizeOf(command: RedisCommand): number {
  let size = OVERHEAD_BYTES;
  for (const argument of command.args) {
    if (typeof argument === 'number') size += 8;
    // Counting the bytes of short text would take longer than the difference is worth.
    else if (typeof argument === 'string') size += argument.length < SHORT_TEXT ? argument.length : Buffer.byteLength(argument);
    // `command` takes what is sent as its text, too: a bigint, a boolean.
    else size += Buffer.isBuffer(argument) ? argument.length : String(argument).length;
  }
  return size;
}
