import { waitUntil } from '../process/deadline.js';
import { DeadlineExceededError } from '../errors/deadline-exceeded.error.js';
import { LocalSentinelError } from '../errors/local-sentinel-error.js';
import type { LocalNode } from '../node/local-node.js';
import { primaryMissing } from '../observe/replication-view.js';
import { announcedPort, failoverUnderWay } from '../observe/sentinel-view.js';
import { live, settledMissing } from '../observe/settled-check.js';

const FAILOVER_DEADLINE_MS = 20_000;
const NOT_NOW = /^(INPROG|NOGOODSLAVE)/;

/** On a busy machine an answer may be late: what is asked again is no failure. */
function unanswered(error: unknown): string[] {
  if (error instanceof DeadlineExceededError) return [error.message];
  throw error;
}

/** How long to wait, and who may end the wait. */
export interface WaitOptions {
  /** Milliseconds. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** One master name of a topology with the Redis nodes behind it. */
export class LocalMaster {
  /** Name under which the sentinels know it. */
  readonly name: string;
  /** All its Redis nodes, in the order of their names, whatever their present role. */
  readonly nodes: readonly LocalNode[];
  readonly #sentinels: readonly LocalNode[];
  readonly #rolesRead: boolean;

  /** @internal */
  constructor(parts: {
    name: string;
    nodes: readonly LocalNode[];
    sentinels: readonly LocalNode[];
    /** See SettledSubject. */
    rolesRead: boolean;
  }) {
    this.name = parts.name;
    this.nodes = parts.nodes;
    this.#sentinels = parts.sentinels;
    this.#rolesRead = parts.rolesRead;
  }

  /** The node that is the primary, as of the last look at the sentinels. */
  get primary(): LocalNode {
    const primary = this.nodes.find((node) => node.role === 'primary');
    if (!primary) throw new LocalSentinelError('LOCAL_SENTINEL_NODE_DOWN', `${this.name}: expected a primary, got none`);
    return primary;
  }

  /** The nodes that are not the primary, running or not. */
  get replicas(): LocalNode[] {
    return this.nodes.filter((node) => node.role === 'replica');
  }

  /** @internal See LocalSentinel.failover(). */
  async failover(wait: WaitOptions = {}): Promise<LocalNode> {
    const deadlineMs = wait.timeoutMs ?? FAILOVER_DEADLINE_MS;
    let before: number | undefined;
    let ordered: LocalNode | undefined;
    const missing = async (): Promise<string[]> => {
      // Asked in this order: while it is under way the sentinel says so, and when it no longer does, it
      // announces what came of it.
      const underWay = ordered !== undefined && (await failoverUnderWay(ordered, this.name));
      const ports = new Set(await this.#announced());
      const [port] = ports;
      before ??= port;
      if (!underWay && ports.size === 1 && port === before) {
        const answer = await this.#orderFailover();
        if (typeof answer === 'string') return [answer];
        ordered = answer;
      }
      if (ports.size !== 1 || port === undefined || port === before)
        return [`the sentinels announce ${[...ports].join(', ')}; before it was ${before}`];
      const primary = this.nodes.find((node) => node.port === port);
      if (!primary) return [`port ${port} is no node of this topology`];
      const left = await primaryMissing(primary);
      if (left.length === 0) this.#setPrimary(primary);
      return left;
    };
    await waitUntil(() => missing().catch(unanswered), { what: `failover of ${this.name}`, deadlineMs, signal: wait.signal });
    return this.primary;
  }

  /** @internal See LocalSentinel.settled(). */
  async settledMissing(): Promise<string[]> {
    const { missing, primary } = await settledMissing({
      masterName: this.name,
      redisNodes: this.nodes,
      sentinels: this.#sentinels,
      rolesRead: this.#rolesRead,
    });
    if (primary) this.#setPrimary(primary);
    return missing;
  }

  async #announced(): Promise<(number | undefined)[]> {
    return Promise.all(live(this.#sentinels).map((sentinel) => announcedPort(sentinel, this.name)));
  }

  /** The sentinel that has taken the order; the reason why not yet, if it is one that passes. */
  async #orderFailover(): Promise<LocalNode | string> {
    const [sentinel] = live(this.#sentinels);
    if (!sentinel) throw new LocalSentinelError('LOCAL_SENTINEL_NODE_DOWN', `failover of ${this.name}: no sentinel is running`);
    try {
      await sentinel.command('SENTINEL', 'FAILOVER', this.name);
      return sentinel;
    } catch (error) {
      const said = String((error as Error).message);
      if (NOT_NOW.test(said)) return said;
      throw error;
    }
  }

  #setPrimary(primary: LocalNode): void {
    for (const node of this.nodes) node.assumeRole(node === primary ? 'primary' : 'replica');
  }
}
