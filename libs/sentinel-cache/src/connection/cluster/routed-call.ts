import type { CommandRejectedError } from '../../errors/command-rejected.error.js';
import { commandKeys } from '../contract/command-keys.js';
import { keySlot } from '../../keys/key-slot.js';
import { leastForAReplyMs, refusalOf, sizeOf } from '../gate/pending-call.js';
import type { RedisCommand } from '../contract/redis-client.js';
import { transient, type Diagnosis } from '../wire/diagnosis.js';

/**
 * Commands that one node would answer for its own keys as if they were all; each with what to use instead.
 */
const WHOLE_KEYSPACE: ReadonlyMap<string, string> = new Map([
  ['SCAN', 'Use cache.iterKeys().'],
  ['KEYS', 'Use cache.iterKeys().'],
  ['RANDOMKEY', 'Use cache.iterKeys().'],
  ['DBSIZE', 'Count cache.iterKeys(), or ask a node itself.'],
  ['FLUSHDB', 'Use cache.clear({ database: true }).'],
  ['FLUSHALL', 'Use cache.clear({ database: true }).'],
]);

/** One call on its way through a cluster: its slot and its deadline. */
export class RoutedCall {
  /** Undefined when the command names no key: any primary may answer it. */
  readonly slot: number | undefined;
  readonly startedAtMs = performance.now();
  /** How often a node sent it on. */
  redirects = 0;
  /** Whether it has waited, so that less than its deadline is left. */
  delayed = false;
  private readonly deadlineMs: number;

  private constructor(
    readonly command: RedisCommand,
    callDeadlineMs: number,
    slots: readonly number[],
  ) {
    [this.slot] = slots;
    this.deadlineMs = command.deadlineMs ?? callDeadlineMs;
  }

  /** Returns the call, or the error where no node can ever take it. */
  static of(command: RedisCommand, callDeadlineMs: number): RoutedCall | CommandRejectedError {
    const keys = command.keys === 'all' ? commandKeys(command.name, command.args) : command.keys;
    const slots = [...new Set(keys.map(keySlot))];
    if (slots.length > 1)
      return refusalOf(
        command,
        'CROSSSLOT',
        'its keys are in different slots of the cluster, and one command can have keys of one slot only. ' +
          'Give them a common {part} in braces, or call it for each key.',
      );
    const instead = command.keys === 'all' ? WHOLE_KEYSPACE.get(command.name.toUpperCase()) : undefined;
    if (instead !== undefined)
      return refusalOf(command, 'NOTALLOWED', `it would be answered for the keys of one node of the cluster alone. ${instead}`);
    return new RoutedCall(command, callDeadlineMs, slots);
  }

  get isPing(): boolean {
    return this.command.name.toUpperCase() === 'PING';
  }

  get sizeBytes(): number {
    return sizeOf(this.command);
  }

  /** Milliseconds until the deadline. */
  remainingMs(): number {
    return this.startedAtMs + this.deadlineMs - performance.now();
  }

  /**
   * Whether too little time is left for another node: a write would end as "unknown", and ends as "not
   * executed" instead.
   */
  isTooLate(): boolean {
    const leastMs = this.command.kind === 'write' ? leastForAReplyMs(this.deadlineMs) : 1;
    return this.remainingMs() < leastMs;
  }

  /** Returns the command for the next node, with the time that is left. */
  next(asking: boolean): RedisCommand {
    if (this.redirects === 0 && !this.delayed) return this.command;
    return { ...this.command, asking, deadlineMs: Math.max(1, this.remainingMs()) };
  }

  /** Explains that the time is over, and what the call waited for. */
  late(why: Diagnosis): Diagnosis {
    return transient(why.reason, `gave up after ${Math.round(this.deadlineMs)} ms. ${why.message}`);
  }
}
