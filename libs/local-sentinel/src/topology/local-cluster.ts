import { clusterMissing, readCluster } from '../observe/cluster-view.js';
import { waitUntil } from '../process/deadline.js';
import type { WaitOptions } from './local-master.js';
import { LocalSentinelError } from '../errors/local-sentinel-error.js';
import type { LocalNode } from '../node/local-node.js';
import type { NodeFactory } from '../node/node-factory.js';

const SETTLED_DEADLINE_MS = 30_000;

/** A running Redis Cluster. */
export class LocalCluster {
  /** All nodes, running or not: those that began as primaries first. */
  readonly nodes: readonly LocalNode[];
  /** Milliseconds from the call of startLocalCluster() until everything stood. */
  readonly readyMs: number;
  /** Password of the nodes, if any. */
  readonly password: string | undefined;
  /** Certificate (PEM) of the throw-away authority; undefined without the option `tls`. */
  readonly ca: string | undefined;
  readonly #factory: NodeFactory;
  #stopping: Promise<void> | undefined;

  /** @internal */
  constructor(parts: {
    factory: NodeFactory;
    nodes: readonly LocalNode[];
    readyMs: number;
    password: string | undefined;
    ca: string | undefined;
  }) {
    this.#factory = parts.factory;
    this.nodes = parts.nodes;
    this.readyMs = parts.readyMs;
    this.password = parts.password;
    this.ca = parts.ca;
  }

  /** Nodes that have slots, as of the last `settled()` or `refresh()`. */
  get primaries(): LocalNode[] {
    return this.nodes.filter((node) => node.role === 'primary');
  }

  /** The others, as of the last `settled()` or `refresh()`. */
  get replicas(): LocalNode[] {
    return this.nodes.filter((node) => node.role === 'replica');
  }

  /** Temporary folder with the configuration, log and data of each node; gone after {@link stop}. */
  get folder(): string {
    return this.#factory.folder;
  }

  /**
   * Returns `redis+cluster://:password@127.0.0.1:p,127.0.0.1:p,...`: every node, without the password if
   * there is none, `rediss+cluster://` with the option `tls`. A database is written behind it: a cluster has
   * 0 only.
   */
  location(database?: number): string {
    const user = this.password === undefined ? '' : `:${encodeURIComponent(this.password)}@`;
    const path = database === undefined ? '' : `/${database}`;
    const addresses = this.nodes.map(({ clientAddress: { host, port } }) => `${host}:${port}`);
    return `${this.ca === undefined ? 'redis' : 'rediss'}+cluster://${user}${addresses.join(',')}${path}`;
  }

  /** Resolves to the slot of a key, as Redis itself computes it. */
  async slotOf(key: string): Promise<number> {
    return Number(await this.#anyone().command('CLUSTER', 'KEYSLOT', key));
  }

  /**
   * Resolves to the node that has a slot, as the nodes that run see it now. Rejects with
   * `LOCAL_SENTINEL_NOT_SETTLED` while no node has it, and as {@link LocalNode.command} when none answers.
   */
  async ownerOf(slot: number): Promise<LocalNode> {
    const ranges = (await this.#anyone().command('CLUSTER', 'SLOTS')) as [number, number, [string, number]][];
    const range = ranges.find(([first, last]) => first <= slot && slot <= last);
    const owner = this.nodes.find((node) => node.port === range?.[2][1]);
    if (owner) return owner;
    throw new LocalSentinelError(
      'LOCAL_SENTINEL_NOT_SETTLED',
      `slot ${slot}: expected an owner, got none. Wait for settled(); slots are 0 to 16383.`,
    );
  }

  /**
   * Reads who has slots from a node that runs: a dead one that was replaced is a replica from then on. Leaves
   * all as it was when nobody answers.
   */
  async refresh(): Promise<void> {
    const view = await readCluster(this.#anyone()).catch(() => undefined);
    for (const node of this.nodes) {
      const seen = view?.nodes.find(({ port }) => port === node.port);
      if (seen) node.assumeRole(seen.isPrimary && seen.ownsSlots ? 'primary' : 'replica');
    }
  }

  /**
   * Resolves when all running nodes see each other, all slots served and every replica linked; rejects with
   * `NotSettledError` otherwise. Default: within 30 s.
   */
  async settled({ timeoutMs = SETTLED_DEADLINE_MS, signal }: WaitOptions = {}): Promise<void> {
    await waitUntil(() => clusterMissing(this.nodes), { what: 'a settled cluster', deadlineMs: timeoutMs, signal });
    await this.refresh();
  }

  /** Kills every process, removes the folder and ends the watchdog. May be called again. */
  async stop(): Promise<void> {
    this.#stopping ??= this.#factory.close();
    await this.#stopping;
  }

  #anyone(): LocalNode {
    return this.nodes.find((node) => node.isRunning && !node.isHung) ?? this.nodes[0]!;
  }
}
