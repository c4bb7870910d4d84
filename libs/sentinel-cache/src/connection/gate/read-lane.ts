import type { NodeAddress } from '../../settings/shapes/resolved-settings.js';
import type { Lease } from '../wire/lease.js';

/** How long it may still bring replies when it is no longer needed. */
const RETIRE_GRACE_MS = 50;

/**
 * A second connection to the primary, for reads, while nothing is heard on the first: `CLIENT PAUSE WRITE` holds a connection back at
 * its first write, with every read behind it. That it can be opened at all proves that the node lives.
 * Nobody waits for it; one that can't be opened is none.
 */
export class ReadLane {
  private lease: Lease | undefined;
  private attempt: AbortController | undefined;

  constructor(
    private readonly open: (address: NodeAddress, signal: AbortSignal) => Promise<Lease>,
    /** It was opened, could not be opened, or broke. */
    private readonly onChange: () => void,
  ) {}

  /** The connection, while it can take commands. */
  get current(): Lease | undefined {
    return this.lease?.isOpen ? this.lease : undefined;
  }

  get isComing(): boolean {
    return this.attempt !== undefined;
  }

  /** Begins to open it, unless there is one; returns at once. */
  want(main: Lease): void {
    if (this.current || this.attempt) return;
    const controller = new AbortController();
    this.attempt = controller;
    this.open(main.address, controller.signal).then(
      (lease) => {
        if (this.attempt !== controller || !lease.isOpen || lease.facts.role !== main.facts.role) lease.destroy();
        else this.lease = lease;
        this.settle(controller);
      },
      () => this.settle(controller),
    );
  }

  /** Ends it; what is in flight on it gets a moment. */
  drop(): void {
    const { lease, attempt } = this;
    if (!lease && !attempt) return;
    this.lease = undefined;
    this.attempt = undefined;
    attempt?.abort();
    if (lease) void lease.retire(RETIRE_GRACE_MS);
  }

  private settle(controller: AbortController): void {
    if (this.attempt !== controller) return;
    this.attempt = undefined;
    const { lease } = this;
    lease?.onClose(() => {
      if (this.lease !== lease) return;
      this.lease = undefined;
      this.onChange();
    });
    this.onChange();
  }
}
