import { CacheUnavailableError, type Executed } from '../../errors/cache-unavailable.error.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import { InvalidArgumentError } from '../../errors/invalid-argument.error.js';
import { failedBeforeExecution, redisCodeOf, withoutArguments } from '../wire/classify-error.js';
import { describeCommand } from '../contract/operation.js';
import type { NodeConnection } from '../wire/node-connection.js';
import type { RedisCommand } from '../contract/redis-client.js';
import type { Diagnosis } from '../wire/diagnosis.js';

/** What a reply may take on a busy day. */
const LEAST_FOR_A_REPLY_MS = 100;
/** A timer this late says that the process stood still. */
const LONG_STALL_MS = 100;
/** What a queued command costs beside its arguments, roughly. */
const OVERHEAD_BYTES = 200;

/** One call on its way through a gate: settles exactly once, and knows whether it was ever handed to a socket. */
export class PendingCall {
  readonly promise: Promise<unknown>;
  readonly sizeBytes: number;
  readonly startedAtMs = performance.now();
  /** When it was last handed to a socket; 0 while it was not, or was given back unexecuted. */
  sentAtMs = 0;
  /** The connection it was last handed to. */
  via: NodeConnection | undefined;
  settled = false;
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

  /** Calls back when the deadline has passed, unless it is settled by then. */
  startDeadline(onLate: () => void): void {
    this.timer = setTimeout(() => this.onTimer(onLate), Math.max(1, this.deadlineMs));
  }

  /**
   * A stalled event loop fires its timers before it reads its sockets: a handed call gets one look at what has arrived before it
   * is called late. After a long stall it may have been written only now, and gets a moment for the reply.
   */
  private onTimer(onLate: () => void): void {
    if (this.settled) return;
    if (!this.isSent) onLate();
    else if (this.remainingMs() > -LONG_STALL_MS) setImmediate(onLate);
    else this.timer = setTimeout(() => setImmediate(onLate), LONG_STALL_MS / 2);
  }

  /** Milliseconds until the deadline. */
  remainingMs(): number {
    return this.startedAtMs + this.deadlineMs - performance.now();
  }

  /** A write that has waited is handed over only while something of its deadline is left for the reply. */
  isTooLateToWrite(): boolean {
    return this.command.kind === 'write' && this.remainingMs() < leastForAReplyMs(this.deadlineMs);
  }

  /** True while a socket has it and no reply has come. */
  get isSent(): boolean {
    return this.sentAtMs !== 0;
  }

  succeed(value: unknown): void {
    if (this.settle()) this.resolve(value);
  }

  /** Redis said no. */
  refuse(message: string): void {
    const executed = this.command.mayFailHalfway && !failedBeforeExecution(message) ? 'unknown' : false;
    if (!this.settle()) return;
    const { alias } = this.command;
    const reply = withoutArguments(message);
    this.reject(
      new CommandRejectedError(redisCodeOf(message), `${describeCommand(this.command)}: ${reply}`, { reply, executed, alias }),
    );
  }

  /** It can't be written as a command: larger than a string can be. */
  cannotBeSent(message: string): void {
    if (this.settle())
      this.reject(new InvalidArgumentError(`${describeCommand(this.command)}: ${message}`, { alias: this.command.alias }));
  }

  /** Nobody answered. `executed` follows from whether a socket has it. */
  giveUp(diagnosis: Diagnosis): void {
    const executed: Executed = this.isSent ? 'unknown' : false;
    if (this.settle()) this.reject(outageOf(this.command, diagnosis, executed));
  }

  private settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    clearTimeout(this.timer);
    return true;
  }
}

/** What has to be left of a deadline for a write to be handed over. */
export function leastForAReplyMs(deadlineMs: number): number {
  return Math.min(LEAST_FOR_A_REPLY_MS, deadlineMs / 5);
}

/** The error of a command that nobody answered. */
export function outageOf(command: RedisCommand, { reason, message }: Diagnosis, executed: Executed): CacheUnavailableError {
  return new CacheUnavailableError(reason, executed, `${describeCommand(command)}: ${message}`, { alias: command.alias });
}

/** The error of a command that is refused here, before anything is sent. */
export function refusalOf(command: RedisCommand, redisCode: string, message: string): CommandRejectedError {
  return new CommandRejectedError(redisCode, `${describeCommand(command)}: ${message}`, { alias: command.alias });
}

/** What a command takes of the room in a queue, roughly. */
export function sizeOf(command: RedisCommand): number {
  let size = OVERHEAD_BYTES;
  for (const argument of command.args) size += typeof argument === 'number' ? 8 : Buffer.byteLength(argument);
  return size;
}
