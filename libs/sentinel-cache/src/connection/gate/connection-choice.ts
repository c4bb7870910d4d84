import type { NodeConnection } from '../wire/node-connection.js';
import { sameAddress } from '../contract/node-address.js';
import type { PendingCall } from './pending-call.js';
import { SecondConnection } from './second-connection.js';
import { SilenceWatch } from './silence-watch.js';

/**
 * A call that waited less than this (and less than a fifth of the deadline) for its reply proves nothing
 * about its connection.
 */
const LEAST_SILENCE_MS = 100;
/** With a very short deadline, a third of it is no silence yet. */
const LEAST_SILENCE_LIMIT_MS = 50;

/** While writes are held back, their connection is replaced this often: it may break during a pause. */
const REPLACED_AGAIN_MS = 10_000;

/** What ConnectionChoice asks its gate to do. */
export interface ConnectionChoiceListener {
  /** The connection has been idle for a while: ask it something. */
  onIdle(): void;
  /** The node seems to be up, and this connection has not answered for too long: replace it. */
  onBroken(connection: NodeConnection): void;
  /** Calls that wait may find a connection now. */
  onChange(): void;
  /** The calls that wait for their replies on this connection. */
  sentOn(connection: NodeConnection): readonly PendingCall[];
  /** Send a read that hangs behind a write on the second connection. Returns false when there is no room. */
  askAgain(call: PendingCall): boolean;
}

/** What ConnectionChoice needs of the settings. */
export interface ConnectionChoiceSettings {
  /** Deadline of calls, in milliseconds. */
  readonly deadlineMs: number;
  /** Most sockets to one node; with 1 there is no second connection. */
  readonly maxSockets: number;
  /** Opens a second connection to the node. */
  readonly openSecond: ConstructorParameters<typeof SecondConnection>[0];
}

/**
 * Chooses the connection of each call. There is one for all, except while nothing is heard on it though its
 * node is up (`CLIENT PAUSE WRITE`; a connection that a firewall dropped). Then reads take a second
 * connection, those that hang included, and writes go one at a time until one is answered.
 */
export class ConnectionChoice {
  private main: NodeConnection | undefined;
  private readonly second: SecondConnection;
  private readonly watch: SilenceWatch;
  /**
   * The main connection was replaced because it went silent while its node answered elsewhere. If the
   * replacement goes silent too, the node itself is holding writes back (CLIENT PAUSE WRITE).
   */
  private suspectsWrites = false;
  private heldSinceMs: number | undefined;
  private replacedAtMs = -Infinity;

  constructor(
    private readonly settings: ConnectionChoiceSettings,
    private readonly listener: ConnectionChoiceListener,
  ) {
    this.second = new SecondConnection(settings.openSecond, () => this.onSecondChange());
    const limitMs = Math.max(LEAST_SILENCE_LIMIT_MS, settings.deadlineMs / 3);
    this.watch = new SilenceWatch(
      limitMs,
      () => listener.onIdle(),
      (connection, quietMs) => this.onSilent(connection, quietMs),
    );
  }

  /** Uses this connection from now on. */
  begin(main: NodeConnection): void {
    this.suspectsWrites &&= sameAddress(main.address, this.main?.address);
    if (!this.suspectsWrites) this.heldSinceMs = undefined;
    this.main = main;
    this.watch.begin(main);
    if (this.suspectsWrites) this.second.ensure(main);
  }

  /** There is no connection from now on. */
  end(): void {
    this.watch.end();
    this.second.close();
  }

  /** Returns the connection that a call may take now; undefined when it has to wait for one. */
  pick(call: PendingCall): NodeConnection | undefined {
    const second = this.second.current;
    if (!canBeHeld(call)) return second ?? this.main;
    if (second) return this.main?.inFlight === 0 ? this.main : undefined;
    return this.suspectsWrites && this.second.isOpening ? undefined : this.main;
  }

  /** Whether reads may pass writes that wait. */
  get isSplit(): boolean {
    return this.suspectsWrites || this.second.current !== undefined;
  }

  /** Whether this call may pass calls that wait. */
  mayPass(call: PendingCall): boolean {
    return this.isSplit && !canBeHeld(call);
  }

  /** How long writes have been held back by now, in milliseconds. */
  writesHeldMs(): number {
    return this.second.current && this.heldSinceMs !== undefined ? performance.now() - this.heldSinceMs : 0;
  }

  /** A call is about to be sent. */
  onSend(call: PendingCall, connection: NodeConnection): void {
    if (connection !== this.main) return;
    this.watch.onSend(connection, call.sentAtMs);
  }

  /** A call has ended. `isAnswer`: with a reply or a refusal. */
  onOutcome(call: PendingCall, connection: NodeConnection, isAnswer: boolean): void {
    if (connection !== this.main) return this.second.current ? this.askAgain() : undefined;
    if (!isAnswer || (this.suspectsWrites && !canBeHeld(call))) return;
    this.suspectsWrites = false;
    this.heldSinceMs = undefined;
    this.second.close();
  }

  /**
   * Judges the connection of a call that got no reply in time. Changes nothing.
   *
   * - `silent`: nothing was heard of the node.
   * - `damaged`: a reply has begun and does not end, so that all further ones are lost in it.
   * - `held-back`: the node answers on another connection. Writes are held back, or this connection is
   *   broken: a new one will tell.
   * - `fine`: none of these, or a new connection was tried already.
   */
  judge(call: PendingCall): 'fine' | 'silent' | 'damaged' | 'held-back' {
    const { via, sentAtMs } = call;
    const second = this.second.current;
    if (!via || (via !== this.main && via !== second) || via.lastProgressAtMs >= sentAtMs) return 'fine';
    const nowMs = performance.now();
    if (nowMs - sentAtMs < Math.min(LEAST_SILENCE_MS, this.settings.deadlineMs / 5)) return 'fine';
    if (!second || via === second) return 'silent';
    // A write that is held back has no reply yet.
    if (via.isMidReply) return 'damaged';
    return this.suspectsWrites && nowMs - this.replacedAtMs < REPLACED_AGAIN_MS ? 'fine' : 'held-back';
  }

  /** The main connection is about to be replaced because it was `held-back`. */
  suspectWrites(): void {
    this.suspectsWrites = true;
    this.replacedAtMs = performance.now();
  }

  /**
   * Needed besides `judge`: calls that wait behind a write that is never answered are never sent, and so
   * never judged.
   */
  private onSilent(connection: NodeConnection, quietMs: number): void {
    const limitMs = connection.isMidReply ? this.settings.deadlineMs : REPLACED_AGAIN_MS;
    if (quietMs >= limitMs && (this.second.current || connection.isMidReply)) this.listener.onBroken(connection);
    else if (this.settings.maxSockets > 1) this.second.ensure(connection);
  }

  /** Sends the reads that hang on the main connection on the second one, as far as there is room. */
  private askAgain(): void {
    if (!this.main) return;
    for (const call of this.listener.sentOn(this.main)) {
      if (!canBeHeld(call) && !this.listener.askAgain(call)) return;
    }
  }

  private onSecondChange(): void {
    if (!this.second.current) this.suspectsWrites = false;
    else {
      this.heldSinceMs ??= performance.now();
      this.askAgain();
    }
    this.listener.onChange();
  }
}

/** Redis also holds scripts back with the writes, even those that only read. */
function canBeHeld({ command }: PendingCall): boolean {
  return command.kind === 'write' || command.name.startsWith('EVAL');
}
