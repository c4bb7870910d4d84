import type { RedisCommand } from '../contract/redis-client.js';
import type { NodeConnection } from '../wire/node-connection.js';
import { Coalescer } from './coalescer.js';
import type { ReadReply } from './coalesced-read.js';
import { dispatchCommand } from './dispatch-command.js';
import { FirstRuns } from './first-runs.js';
import type { Coalescing } from './plan-reads.js';

/** Hands commands over to the connections of one node, reads of one turn together. */
export class CoalescedSender {
  private readonly coalescers = new Map<NodeConnection, Coalescer>();
  private readonly firstRuns = new FirstRuns();
  private latest: { readonly connection: NodeConnection; readonly coalescer: Coalescer } | undefined;

  constructor(private readonly coalescing: Coalescing) {}

  /** Sends a command in this turn of the event loop. `reply.done` is called exactly once. */
  send(connection: NodeConnection, command: RedisCommand, reply: ReadReply): void {
    if (this.coalescing !== 'off' && command.kind === 'write') this.beforeWriteOf(command.keys);
    if (this.firstRuns.take(connection, command, reply)) return;
    if (this.coalescing === 'off') return dispatchCommand(connection, command, reply);
    this.of(connection, this.coalescing).send(command, reply);
  }

  /**
   * A write of these keys is about to be sent to this or another node: what was read before it must not see
   * it.
   */
  beforeWriteOf(keys: readonly string[] | 'all'): void {
    this.coalescers.forEach((coalescer) => coalescer.beforeWriteOf(keys));
  }

  private of(connection: NodeConnection, coalescing: Exclude<Coalescing, 'off'>): Coalescer {
    if (this.latest?.connection === connection) return this.latest.coalescer;
    const known = this.coalescers.get(connection);
    const coalescer = known ?? new Coalescer(connection, coalescing);
    this.latest = { connection, coalescer };
    if (known) return known;
    this.coalescers.set(connection, coalescer);
    connection.onClose(() => this.forget(connection));
    return coalescer;
  }

  private forget(connection: NodeConnection): void {
    this.coalescers.delete(connection);
    if (this.latest?.connection === connection) this.latest = undefined;
  }
}
