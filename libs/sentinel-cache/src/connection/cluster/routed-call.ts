import type { CommandRejectedError } from '../../errors/command-rejected.error.js';
import { commandKeys } from '../contract/command-keys.js';
import { keySlot } from './key-slot.js';
import { leastForAReplyMs, refusalOf, sizeOf } from '../gate/pending-call.js';
import type { RedisCommand } from '../contract/redis-client.js';
import { transient, type Diagnosis } from '../wire/diagnosis.js';

/** Commands that would look at one node's keys and seem to speak of all; each with what does. */
const WHOLE_KEYSPACE: ReadonlyMap<string, string> = new Map([
  ['SCAN', 'Use cache.iterKeys().'],
  ['KEYS', 'Use cache.iterKeys().'],
  ['RANDOMKEY', 'Use cache.iterKeys().'],
  ['DBSIZE', 'Count cache.iterKeys(), or ask a node itself.'],
  ['FLUSHDB', 'Use cache.clear({ database: true }).'],
  ['FLUSHALL', 'Use cache.clear({ database: true }).'],
]);

/** One call on its way through a cluster: its slot, and when it has to end. */
export class RoutedCall {
  /** Undefined: it names no key, and any primary will do. */
  readonly slot: number | undefined;
  readonly startedAtMs = performance.now();
  redirects = 0;
  /** It has waited: less than its deadline is left. */
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

  /** The call, or why no node could ever take it. */
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

  remainingMs(): number {
    return this.startedAtMs + this.deadlineMs - performance.now();
  }

  /** Whether too little is left for another node to answer: a write would end as "unknown" and ends as "not executed" instead. */
  isTooLate(): boolean {
    const leastMs = this.command.kind === 'write' ? leastForAReplyMs(this.deadlineMs) : 1;
    return this.remainingMs() < leastMs;
  }

  /** The command for the next node; as it is where no time has passed. */
  next(asking: boolean): RedisCommand {
    if (this.redirects === 0 && !this.delayed) return this.command;
    return { ...this.command, asking, deadlineMs: Math.max(1, this.remainingMs()) };
  }

  /** Why it ended, when there is no time left for what it waits for. */
  late(why: Diagnosis): Diagnosis {
    return transient(why.reason, `gave up after ${Math.round(this.deadlineMs)} ms. ${why.message}`);
  }
}
