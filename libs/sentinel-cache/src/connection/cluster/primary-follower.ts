import type { ClusterNode } from './cluster-node.js';
import { nextStep } from './cluster-redirect.js';
import type { PrimaryClient, RedisCommand, SizeTest } from '../contract/redis-client.js';

/**
 * One primary of a cluster for calls about all its keys; once it has lost all its slots, whoever `successorOf` names. A successor is another
 * generation, so that a scan begins anew there.
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

  /** What the old one gave back unexecuted goes to the new one, within its one deadline. */
  async send(command: RedisCommand): Promise<unknown> {
    const endsAtMs = performance.now() + (command.deadlineMs ?? this.callDeadlineMs);
    for (let attempt = command; ; attempt = { ...command, deadlineMs: Math.max(1, endsAtMs - performance.now()) }) {
      const { node } = this;
      try {
        return await node.send(attempt);
      } catch (error) {
        if (nextStep(error, node.retired).kind !== 'again' || performance.now() >= endsAtMs || !this.moveOn(node)) throw error;
      }
    }
  }

  /** Calls that run side by side move on once. */
  private moveOn(from: ClusterNode): boolean {
    if (this.node !== from) return true;
    const successor = this.successorOf(from);
    if (!successor) return false;
    this.passed += from.generation() + 1;
    this.node = successor;
    return true;
  }
}
