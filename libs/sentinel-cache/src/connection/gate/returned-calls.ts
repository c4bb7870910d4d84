import type { PendingCall } from './pending-call.js';

/**
 * Calls that came back unexecuted. A lost connection returns many in one turn: collected, they keep their
 * order.
 */
export class ReturnedCalls {
  private calls: PendingCall[] = [];

  constructor(private readonly onReturned: (calls: readonly PendingCall[]) => void) {}

  add(call: PendingCall): void {
    this.calls.push(call);
    if (this.calls.length > 1) return;
    queueMicrotask(() => {
      const returned = this.calls.filter(({ settled }) => !settled);
      this.calls = [];
      this.onReturned(returned);
    });
  }
}
