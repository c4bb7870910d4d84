import { addressText, sameAddress } from '../contract/node-address.js';
import type { Diagnosis } from '../wire/diagnosis.js';
import type { BreakerState, ClientChange, ClientState } from '../contract/client-event.js';
import type { NodeAddress } from '../../settings/shapes/resolved-connection.js';

/**
 * After this many short-lived connections in a row, one has to stand for STEADY_MS before the log gets a
 * line.
 */
const FLAPS_AFTER = 3;
const STEADY_MS = 1000;

const BREAKER_LINES: Readonly<Record<BreakerState, (name: string) => Pick<ClientChange, 'kind' | 'level' | 'message'>>> = {
  open: (name) => ({
    kind: 'breaker-opened',
    level: 'warn',
    message: `${name}: the circuit breaker is open: no server answers, and calls that fail fast are rejected at once.`,
  }),
  'half-open': (name) => ({
    kind: 'breaker-half-open',
    level: 'info',
    message: `${name}: the circuit breaker is half-open: a new connection is being tried.`,
  }),
  closed: (name) => ({ kind: 'breaker-closed', level: 'info', message: `${name}: the circuit breaker is closed again.` }),
};

/** The state of the connection to the primary, and an event at each change of it; never a stream. */
export class ConnectionEvents {
  state: ClientState = { status: 'connecting' };
  /** Diagnoses that were reported in this outage, each once. */
  private readonly reported = new Set<string>();
  private cameDownInPlace = false;
  /** How many connections in a row were lost as soon as they were made. */
  private shortLived = 0;
  /** Whether the log got a line for the open breaker: the connection seemed to stand when it opened. */
  private breakerOpenReported = false;
  private steadyTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly name: string,
    private readonly emit: (event: ClientChange) => void,
  ) {}

  /** Connected. While connections come and go, one has to stand for a second before the log gets a line. */
  up(address: NodeAddress, from: NodeAddress | undefined): void {
    clearTimeout(this.steadyTimer);
    const moved = from !== undefined && !sameAddress(from, address);
    if (this.shortLived > FLAPS_AFTER && !moved) {
      this.steadyTimer = setTimeout(() => {
        this.shortLived = 0;
        this.up(address, undefined);
      }, STEADY_MS);
      return;
    }
    const wasDown = this.state.status !== 'up';
    const primary = addressText(address);
    this.state = { status: 'up', primary };
    this.reported.clear();
    if (moved)
      this.emit({
        kind: 'moved',
        level: 'info',
        message: `${this.name}: the primary is now ${primary}, was ${addressText(from)}.`,
        address: primary,
        from: addressText(from),
      });
    else if (wasDown)
      this.emit({
        kind: 'up',
        level: 'info',
        message: `${this.name}: connected to the primary ${primary}.`,
        address: primary,
      });
  }

  /** The connection was given up. `soon`: right after it was made. */
  left(diagnosis: Diagnosis, soon: boolean): void {
    clearTimeout(this.steadyTimer);
    this.shortLived = soon ? this.shortLived + 1 : 0;
    this.down(diagnosis);
  }

  /** The connection in use is the right one after all. */
  stays(address: NodeAddress): void {
    if (this.cameDownInPlace) this.up(address, undefined);
    this.cameDownInPlace = false;
  }

  /** There is a connection, but not to the primary that the sentinels name, and that one can't be reached. */
  unreachable(diagnosis: Diagnosis): void {
    if (this.state.status !== 'up') return;
    this.cameDownInPlace = true;
    this.down(diagnosis);
  }

  private down({ reason, message, advice }: Diagnosis): void {
    const before = this.state;
    this.state = { status: 'down', reason, message };
    if (before.status === 'down') return;
    // Reported here, it is not reported again as a diagnosis.
    if (advice !== undefined) this.reported.add(`${reason} ${advice}`);
    this.emit({
      kind: 'down',
      level: 'warn',
      message: `${this.name}: no connection to the primary: ${message}`,
      reason,
      ...(before.status === 'up' ? { address: before.primary } : {}),
    });
  }

  /**
   * The circuit breaker changed. Where the line about the lost connection has said so, the event is for
   * listeners alone.
   */
  breaker(state: BreakerState): void {
    const { state: here, name } = this;
    if (state === 'open') this.breakerOpenReported = here.status === 'up';
    const reason = here.status === 'down' ? { reason: here.reason } : {};
    const quiet = state !== 'half-open' && this.breakerOpenReported ? {} : { quiet: true as const };
    this.emit({ ...BREAKER_LINES[state](name), ...reason, ...quiet });
  }

  /** An attempt failed. Reported when it is the first of all, or its diagnosis needs a person. */
  failed(diagnosis: Diagnosis): void {
    if (diagnosis.permanent) return this.diagnosed(diagnosis);
    if (this.state.status === 'connecting') this.down(diagnosis);
    else if (diagnosis.advice !== undefined && this.state.status === 'down') this.diagnosed(diagnosis);
  }

  private diagnosed({ reason, message, advice = '' }: Diagnosis): void {
    this.state = { status: 'down', reason, message };
    const what = `${reason} ${advice}`;
    if (this.reported.has(what)) return;
    this.reported.add(what);
    this.emit({ kind: 'diagnosis', level: 'error', message: `${this.name}: ${message}`, reason });
  }

  closed(): void {
    clearTimeout(this.steadyTimer);
    this.state = { status: 'closed' };
  }
}
