import { msUntil } from '../../time/clock.js';
import type { ClusterNode } from './cluster-node.js';
import { nextStep } from './cluster-redirect.js';
import type { PrimaryClient, RedisCommand, SizeTest } from '../contract/redis-client.js';

/**
 * Sends the calls about all keys of one primary (SCAN). When that primary has lost all its slots, they go to
 * the node that `successorOf` returns. A successor has another generation, so that a scan starts anew there.
 */
export class PrimaryFollower implements PrimaryClient {
  readonly readsReplicas = false;
  private passed = 0;

  constructor(
    private node: ClusterNode,
    private readonly successorOf: (node: ClusterNode) => ClusterNode | undefined,
  ) {}

  get callDeadlineMs(): number {
    return this.node.callDeadlineMs;
  }

  generation(): number {
    return this.passed + this.node.generation();
  }

  refusal(write: RedisCommand, takesMoreThan: SizeTest): ReturnType<PrimaryClient['refusal']> {
    return this.node.refusal(write, takesMoreThan);
  }

  /** Sends what the old node returned unexecuted to the new one, within the same deadline. */
  async send(command: RedisCommand): Promise<unknown> {
    const endsAtMs = performance.now() + (command.deadlineMs ?? this.callDeadlineMs);
    for (let attempt = command; ; attempt = { ...command, deadlineMs: msUntil(endsAtMs) }) {
      const { node } = this;
      try {
        return await node.send(attempt);
      } catch (error) {
        if (nextStep(error, node.retired).kind !== 'again' || performance.now() >= endsAtMs || !this.moveOn(node)) throw error;
      }
    }
  }

  /** Moves once, however many calls run side by side. */
  private moveOn(from: ClusterNode): boolean {
    if (this.node !== from) return true;
    const successor = this.successorOf(from);
    if (!successor) return false;
    this.passed += from.generation() + 1;
    this.node = successor;
    return true;
  }
}
