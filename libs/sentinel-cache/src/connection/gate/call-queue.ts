import type { PendingCall } from './pending-call.js';

/** Calls waiting for a connection, first come first served, bounded in number and bytes. */
export class CallQueue {
  private calls = new Set<PendingCall>();
  private bytes = 0;

  constructor(
    private readonly maxCommands: number,
    private readonly maxBytes: number,
  ) {}

  get size(): number {
    return this.calls.size;
  }

  /** What one more may take. A single call larger than the bound may wait alone, so that a large value is slow and not impossible. */
  get roomBytes(): number {
    if (this.calls.size === 0) return Infinity;
    return this.calls.size < this.maxCommands ? this.maxBytes - this.bytes : -1;
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
