import { roomBytes, type QueueLimits } from '../gate/call-queue.js';

/** Why a call stops waiting. */
export type WaitEnd = 'woken' | 'timeout' | 'closed' | 'full';

/** Calls that no node can take yet, in the order in which they came, bounded in number and bytes. */
export class WaitQueue {
  private readonly waiting = new Set<{ readonly end: (why: WaitEnd) => void }>();
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
  wait(sizeBytes: number, ms: number): Promise<WaitEnd> {
    if (this.closed) return Promise.resolve('closed');
    if (sizeBytes > this.roomBytes) return Promise.resolve('full');
    return new Promise((resolve) => {
      const timer = setTimeout(() => end('timeout'), Math.max(1, ms));
      const end = (why: WaitEnd): void => {
        clearTimeout(timer);
        if (this.waiting.delete(waiter)) this.bytes -= sizeBytes;
        resolve(why);
      };
      const waiter = { end };
      this.waiting.add(waiter);
      this.bytes += sizeBytes;
    });
  }

  /** Lets all calls try again, in their order. */
  wake(): void {
    for (const { end } of this.waiting) end('woken');
  }

  close(): void {
    this.closed = true;
    for (const { end } of this.waiting) end('closed');
  }
}
