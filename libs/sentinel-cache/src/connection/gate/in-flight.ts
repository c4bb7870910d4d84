import type { Dispatch } from './dispatch.js';
import type { PendingCall } from './pending-call.js';
import type { NodeConnection } from '../wire/node-connection.js';
import type { GateConfig } from '../../settings/shapes/resolved-connection.js';

/**
 * The calls that wait for their replies, in the order in which they were sent; bounded in number and bytes. A
 * list whose links are its items: a Set that items come to and go from all the time leaves garbage behind
 * that keeps them alive.
 */
export class InFlight {
  private calls = 0;
  private bytes = 0;
  private first: Dispatch | undefined;
  private last: Dispatch | undefined;

  constructor(private readonly limits: Pick<GateConfig, 'inFlightCommands' | 'inFlightBytes'>) {}

  /** A single call larger than the bound may be in flight alone. */
  hasRoomFor({ sizeBytes }: PendingCall): boolean {
    const { inFlightCommands, inFlightBytes } = this.limits;
    return this.calls < inFlightCommands && (this.calls === 0 || this.bytes + sizeBytes <= inFlightBytes);
  }

  add(sent: Dispatch): void {
    this.calls += 1;
    this.bytes += sent.call.sizeBytes;
    sent.before = this.last;
    if (this.last) this.last.after = sent;
    else this.first = sent;
    this.last = sent;
  }

  remove(sent: Dispatch): void {
    this.calls -= 1;
    this.bytes -= sent.call.sizeBytes;
    const { before, after } = sent;
    if (before) before.after = after;
    else this.first = after;
    if (after) after.before = before;
    else this.last = before;
    sent.before = sent.after = undefined;
  }

  /** Those that wait on this connection and were not sent again on another one. */
  on(connection: NodeConnection): PendingCall[] {
    const calls: PendingCall[] = [];
    for (let sent = this.first; sent; sent = sent.after) {
      if (sent.connection === connection && sent.call.via === connection && !sent.call.settled) calls.push(sent.call);
    }
    return calls;
  }
}
