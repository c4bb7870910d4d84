import type { GateConfig } from '../../settings/shapes/resolved-settings.js';
import type { PendingCall } from './pending-call.js';

/**
 * The most bytes that one more call may have where `count` calls of `bytes` in all wait; -1 when there is no room. A single call larger
 * than the bound may wait alone, so that a large value is slow and not impossible.
 */
export function roomBytes(count: number, bytes: number, { queuedCommands, queuedBytes }: QueueLimits): number {
  if (count === 0) return Infinity;
  return count < queuedCommands ? queuedBytes - bytes : -1;
}

/** How much may wait. */
export type QueueLimits = Pick<GateConfig, 'queuedCommands' | 'queuedBytes'>;

/** Calls waiting for a connection, first come first served, bounded in number and bytes. */
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

  /** Whether one more fits. */
  hasRoomFor(call: PendingCall): boolean {
    return call.sizeBytes <= this.roomBytes;
  }

  push(call: PendingCall): void {
    this.calls.add(call);
    this.bytes += call.sizeBytes;
  }

  /** Puts calls that a node gave back before everyone else, in their order. */
  putBack(returned: readonly PendingCall[]): void {
    const added = returned.filter((call) => !this.calls.has(call));
    if (added.length === 0) return;
    this.calls = new Set([...added, ...this.calls]);
    for (const call of added) this.bytes += call.sizeBytes;
  }

  remove(call: PendingCall): void {
    if (this.calls.delete(call)) this.bytes -= call.sizeBytes;
  }

  /** All that wait, in their order. They may be removed meanwhile. */
  waiting(): Iterable<PendingCall> {
    return this.calls.values();
  }

  /** Everything, and the queue is empty. */
  drain(): PendingCall[] {
    const all = [...this.calls];
    this.calls.clear();
    this.bytes = 0;
    return all;
  }
}
