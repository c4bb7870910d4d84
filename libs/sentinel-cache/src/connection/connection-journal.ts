import type { NodeAddress } from '../settings/resolved-settings.js';
import { addressText, sameAddress } from './node-address.js';
import type { ClientEvent, ClientState } from './redis-client.js';
import type { Trouble } from './trouble.js';

/** After so many short-lived connections in a row the log waits for one that stands so long. */
const FLAPS_AFTER = 3;
const STEADY_MS = 1000;

/** Where the connection to the primary stands, and one line for the log at each change of it, never a stream. */
export class ConnectionJournal {
  state: ClientState = { status: 'connecting' };
  /** What somebody has to mend is said once per outage. */
  private readonly told = new Set<string>();
  private cameDownInPlace = false;
  /** How many connections in a row were left as soon as they were made. */
  private shortLived = 0;
  private steadyTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly name: string,
    private readonly tell: (event: ClientEvent) => void,
  ) {}

  /** Connected. While connections come and go, one has to stand for a while before it is worth a line. */
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
    this.told.clear();
    if (moved)
      this.tell({
        kind: 'moved',
        level: 'info',
        message: `${this.name}: the primary is now ${primary}, was ${addressText(from)}.`,
      });
    else if (wasDown) this.tell({ kind: 'up', level: 'info', message: `${this.name}: connected to the primary ${primary}.` });
  }

  /** The connection was no good. `soon`: it had hardly been made. */
  left(trouble: Trouble, soon: boolean): void {
    clearTimeout(this.steadyTimer);
    this.shortLived = soon ? this.shortLived + 1 : 0;
    this.down(trouble);
  }

  /** The connection in use turned out to be the right one after all. */
  stays(address: NodeAddress): void {
    if (this.cameDownInPlace) this.up(address, undefined);
    this.cameDownInPlace = false;
  }

  /** There is a connection, but not to whom the sentinels name, and that one can't be reached. */
  unreachable(trouble: Trouble): void {
    if (this.state.status !== 'up') return;
    this.cameDownInPlace = true;
    this.down({
      ...trouble,
      message: `${trouble.message} If that address is of another network (NAT, containers), announce one that clients reach.`,
    });
  }

  private down({ reason, message }: Trouble): void {
    const wasDown = this.state.status === 'down';
    this.state = { status: 'down', reason, message };
    if (!wasDown) this.tell({ kind: 'down', level: 'warn', message: `${this.name}: no connection to the primary: ${message}` });
  }

  /** An attempt came to nothing. Worth a line when it was the first of all, or when somebody has to mend something. */
  failed(trouble: Trouble): void {
    if (trouble.definitive) return this.diagnosed(trouble);
    if (this.state.status === 'connecting') this.down(trouble);
  }

  private diagnosed({ reason, message }: Trouble): void {
    this.state = { status: 'down', reason, message };
    if (this.told.has(reason)) return;
    this.told.add(reason);
    this.tell({ kind: 'diagnosis', level: 'error', message: `${this.name}: ${message}` });
  }

  closed(): void {
    clearTimeout(this.steadyTimer);
    this.state = { status: 'closed' };
  }
}
