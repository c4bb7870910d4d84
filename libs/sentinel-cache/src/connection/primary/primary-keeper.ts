import { Backoff } from '../wire/backoff.js';
import { ConnectionEvents } from './connection-events.js';
import { Gate } from '../gate/gate.js';
import { NodeConnection, RETIRE_GRACE_MS, type NodeConnectionSetup } from '../wire/node-connection.js';
import { addressText } from '../contract/node-address.js';
import type { Position, PrimarySource } from './primary-source.js';
import { permanent, transient, DiagnosisError, type Diagnosis } from '../wire/diagnosis.js';
import type { ClientEvent, ClientState } from '../contract/client-event.js';
import type { NodeAddress } from '../../settings/shapes/resolved-connection.js';

/** Pause between attempts while a person has to change something first. */
const PERMANENT_RETRY_MS = 1000;
/** A connection that was given up sooner than this is not tried again at once: that would be a storm. */
const SHORT_LIVED_MS = 1000;

/**
 * Keeps one proven connection to the primary in the gate. Asks its source where the primary is, tries,
 * adopts, and starts over when the source has news or the connection is closed, silent or refused.
 */
export class PrimaryKeeper {
  readonly #setup: NodeConnectionSetup;
  readonly gate: Gate;
  /** How many connections have been adopted so far. */
  generation = 0;
  private connection: NodeConnection | undefined;
  private position: Position | undefined;
  private attempt: { readonly target: string; readonly controller: AbortController } | undefined;
  private tried = new Set<string>();
  private retryTimer: NodeJS.Timeout | undefined;
  private readonly backoff = new Backoff(25, 250);
  private readonly events: ConnectionEvents;
  private started = false;

  constructor(
    setup: NodeConnectionSetup,
    private readonly source: PrimarySource,
    emit: (event: ClientEvent) => void,
    /**
     * Called before a socket to this node is opened, so that replica connections to it can be closed first.
     */
    private readonly closeReplicaTo: (address: NodeAddress) => void,
  ) {
    this.#setup = setup;
    this.events = new ConnectionEvents(source.name, emit);
    this.gate = new Gate(setup.config, {
      onWrongNode: (connection, message) => this.onWrongNode(connection, message),
      onSilence: (connection) => this.leave(connection, transient('no-primary', `${connection.label} has gone silent.`), 0),
      onUnexpectedReply: (connection) =>
        this.leave(connection, transient('protocol', `${connection.label} sent a reply that does not fit its command.`), 0),
      onBreaker: (state) => this.events.breaker(state),
      openSecond: (address, signal) => NodeConnection.open(setup, address, signal),
    });
  }

  start(): void {
    if (this.started || this.events.state.status === 'closed') return;
    this.started = true;
    this.gate.breaker.cutOff();
    this.source.setUrgent(true);
    this.source.start(() => this.reconsider());
    this.reconsider();
  }

  state(): ClientState {
    return this.events.state;
  }

  current(): NodeConnection | undefined {
    return this.connection;
  }

  async close(graceMs: number): Promise<void> {
    this.started = false;
    this.events.closed();
    clearTimeout(this.retryTimer);
    this.attempt?.controller.abort();
    this.gate.close();
    this.source.close();
    await this.connection?.retire(graceMs);
  }

  private reconsider(): void {
    if (!this.started) return;
    const decision = this.source.decide(this.position);
    if (decision.kind === 'keep') return this.stay();
    if (decision.kind === 'wait') return this.wait(decision.diagnosis);
    this.pursue(decision.candidates);
  }

  private stay(): void {
    this.abandonAttempt();
    if (!this.connection) return;
    this.gate.open(this.connection);
    this.source.setUrgent(false);
    this.events.stays(this.connection.address);
  }

  private wait(diagnosis: Diagnosis): void {
    // Nothing better is known: the attempt under way may still succeed.
    if (this.attempt) return;
    this.gate.shut(diagnosis);
    if (diagnosis.permanent && !this.connection) this.events.failed(diagnosis);
  }

  private pursue(candidates: readonly NodeAddress[]): void {
    if (this.connection)
      this.gate.shut(transient('no-primary', `${this.source.name} is moving to ${addressText(candidates[0]!)}.`));
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
    this.closeReplicaTo(address);
    NodeConnection.open(this.#setup, address, controller.signal).then(
      (connection) => (this.attempt === attempt ? this.onProven(connection) : connection.destroy()),
      (error: unknown) => {
        if (this.attempt === attempt) this.onFailed(address, diagnosisOf(error));
      },
    );
  }

  private onProven(connection: NodeConnection): void {
    if (!this.started) return connection.destroy();
    const diagnosis = this.source.judge(connection.facts, connection.label);
    if (diagnosis) {
      connection.destroy();
      return this.onFailed(connection.address, diagnosis, true);
    }
    if (!connection.isOpen)
      return this.onFailed(connection.address, transient('no-primary', `${connection.label} closed the connection.`));
    this.adopt(connection);
  }

  private adopt(connection: NodeConnection): void {
    const old = this.connection;
    const from = this.position;
    this.attempt = undefined;
    this.gate.breaker.probing(false);
    this.tried.clear();
    this.connection = connection;
    this.generation += 1;
    this.position = { address: connection.address, atMs: performance.now(), connected: true };
    connection.onClose(() => this.leave(connection, transient('no-primary', `${connection.label} ${connection.lossText}.`), 0));
    this.gate.open(connection);
    if (old) void old.retire(RETIRE_GRACE_MS);
    this.source.setUrgent(false);
    this.events.up(connection.address, from?.address);
    this.reconsider();
  }

  /** `answered`: the node is up, and is no primary. */
  private onFailed(address: NodeAddress, found: Diagnosis, answered = false): void {
    const diagnosis = this.source.explain(found, address, this.position);
    this.attempt = undefined;
    this.gate.breaker.probing(false);
    if (!this.started) return;
    this.tried.add(addressText(address));
    this.source.disprove(address, answered);
    if (!this.connection) this.gate.shut(diagnosis);
    if (!this.connection) this.events.failed(diagnosis);
    this.source.setUrgent(true);
    const decision = this.source.decide(this.position);
    if (decision.kind === 'move' && decision.candidates.some((next) => !this.tried.has(addressText(next))))
      return this.reconsider();
    if (decision.kind === 'keep') this.stay();
    // The connection in use is the wrong one, and the right one can't be had: that is an outage too.
    else if (this.connection) this.events.unreachable(diagnosis);
    if (!answered && decision.kind !== 'keep') this.gate.breaker.failed();
    this.retryLater(diagnosis);
  }

  /**
   * All candidates were tried: the next round begins after a pause, or as soon as the source names another
   * one.
   */
  private retryLater(diagnosis: Diagnosis): void {
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(
      () => {
        this.tried.clear();
        this.reconsider();
      },
      diagnosis.permanent ? PERMANENT_RETRY_MS : this.backoff.nextMs(),
    );
  }

  /**
   * A node returned a command unexecuted. Sentinels name another one soon. A standalone replica is where the
   * settings point: the caller gets its refusal, and once a second the address, which may be a name, is
   * resolved again.
   */
  private onWrongNode(connection: NodeConnection, message: string): 'ask-again' | 'refuse' {
    if (connection !== this.connection) return 'ask-again';
    const knownReplica = connection.facts.role === 'replica';
    if (knownReplica && this.ageMs() < SHORT_LIVED_MS) return 'refuse';
    this.leave(connection, transient('no-primary', `${connection.label} said: ${message}`), RETIRE_GRACE_MS, knownReplica);
    return knownReplica ? 'refuse' : 'ask-again';
  }

  private leave(connection: NodeConnection, diagnosis: Diagnosis, graceMs: number, quietly = false): void {
    if (connection !== this.connection) return;
    const shortLived = this.ageMs() < SHORT_LIVED_MS;
    this.connection = undefined;
    this.position = { address: connection.address, atMs: this.position!.atMs, connected: false };
    this.gate.shut(diagnosis);
    if (graceMs > 0) void connection.retire(graceMs);
    else connection.destroy();
    if (!this.started) return;
    if (!quietly) this.events.left(diagnosis, shortLived);
    this.source.setUrgent(true);
    this.tried.clear();
    if (shortLived) return this.pause(connection.address, diagnosis);
    this.backoff.reset();
    this.reconsider();
  }

  private pause(address: NodeAddress, diagnosis: Diagnosis): void {
    this.tried.add(addressText(address));
    this.retryLater(diagnosis);
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

function diagnosisOf(error: unknown): Diagnosis {
  if (error instanceof DiagnosisError) return error.diagnosis;
  return permanent('no-primary', `the connection could not be made: ${(error as Error).message}`);
}
