import { RETIRE_GRACE_MS, type NodeConnection } from '../wire/node-connection.js';
import type { NodeAddress } from '../../settings/shapes/resolved-connection.js';

/**
 * A second connection to the primary for reads, while nothing is heard on the first: `CLIENT PAUSE WRITE`
 * holds a connection back at its first write, with all reads behind it. That it opens proves that the node is
 * up. No call waits for it.
 */
export class SecondConnection {
  private connection: NodeConnection | undefined;
  private attempt: AbortController | undefined;

  constructor(
    private readonly open: (address: NodeAddress, signal: AbortSignal) => Promise<NodeConnection>,
    /** It was opened, could not be opened, or broke. */
    private readonly onChange: () => void,
  ) {}

  /** The connection, while it can take commands. */
  get current(): NodeConnection | undefined {
    return this.connection?.isOpen ? this.connection : undefined;
  }

  get isOpening(): boolean {
    return this.attempt !== undefined;
  }

  /** Opens it in the background, unless it is open or opening. */
  ensure(main: NodeConnection): void {
    if (this.current || this.attempt) return;
    const controller = new AbortController();
    this.attempt = controller;
    this.open(main.address, controller.signal).then(
      (connection) => {
        if (this.attempt !== controller || !connection.isOpen || connection.facts.role !== main.facts.role) connection.destroy();
        else this.connection = connection;
        this.settle(controller);
      },
      () => this.settle(controller),
    );
  }

  /** Closes it; what is in flight gets a moment. */
  close(): void {
    const { connection, attempt } = this;
    if (!connection && !attempt) return;
    this.connection = undefined;
    this.attempt = undefined;
    attempt?.abort();
    if (connection) void connection.retire(RETIRE_GRACE_MS);
  }

  private settle(controller: AbortController): void {
    if (this.attempt !== controller) return;
    this.attempt = undefined;
    const { connection } = this;
    connection?.onClose(() => {
      if (this.connection !== connection) return;
      this.connection = undefined;
      this.onChange();
    });
    this.onChange();
  }
}
