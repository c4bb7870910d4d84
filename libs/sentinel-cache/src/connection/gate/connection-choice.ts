import type { NodeConnection } from '../wire/node-connection.js';
import { sameAddress } from '../contract/node-address.js';
import type { PendingCall } from './pending-call.js';
import { SecondConnection } from './second-connection.js';
import { SilenceWatch } from './silence-watch.js';

/** A call that waited less than this (and less than a fifth of the deadline) for its reply proves nothing about the connection. */
const LEAST_SILENCE_MS = 100;
/** With a very short deadline, a third of it is no silence yet. */
const LEAST_SILENCE_LIMIT_MS = 50;

/** While writes are held back, the connection that they wait on is given another chance this often: a flow may break during a pause. */
const REPLACED_AGAIN_MS = 10_000;

export interface ConnectionChoiceListener {
  /** The connection has been idle for a while. */
  onIdle(): void;
  /** The node lives, as far as one knows, but this connection has not answered for too long. */
  onBroken(connection: NodeConnection): void;
  /** Calls that wait may have somewhere to go now. */
  onChange(): void;
  /** A read that hangs behind a write can be asked on the second connection; false when there is no room. */
  askAgain(call: PendingCall): boolean;
}

export interface ConnectionChoiceSettings {
  readonly deadlineMs: number;
  readonly maxSockets: number;
  readonly openSecond: ConstructorParameters<typeof SecondConnection>[0];
}

/**
 * Which connection a call takes. One for all, except while nothing is heard on it though its node lives (`CLIENT PAUSE WRITE`;
 * a flow that a firewall forgot): then reads take a second one, those that hang already included, and writes go one at a time until
 * one is answered.
 */
export class ConnectionChoice {
  private main: NodeConnection | undefined;
  private readonly second: SecondConnection;
  private readonly watch: SilenceWatch;
  /** Reads whose reply the main connection owes. */
  private readonly reads = new Set<PendingCall>();
  /** The connection was replaced for its silence while the node answered on another. If this one goes silent too, the node holds writes back. */
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

  begin(main: NodeConnection): void {
    this.suspectsWrites &&= sameAddress(main.address, this.main?.address);
    if (!this.suspectsWrites) this.heldSinceMs = undefined;
    this.main = main;
    this.reads.clear();
    this.watch.begin(main);
    if (this.suspectsWrites) this.second.ensure(main);
  }

  /** There is no connection now. */
  end(): void {
    this.watch.end();
    this.second.close();
    this.reads.clear();
  }

  /** The connection that a call may take now; undefined when it has to wait for one. */
  pick(call: PendingCall): NodeConnection | undefined {
    const second = this.second.current;
    if (!canBeHeld(call)) return second ?? this.main;
    if (second) return this.main?.inFlight === 0 ? this.main : undefined;
    return this.suspectsWrites && this.second.isOpening ? undefined : this.main;
  }

  /** Writes may wait while reads pass them. */
  get isSplit(): boolean {
    return this.suspectsWrites || this.second.current !== undefined;
  }

  /** Whether it passes calls that wait. */
  mayPass(call: PendingCall): boolean {
    return this.isSplit && !canBeHeld(call);
  }

  /** How long writes have been held back by now. */
  writesHeldMs(): number {
    return this.second.current && this.heldSinceMs !== undefined ? performance.now() - this.heldSinceMs : 0;
  }

  onSend(call: PendingCall, connection: NodeConnection): void {
    if (connection !== this.main) return;
    this.watch.onSend(connection, call.sentAtMs);
    if (!canBeHeld(call)) this.reads.add(call);
  }

  onOutcome(call: PendingCall, connection: NodeConnection, isAnswer: boolean): void {
    if (connection !== this.main) return this.second.current ? this.askAgain() : undefined;
    this.reads.delete(call);
    if (!isAnswer || (this.suspectsWrites && !canBeHeld(call))) return;
    this.suspectsWrites = false;
    this.heldSinceMs = undefined;
    this.second.close();
  }

  /**
   * What a late reply says of its connection. Changes nothing.
   *
   * - `silent`: nothing was heard of the node.
   * - `damaged`: a reply has begun and does not end; everything behind it is lost in it.
   * - `held-back`: the node answers on another connection. Writes are held back, or this connection is broken: only another one will tell.
   * - `fine`: none of these, or another connection was tried already.
   */
  judge(call: PendingCall): 'fine' | 'silent' | 'damaged' | 'held-back' {
    const { via, sentAtMs } = call;
    const second = this.second.current;
    if (!via || (via !== this.main && via !== second) || via.lastProgressAtMs >= sentAtMs) return 'fine';
    const nowMs = performance.now();
    if (nowMs - sentAtMs < Math.min(LEAST_SILENCE_MS, this.settings.deadlineMs / 5)) return 'fine';
    if (!second || via === second) return 'silent';
    // A write that is held back sends nothing.
    if (via.isMidReply) return 'damaged';
    return this.suspectsWrites && nowMs - this.replacedAtMs < REPLACED_AGAIN_MS ? 'fine' : 'held-back';
  }

  /** The main connection is about to be replaced because it was `held-back`. */
  suspectWrites(): void {
    this.suspectsWrites = true;
    this.replacedAtMs = performance.now();
  }

  /** No caller may be left to judge: those that wait behind a write that is never answered are never handed over. */
  private onSilent(connection: NodeConnection, quietMs: number): void {
    const limitMs = connection.isMidReply ? this.settings.deadlineMs : REPLACED_AGAIN_MS;
    if (quietMs >= limitMs && (this.second.current || connection.isMidReply)) this.listener.onBroken(connection);
    else if (this.settings.maxSockets > 1) this.second.ensure(connection);
  }

  /** Asks what hangs on the main connection on the other one, as far as there is room. */
  private askAgain(): void {
    for (const call of this.reads) {
      if (!call.settled && !this.listener.askAgain(call)) return;
      this.reads.delete(call);
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

/** Redis holds scripts back with the writes, those that only read too. */
function canBeHeld({ command }: PendingCall): boolean {
  return command.kind === 'write' || command.name.startsWith('EVAL');
}
