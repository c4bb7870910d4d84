import type { LocalNode, LocalSentinel } from 'local-sentinel';

/** What can be done to the servers. */
export const DRILLS = ['kill', 'hang', 'failover', 'bring-back'] as const;
export type DrillAction = (typeof DRILLS)[number];

/** What was done to a server, and not undone. */
export type Injury = 'killed' | 'hung';

/** Why an action makes no sense just now. */
export type DrillProblem = 'busy' | 'no-primary' | 'no-replica' | 'all-well' | 'not-agreed';

/** What an action did, or why it did nothing. */
export type DrillOutcome =
  { readonly done: DrillAction; readonly addresses: readonly string[] } | { readonly problem: DrillProblem };

/** The token under which the app has its drill, if it has one. */
export const DRILL = Symbol('demo.drill');

/** On a busy machine sentinels call a failover off, and are asked again. */
const FAILOVER_LIMIT_MS = 25_000;
const NOT_AGREED: ReadonlySet<unknown> = new Set(['LOCAL_SENTINEL_NOT_SETTLED', 'LOCAL_SENTINEL_DEADLINE']);

/** Breaks the servers that the demo itself has started, and mends them. One action at a time. */
export class Drill {
  private isBusy = false;

  constructor(private readonly topology: LocalSentinel) {}

  /** What was done to the server at this address. */
  injuryOf(address: string): Injury | undefined {
    const node = this.nodeAt(address);
    if (!node || (node.isRunning && !node.isHung)) return undefined;
    return node.isHung ? 'hung' : 'killed';
  }

  /** The servers that are killed or hung. */
  injured(): string[] {
    return this.injuredNodes().map(({ address }) => address);
  }

  /** Every action that can be done, with this server as the primary. */
  possible(primary: string | null): DrillAction[] {
    if (this.isBusy) return [];
    return DRILLS.filter((action) => this.problemOf(action, primary) === undefined);
  }

  /** Does it. Never rejects for a reason that a person can mend: that is the `problem`. */
  async run(action: DrillAction, primary: string | null): Promise<DrillOutcome> {
    const problem = this.isBusy ? 'busy' : this.problemOf(action, primary);
    if (problem) return { problem };
    this.isBusy = true;
    try {
      return await this.act(action, this.nodeAt(primary));
    } finally {
      this.isBusy = false;
    }
  }

  private async act(action: DrillAction, primary: LocalNode | undefined): Promise<DrillOutcome> {
    if (action === 'bring-back') return { done: action, addresses: await this.bringBack() };
    if (action === 'failover') return this.failover();
    await primary![action]();
    return { done: action, addresses: [primary!.address] };
  }

  private async failover(): Promise<DrillOutcome> {
    try {
      const { address } = await this.topology.failover(undefined, { timeoutMs: FAILOVER_LIMIT_MS });
      return { done: 'failover', addresses: [address] };
    } catch (error) {
      // The sentinels refuse while another failover is under way, or where no replica is fit.
      if (NOT_AGREED.has((error as { code?: unknown }).code)) return { problem: 'not-agreed' };
      throw error;
    }
  }

  private async bringBack(): Promise<string[]> {
    const nodes = this.injuredNodes();
    await Promise.all(nodes.map((node) => (node.isHung ? node.resume() : node.restart())));
    return nodes.map(({ address }) => address);
  }

  private problemOf(action: DrillAction, primary: string | null): DrillProblem | undefined {
    if (action === 'bring-back') return this.injured().length > 0 ? undefined : 'all-well';
    const node = this.nodeAt(primary);
    if (!node || this.injuryOf(node.address)) return 'no-primary';
    const others = this.redisNodes().filter((other) => other !== node && !this.injuryOf(other.address));
    return action === 'failover' && others.length === 0 ? 'no-replica' : undefined;
  }

  private injuredNodes(): LocalNode[] {
    return this.redisNodes().filter(({ address }) => this.injuryOf(address) !== undefined);
  }

  private redisNodes(): LocalNode[] {
    return this.topology.nodes.filter((node) => !this.topology.sentinels.includes(node));
  }

  private nodeAt(address: string | null): LocalNode | undefined {
    return this.topology.nodes.find((node) => node.address === address);
  }
}
