import type { NodeAddress } from '../../settings/shapes/resolved-settings.js';
import { Backoff } from '../wire/backoff.js';
import { ConnectionJournal } from './connection-journal.js';
import { Gate } from '../gate/gate.js';
import { Lease, type LeaseSetup } from '../wire/lease.js';
import { addressText } from '../contract/node-address.js';
import type { Position, PrimarySource } from './primary-source.js';
import { definitive, passing, TroubleError, type Trouble } from '../wire/trouble.js';
import type { ClientEvent, ClientState } from '../contract/client-event.js';

/** How long the old connection may still bring replies after a move. Its commands were handed over before. */
const RETIRE_GRACE_MS = 50;
/** Between attempts when somebody has to change something first. */
const DEFINITIVE_RETRY_MS = 1000;
/** A connection that was left sooner than this is not tried again at once: that would be a storm. */
const SHORT_LIVED_MS = 1000;

/**
 * Keeps one proven connection to the primary in the gate: asks its source where the primary is, tries, adopts, and starts over
 * whenever the source has news or the connection is gone, silent or refused.
 */
export class PrimaryKeeper {
  /** Holds credentials: private to the language, so that no log of an object shows them. */
  readonly #setup: LeaseSetup;
  readonly gate: Gate;
  /** How many connections have been adopted so far. */
  generation = 0;
  private lease: Lease | undefined;
  private position: Position | undefined;
  private attempt: { readonly target: string; readonly controller: AbortController } | undefined;
  private tried = new Set<string>();
  private retryTimer: NodeJS.Timeout | undefined;
  private readonly backoff = new Backoff(25, 250);
  private readonly journal: ConnectionJournal;
  private started = false;

  constructor(
    setup: LeaseSetup,
    private readonly source: PrimarySource,
    tell: (event: ClientEvent) => void,
    /** Called before a socket to this node is opened, so that others to it can be closed first. */
    private readonly makeRoom: (address: NodeAddress) => void,
  ) {
    this.#setup = setup;
    this.journal = new ConnectionJournal(source.name, tell);
    this.gate = new Gate(setup.config, {
      onWrongNode: (lease, message) => this.onWrongNode(lease, message),
      onSilence: (lease) => this.leave(lease, passing('no-primary', `${lease.who} has gone silent.`), 0),
      onMisfit: (lease) => this.leave(lease, passing('protocol', `${lease.who} sent a reply that is none to its command.`), 0),
      onBreaker: (state) => this.journal.breaker(state),
      openSecond: (address, signal) => Lease.open(setup, address, signal),
    });
  }

  start(): void {
    if (this.started || this.journal.state.status === 'closed') return;
    this.started = true;
    this.gate.breaker.cutOff();
    this.source.setUrgent(true);
    this.source.start(() => this.reconsider());
    this.reconsider();
  }

  state(): ClientState {
    return this.journal.state;
  }

  /** The connection in use. */
  connection(): Lease | undefined {
    return this.lease;
  }

  async close(graceMs: number): Promise<void> {
    this.started = false;
    this.journal.closed();
    clearTimeout(this.retryTimer);
    this.attempt?.controller.abort();
    this.gate.close();
    this.source.close();
    await this.lease?.retire(graceMs);
  }

  /** Compares what the source says with where we are, and acts on the difference. */
  private reconsider(): void {
    if (!this.started) return;
    const decision = this.source.decide(this.position);
    if (decision.kind === 'keep') return this.stay();
    if (decision.kind === 'wait') return this.wait(decision.trouble);
    this.pursue(decision.candidates);
  }

  private stay(): void {
    this.abandonAttempt();
    if (!this.lease) return;
    this.gate.open(this.lease);
    this.source.setUrgent(false);
    this.journal.stays(this.lease.address);
  }

  private wait(trouble: Trouble): void {
    // Nothing better is known: what is under way may still come to something.
    if (this.attempt) return;
    this.gate.shut(trouble);
    if (trouble.definitive && !this.lease) this.journal.failed(trouble);
  }

  private pursue(candidates: readonly NodeAddress[]): void {
    if (this.lease) this.gate.shut(passing('no-primary', `${this.source.name} is moving to ${addressText(candidates[0]!)}.`));
    const best = addressText(candidates[0]!);
    const untried = candidates.filter((address) => !this.tried.has(addressText(address)));
    if (this.attempt && (this.attempt.target === best || this.tried.has(best))) return;
    const next = untried[0];
    if (!next) return;
    this.abandonAttempt();
    clearTimeout(this.retryTimer);
    this.retryTimer = undefined;
    this.try(next);
  }

  private try(address: NodeAddress): void {
    const controller = new AbortController();
    const attempt = { target: addressText(address), controller };
    this.attempt = attempt;
    this.gate.breaker.probing(true);
    this.makeRoom(address);
    Lease.open(this.#setup, address, controller.signal).then(
      (lease) => (this.attempt === attempt ? this.onProven(lease) : lease.destroy()),
      (error: unknown) => {
        if (this.attempt === attempt) this.onFailed(address, troubleOf(error));
      },
    );
  }

  private onProven(lease: Lease): void {
    if (!this.started) return lease.destroy();
    const trouble = this.source.judge(lease.facts, lease.who);
    if (trouble) {
      lease.destroy();
      return this.onFailed(lease.address, trouble, true);
    }
    if (!lease.isOpen) return this.onFailed(lease.address, passing('no-primary', `${lease.who} closed the connection.`));
    this.adopt(lease);
  }

  private adopt(lease: Lease): void {
    const old = this.lease;
    const from = this.position;
    this.attempt = undefined;
    this.gate.breaker.probing(false);
    this.tried.clear();
    this.lease = lease;
    this.generation += 1;
    this.position = { address: lease.address, atMs: performance.now(), connected: true };
    lease.onClose(() => this.leave(lease, passing('no-primary', `${lease.who} ${lease.lossText}.`), 0));
    this.gate.open(lease);
    if (old) void old.retire(RETIRE_GRACE_MS);
    this.source.setUrgent(false);
    this.journal.up(lease.address, from?.address);
    this.reconsider();
  }

  /** `answered`: it is alive, and not the primary. */
  private onFailed(address: NodeAddress, found: Trouble, answered = false): void {
    const trouble = this.source.explain(found, address, this.position);
    this.attempt = undefined;
    this.gate.breaker.probing(false);
    if (!this.started) return;
    this.tried.add(addressText(address));
    this.source.disprove(address, answered);
    if (!this.lease) this.gate.shut(trouble);
    if (!this.lease) this.journal.failed(trouble);
    this.source.setUrgent(true);
    const decision = this.source.decide(this.position);
    if (decision.kind === 'move' && decision.candidates.some((next) => !this.tried.has(addressText(next))))
      return this.reconsider();
    if (decision.kind === 'keep') this.stay();
    // The connection in use is the wrong one, and the right one can't be had: that is an outage too.
    else if (this.lease) this.journal.unreachable(trouble);
    if (!answered && decision.kind !== 'keep') this.gate.breaker.failed();
    this.retryLater(trouble);
  }

  /** One round of candidates is through: the next begins after a pause, or as soon as the source names somebody new. */
  private retryLater(trouble: Trouble): void {
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(
      () => {
        this.tried.clear();
        this.reconsider();
      },
      trouble.definitive ? DEFINITIVE_RETRY_MS : this.backoff.nextMs(),
    );
  }

  /**
   * A node gave a command back. Sentinels name another one soon. A standalone replica is where the settings point: its refusals are
   * told to the caller, but once a second the address is looked up anew, since it may be a name or a balancer.
   */
  private onWrongNode(lease: Lease, message: string): 'ask-again' | 'refuse' {
    if (lease !== this.lease) return 'ask-again';
    const knownReplica = lease.facts.role === 'replica';
    if (knownReplica && this.ageMs() < SHORT_LIVED_MS) return 'refuse';
    this.leave(lease, passing('no-primary', `${lease.who} said: ${message}`), RETIRE_GRACE_MS, knownReplica);
    return knownReplica ? 'refuse' : 'ask-again';
  }

  /** The connection is no good: closed, silent, or to a node that is no primary. */
  private leave(lease: Lease, trouble: Trouble, graceMs: number, quietly = false): void {
    if (lease !== this.lease) return;
    const shortLived = this.ageMs() < SHORT_LIVED_MS;
    this.lease = undefined;
    this.position = { address: lease.address, atMs: this.position!.atMs, connected: false };
    this.gate.shut(trouble);
    if (graceMs > 0) void lease.retire(graceMs);
    else lease.destroy();
    if (!this.started) return;
    if (!quietly) this.journal.left(trouble, shortLived);
    this.source.setUrgent(true);
    this.tried.clear();
    if (shortLived) return this.pause(lease.address, trouble);
    this.backoff.reset();
    this.reconsider();
  }

  private pause(address: NodeAddress, trouble: Trouble): void {
    this.tried.add(addressText(address));
    this.retryLater(trouble);
    this.reconsider();
  }

  private ageMs(): number {
    return performance.now() - (this.position?.atMs ?? 0);
  }

  private abandonAttempt(): void {
    const attempt = this.attempt;
    this.attempt = undefined;
    if (attempt) this.gate.breaker.probing(false);
    attempt?.controller.abort();
  }
}

function troubleOf(error: unknown): Trouble {
  if (error instanceof TroubleError) return error.trouble;
  return definitive('no-primary', `the connection could not be made: ${(error as Error).message}`);
}
