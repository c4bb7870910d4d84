import type { PendingCall } from './pending-call.js';
import type { GateConfig } from '../../settings/shapes/resolved-connection.js';

/**
 * Returns the largest call in bytes that may wait besides `count` calls of `bytes` in all; -1 when there is
 * no room. A single call larger than the bound may wait alone, so that a large value is slow and not
 * impossible.
 */
export function roomBytes(count: number, bytes: number, { queuedCommands, queuedBytes }: QueueLimits): number {
  if (count === 0) return Infinity;
  return count < queuedCommands ? queuedBytes - bytes : -1;
}

/** Bounds of what may wait. */
export type QueueLimits = Pick<GateConfig, 'queuedCommands' | 'queuedBytes'>;

/** Calls that wait for a connection, in the order in which they came, bounded in number and bytes. */
export class CallQueue {
  private calls = new Set<PendingCall>();
  private bytes = 0;

  constructor(private readonly limits: QueueLimits) {}

  get size(): number {
    return this.calls.size;
  }

  get roomBytes(): number {
    return roomBytes(this.calls.size, this.bytes, this.limits);
  }

  hasRoomFor(call: PendingCall): boolean {
    return call.sizeBytes <= this.roomBytes;
  }

  push(call: PendingCall): void {
    this.calls.add(call);
    this.bytes += call.sizeBytes;
  }

  /** Puts calls that a node returned unexecuted before all others, in their order. */
  putBack(returned: readonly PendingCall[]): void {
    const added = returned.filter((call) => !this.calls.has(call));
    if (added.length === 0) return;
    this.calls = new Set([...added, ...this.calls]);
    for (const call of added) this.bytes += call.sizeBytes;
  }

  remove(call: PendingCall): void {
    if (this.calls.delete(call)) this.bytes -= call.sizeBytes;
  }

  /** All calls in their order. They may be removed during the iteration. */
  waiting(): Iterable<PendingCall> {
    return this.calls.values();
  }

  /** Empties the queue and returns its calls. */
  drain(): PendingCall[] {
    const all = [...this.calls];
    this.calls.clear();
    this.bytes = 0;
    return all;
  }
}
