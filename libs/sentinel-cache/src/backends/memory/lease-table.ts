import { FENCE_MS } from '../port/lease-store.js';

interface Lease {
  readonly token: string;
  /** Until then it is in force. */
  readonly expiresAtMs: number;
}

/** The leases of one locmem LOCATION, and who waits for them. */
export class LeaseTable {
  private readonly leases = new Map<string, Lease>();
  private readonly listeners = new Map<string, Set<() => void>>();

  /** Returns the lease of a key, also one that has run out and that nobody has claimed since. */
  at(key: string, nowMs: number): Lease | undefined {
    const lease = this.leases.get(key);
    if (!lease || lease.expiresAtMs + FENCE_MS > nowMs) return lease;
    this.leases.delete(key);
    return undefined;
  }

  put(key: string, lease: Lease): void {
    this.leases.set(key, lease);
  }

  /** Ends a lease and wakes who listens. */
  end(key: string): void {
    if (!this.leases.delete(key)) return;
    for (const wake of this.listeners.get(key) ?? []) queueMicrotask(wake);
  }

  endMatching(matches: (key: string) => boolean): void {
    for (const key of this.leases.keys()) if (matches(key)) this.end(key);
  }

  listen(key: string, wake: () => void): () => void {
    const listeners = this.listeners.get(key) ?? new Set();
    this.listeners.set(key, listeners.add(wake));
    return () => {
      listeners.delete(wake);
      if (listeners.size === 0 && this.listeners.get(key) === listeners) this.listeners.delete(key);
    };
  }
}
