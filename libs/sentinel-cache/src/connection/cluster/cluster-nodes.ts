import { ClusterNode } from './cluster-node.js';
import { MOST_NODES } from './cluster-reply.js';
import type { ChangeListener } from '../contract/change-feed.js';
import { addressText } from '../contract/node-address.js';
import type { ClientEvent } from '../contract/client-event.js';
import type { ConnectionConfig, TcpAddress } from '../../settings/shapes/resolved-connection.js';

/** A node without slots that takes some over is used for ASK alone, and may be idle for this long. */
const IDLE_MS = 10_000;

/** The nodes of a cluster that this client talks to, one for each address. */
export class ClusterNodes {
  readonly #config: ConnectionConfig;
  private readonly nodes = new Map<string, ClusterNode>();
  private readonly ending = new Set<Promise<void>>();
  private made = 0;
  private readonly followers: { readonly prefixes: readonly string[]; readonly listener: ChangeListener }[] = [];

  constructor(
    config: ConnectionConfig,
    private readonly emit: (event: ClientEvent) => void,
  ) {
    this.#config = config;
  }

  /** Returns the node at an address. It is made at the first request and connects at its first use. */
  at(address: TcpAddress): ClusterNode {
    const text = addressText(address);
    let node = this.nodes.get(text);
    if (!node) {
      node = new ClusterNode(this.#config, address, this.emit, this.made);
      this.made += 1;
      this.nodes.set(text, node);
      for (const { prefixes, listener } of this.followers) node.follow(prefixes, listener);
    }
    return node;
  }

  /** Tells this listener of changes on each node, and of keys that move from one to another. */
  follow(prefixes: readonly string[], listener: ChangeListener): void {
    this.followers.push({ prefixes, listener });
    for (const node of this.nodes.values()) node.follow(prefixes, listener);
  }

  /** Tells the followers that these keys may be elsewhere, so that no link tells of them for certain. */
  keysMoved(keys: readonly string[] | 'all'): void {
    for (const { listener } of this.followers) {
      if (keys === 'all') listener.onAnyChange();
      else for (const key of keys) listener.onChange(key);
    }
  }

  /**
   * Whether the node is known, or one more may be made. So a node that redirects each call to another address
   * can't fill the process with connections.
   */
  hasRoomFor(address: TcpAddress): boolean {
    return this.nodes.size < MOST_NODES || this.nodes.has(addressText(address));
  }

  /**
   * Closes the nodes that are not wanted: those that `lost` their slots at once, others after ten idle
   * seconds.
   */
  keep(wanted: ReadonlySet<string>, lost: ReadonlySet<string>): void {
    const nowMs = performance.now();
    for (const [text, node] of this.nodes) {
      if (wanted.has(text) || (!lost.has(text) && nowMs - node.lastUsedMs < IDLE_MS)) continue;
      this.nodes.delete(text);
      const end = node.retire().finally(() => this.ending.delete(end));
      this.ending.add(end);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...[...this.nodes.values()].map((node) => node.close()), ...this.ending]);
  }
}
