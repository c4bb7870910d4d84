import type { CallOptions } from '../../backends/port/call-options.js';
import type { LeasedEntry, LeaseStore } from '../../backends/port/lease-store.js';
import { publishIgnoredError } from '../../telemetry/channels.js';

/** Which lease, and how it is asked for. */
export interface LeaseSubject {
  readonly leases: LeaseStore;
  readonly alias: string;
  /** The stored key of the entry. */
  readonly key: string;
  readonly calls: CallOptions;
  readonly token: string;
  /** How long it lives unless it is renewed. */
  readonly ms: number;
}

/** A lease that is ours: renewed until it is given back, lost, or let go. */
export class HeldLease {
  private timer: NodeJS.Timeout | undefined;
  private isRenewing = false;
  private isGivenBack = false;

  constructor(private readonly subject: LeaseSubject) {}

  /** Renews it three times in its life, for `ms` at most and until `signal` aborts; then it runs out. */
  keep(signal: AbortSignal, ms: number): void {
    const endsAtMs = performance.now() + ms;
    this.timer = setInterval(() => {
      if (signal.aborted || performance.now() >= endsAtMs) this.stop();
      else void this.renew();
    }, this.subject.ms / 3);
    // A program may exit while it holds a lease.
    this.timer.unref();
  }

  /**
   * Stores the entry and gives the lease back. Resolves to whether it was stored. Rejects as
   * `LeaseStore.store`.
   */
  async store(entry: LeasedEntry, calls: CallOptions): Promise<boolean> {
    const { leases, key, token } = this.subject;
    const stored = await leases.store(key, token, entry, calls);
    this.isGivenBack = true;
    return stored;
  }

  /** Gives it back unless that is done. Nobody waits for that: a lease that stays ends by itself. */
  end(): void {
    this.stop();
    if (this.isGivenBack) return;
    this.isGivenBack = true;
    const { leases, key, token, calls } = this.subject;
    leases.release(key, token, calls).catch((error: unknown) => this.publish(error));
  }

  private async renew(): Promise<void> {
    if (this.isRenewing) return;
    this.isRenewing = true;
    const { leases, key, token, ms, calls } = this.subject;
    try {
      if (!(await leases.renew(key, token, ms, calls))) this.stop();
    } catch (error) {
      this.publish(error);
    } finally {
      this.isRenewing = false;
    }
  }

  private stop(): void {
    clearInterval(this.timer);
  }

  private publish(error: unknown): void {
    publishIgnoredError({ alias: this.subject.alias, operation: 'getOrSet', error });
  }
}
