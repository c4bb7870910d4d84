import type { RedisCommand } from '../contract/redis-client.js';
import type { Reply } from '../resp/reply.js';
import type { NodeConnection } from '../wire/node-connection.js';
import { LOST, type Outcome } from '../wire/outcome.js';
import type { PendingReply } from '../wire/pending-replies.js';
import { CoalescedRead, type ReadListener, type ReadReply } from './coalesced-read.js';
import { dispatchCommand } from './dispatch-command.js';
import { isRefusedCommand } from './is-refused-command.js';
import { LoneKeys } from './lone-keys.js';
import { planReads, type Coalescing } from './plan-reads.js';
import { ReadBatch, type BatchSender } from './read-batch.js';

/** Redis is one thread: a longer MGET would keep it from everybody else. */
const MOST_KEYS = 512;
/** A key whose value was larger is asked alone: the values behind it in a batch would wait for it. */
const LARGE_BYTES = 64 * 1024;
/** Number of keys that are remembered as large or refused. */
const LONE_KEYS = 1000;

/** What a coalescer needs of a connection. */
export type CoalescedConnection = Pick<NodeConnection, 'dispatch' | 'beforeWrite' | 'writeSoon' | 'onClose'>;

/** The reads of one turn, until all are settled. */
class ReadTurn implements ReadListener {
  /** By key; without those for which a GET of their own was sent. */
  readonly reads = new Map<string, CoalescedRead>();
  private left = 0;

  constructor(
    readonly onAnswered: ReadListener['onAnswered'],
    private readonly onEnd: (turn: ReadTurn) => void,
  ) {}

  add(key: string, reply: ReadReply): void {
    this.left += 1;
    this.reads.set(key, new CoalescedRead(key, reply, this));
  }

  /** Takes a read out of the batch: a GET of its own is sent for it. */
  take(key: string): CoalescedRead | undefined {
    const read = this.reads.get(key);
    if (read) this.reads.delete(key);
    return read;
  }

  onSettled(): void {
    this.left -= 1;
    if (this.left === 0) this.onEnd(this);
  }
}

/**
 * Sends the commands of one connection. GETs are kept until the connection writes, and then asked together,
 * each key once; everything else goes out at once, in its order.
 *
 * - A read that was sent before a write of its key doesn't see it, one that was sent after it does. So a
 *   write first sends a GET for each of its keys that is waited for: what the batch says of it is not settled
 *   before the write.
 * - Nothing is asked together before a GET was answered here: a user may be allowed MGET and not GET.
 * - That MGET or EXISTS may not ask, or is not there, is remembered as long as the connection stands.
 */
export class Coalescer implements BatchSender {
  mayAskExists = true;
  private mayAskMget = true;
  private mayAskGet = false;
  private isClosed = false;
  private readonly lone = new LoneKeys(LONE_KEYS);
  /** Not sent yet. */
  private open = this.newTurn();
  /** Sent, and not settled; few. */
  private unsettled: ReadTurn[] = [];

  constructor(
    private readonly connection: CoalescedConnection,
    private readonly coalescing: Exclude<Coalescing, 'off'>,
  ) {
    connection.beforeWrite(() => this.flush());
    connection.onClose(() => this.onClosed());
  }

  /** Sends a command in this turn of the event loop. `reply.done` is called exactly once. */
  send(command: RedisCommand, reply: ReadReply): void {
    if (isSingleGet(command)) return this.collect(command.args[0], reply);
    if (command.name === 'SET') this.onValue(String(command.args[0]), command.args[1]!);
    dispatchCommand(this.connection, command, reply);
  }

  /** A write of these keys is about to be sent, here or on another connection. */
  beforeWriteOf(keys: readonly string[] | 'all'): void {
    const { open, unsettled } = this;
    if (open.reads.size === 0 && unsettled.length === 0) return;
    for (const turn of [open, ...unsettled]) {
      for (const key of keys === 'all' ? [...turn.reads.keys()] : keys) {
        const read = turn.take(key);
        if (read && !read.isSettled && !read.isAskedAlone) this.askAlone(read);
      }
    }
  }

  ask(name: 'MGET' | 'EXISTS', keys: readonly string[], reply: PendingReply): void {
    this.connection.dispatch(name, keys, reply);
  }

  askAlone(read: CoalescedRead): void {
    read.isAskedAlone = true;
    this.connection.dispatch('GET', [read.key], read);
  }

  onValue(key: string, value: Reply): void {
    if (Buffer.isBuffer(value) && value.length > LARGE_BYTES) this.lone.add(key);
  }

  onRefused(name: 'MGET' | 'EXISTS', message: string): void {
    // A key that is forbidden is found when it is asked alone.
    if (!isRefusedCommand(message, name)) return;
    if (name === 'MGET') this.mayAskMget = false;
    else this.mayAskExists = false;
  }

  private collect(key: string, reply: ReadReply): void {
    if (this.isClosed) return reply.done(LOST);
    const { open } = this;
    reply.turn = open;
    const known = open.reads.get(key);
    if (known) return known.join(reply);
    open.add(key, reply);
    if (open.reads.size >= MOST_KEYS) this.flush();
    else if (open.reads.size === 1) this.connection.writeSoon();
  }

  private flush(): void {
    const { open } = this;
    if (open.reads.size === 0) return;
    this.open = this.newTurn();
    this.unsettled.push(open);
    const coalescing = this.mayAskGet && this.mayAskMget ? this.coalescing : 'off';
    const { together, alone } = planReads(open.reads.values(), coalescing, (key) => this.lone.has(key));
    for (const reads of together) new ReadBatch(reads, this).ask();
    for (const read of alone) this.askAlone(read);
  }

  private newTurn(): ReadTurn {
    return new ReadTurn(
      (read, outcome) => this.onAnswered(read, outcome),
      (turn) => this.forget(turn),
    );
  }

  private forget(turn: ReadTurn): void {
    if (turn === this.open) return;
    // What still refers to the turn, such as a call that V8 has not collected, must not keep its reads alive.
    turn.reads.clear();
    if (this.unsettled[0] === turn) this.unsettled.shift();
    else this.unsettled = this.unsettled.filter((other) => other !== turn);
  }

  /** A GET was answered. */
  private onAnswered({ key }: CoalescedRead, outcome: Outcome): void {
    if (outcome.kind === 'reply') {
      this.mayAskGet = true;
      if (Buffer.isBuffer(outcome.value) && outcome.value.length > LARGE_BYTES) this.lone.add(key);
      else this.lone.delete(key);
    } else if (outcome.kind === 'refused') {
      if (isRefusedCommand(outcome.message, 'GET')) this.mayAskGet = false;
      else if (/^(WRONGTYPE|NOPERM)/.test(outcome.message)) this.lone.add(key);
    }
  }

  private onClosed(): void {
    this.isClosed = true;
    const { reads } = this.open;
    this.open = this.newTurn();
    for (const read of reads.values()) read.settle(LOST);
  }
}

function isSingleGet(command: RedisCommand): command is RedisCommand & { readonly args: readonly [string] } {
  const { name, kind, args, asking } = command;
  return name === 'GET' && kind !== 'write' && args.length === 1 && typeof args[0] === 'string' && !asking;
}
