import { roomBytes, type QueueLimits } from '../gate/call-queue.js';

/** Why a call stops waiting. */
export type LeavingReason = 'news' | 'time' | 'closed' | 'full';

/** Calls that no node can take yet, in the order in which they came, bounded in number and bytes. */
export class WaitingRoom {
  private readonly waiting = new Set<{ readonly leave: (why: LeavingReason) => void }>();
  private bytes = 0;
  private closed = false;

  constructor(private readonly limits: QueueLimits) {}

  get size(): number {
    return this.waiting.size;
  }

  get roomBytes(): number {
    return roomBytes(this.waiting.size, this.bytes, this.limits);
  }

  /**
   * Resolves when the map changes, or after `ms`; at once with `full` when there is no room. Never rejects.
   */
  wait(sizeBytes: number, ms: number): Promise<LeavingReason> {
    if (this.closed) return Promise.resolve('closed');
    if (sizeBytes > this.roomBytes) return Promise.resolve('full');
    return new Promise((resolve) => {
      const timer = setTimeout(() => leave('time'), Math.max(1, ms));
      const leave = (why: LeavingReason): void => {
        clearTimeout(timer);
        if (this.waiting.delete(visitor)) this.bytes -= sizeBytes;
        resolve(why);
      };
      const visitor = { leave };
      this.waiting.add(visitor);
      this.bytes += sizeBytes;
    });
  }

  /** Lets all calls try again, in their order. */
  wake(): void {
    for (const { leave } of this.waiting) leave('news');
  }

  close(): void {
    this.closed = true;
    for (const { leave } of this.waiting) leave('closed');
  }
}
