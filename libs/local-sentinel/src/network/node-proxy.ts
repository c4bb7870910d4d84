import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { LocalSentinelError } from '../errors/local-sentinel-error.js';
import { ServerStartError } from '../errors/server-start.error.js';
import { LOOPBACK } from '../process/free-ports.js';
import { Link } from './link.js';
import { CLIENTS } from './partitions.js';
import type { ProxyNetwork } from './proxy-network.js';
import { resetSocket } from './reset-socket.js';
import { BLACKHOLE, PASS, type ProxyMode, type Traffic } from './traffic.js';

/** What a mode may say besides its name. */
export interface ProxyModeOptions {
  /** Of `delay`: milliseconds in each direction. Default 100. */
  readonly delayMs?: number;
  /**
   * Whose connections it is for: `clients` are all that no node of the topology opened, `nodes` all that one
   * did, or these nodes. Default: everybody's. The others keep the mode they have. Needs nodes that can be
   * told apart: Linux, and Redis 7 or later.
   */
  readonly only?: 'clients' | 'nodes' | readonly { readonly name: string }[];
}

/** Where a proxy listens and what for. */
export interface NodeProxyPlan {
  readonly name: string;
  /** The port that is announced. */
  readonly port: number;
  /** A port for clients alone; they are turned away from the announced one then. */
  readonly outsidePort: number | undefined;
  /** The node's own port, for the other nodes. */
  readonly nodePort: number;
  /** The node's own port for clients. */
  readonly clientPort: number;
  readonly network: ProxyNetwork;
}

/** Far more than any test opens; more are turned away. */
const MOST_CONNECTIONS = 5000;
const DELAY_MS = 100;

/**
 * The TCP proxy in front of one node. It lives in this process: while this process is too busy to run it,
 * nothing passes.
 */
export class NodeProxy {
  readonly #plan: NodeProxyPlan;
  readonly #links = new Map<Link, string>();
  readonly #traffic = new Map<string, Traffic>();
  readonly #servers: Server[] = [];
  /** Settles when its ports listen, or can't. */
  #opening = Promise.resolve();

  private constructor(plan: NodeProxyPlan) {
    this.#plan = plan;
  }

  /**
   * @internal Listens before it resolves; rejects with `ServerStartError` if the port was lost to somebody
   *   else.
   */
  static async listen(plan: NodeProxyPlan): Promise<NodeProxy> {
    const proxy = new NodeProxy(plan);
    plan.network.add(plan.name, proxy);
    proxy.#opening = proxy.#open();
    await proxy.#opening;
    return proxy;
  }

  /** Connections that stand at present, whosever. */
  get connections(): number {
    return this.#links.size;
  }

  /** @internal True if no other node gets an answer through it, or a partition holds the node. */
  get isClosedToNodes(): boolean {
    if (this.#plan.network.partitions.holds(this.#plan.name)) return true;
    const others = this.#plan.network.names.filter((name) => name !== this.#plan.name);
    return others.length > 0 && others.every((peer) => !['pass', 'delay'].includes(this.#trafficOf(peer).mode));
  }

  /** Mode of the clients' connections at present; that of a partition if there is one. */
  get clientMode(): ProxyMode {
    return this.#trafficOf(CLIENTS).mode;
  }

  /**
   * Changes what happens to bytes and connections, at once, for those that stand too. Throws
   * `LOCAL_SENTINEL_INVALID_OPTION` on a negative delay, and with `only` where nodes can't be told apart.
   *
   * @example topology.primary.proxy.mode('delay', { delayMs: 200 });
   */
  mode(mode: ProxyMode, { delayMs = DELAY_MS, only }: ProxyModeOptions = {}): void {
    if (!(delayMs >= 0))
      throw new LocalSentinelError(
        'LOCAL_SENTINEL_INVALID_OPTION',
        `delayMs: expected 0 or more, got ${delayMs}. Write milliseconds.`,
      );
    if (only !== undefined) this.#plan.network.mustTellApart('only');
    for (const peer of this.#peers(only)) this.#traffic.set(peer, { mode, delayMs });
    this.apply();
  }

  /** @internal Looks again at what passes: the partitions may have changed. */
  apply(): void {
    for (const [link, peer] of this.#links) link.set(this.#trafficOf(peer));
  }

  /** @internal Everything is reset and the ports are free, also those that are only about to listen. */
  async close(): Promise<void> {
    await Promise.allSettled([this.#opening]);
    const closed = this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const link of this.#links.keys()) link.destroy();
    await Promise.all(closed);
  }

  #peers(only: ProxyModeOptions['only']): readonly string[] {
    const { names } = this.#plan.network;
    if (only === undefined) return [CLIENTS, ...names];
    if (only === 'clients') return [CLIENTS];
    return only === 'nodes' ? names : only.map(({ name }) => name);
  }

  #trafficOf(peer: string): Traffic {
    if (this.#plan.network.partitions.separate(this.#plan.name, peer)) return BLACKHOLE;
    return this.#traffic.get(peer) ?? PASS;
  }

  async #open(): Promise<void> {
    const { port, outsidePort } = this.#plan;
    this.#servers.push(await this.#listen(port, outsidePort === undefined));
    if (outsidePort !== undefined) this.#servers.push(await this.#listen(outsidePort, true));
  }

  async #listen(port: number, forClients: boolean): Promise<Server> {
    const server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client, forClients));
    server.maxConnections = MOST_CONNECTIONS;
    server.unref();
    server.listen({ host: LOOPBACK, port, exclusive: true });
    await once(server, 'listening').catch((error: Error) => {
      throw new ServerStartError(this.#plan.name, `its proxy can't listen on port ${port}`, error.message);
    });
    server.on('error', () => undefined); // a connection that could not be accepted is its client's to notice
    return server;
  }

  #accept(client: Socket, forClients: boolean): void {
    const { network, nodePort, clientPort } = this.#plan;
    const peer = network.peerAt(client.remoteAddress);
    const isClient = peer === CLIENTS;
    if (isClient && !forClients) {
      client.on('error', () => undefined);
      resetSocket(client);
      return;
    }
    const upstreamPort = isClient ? clientPort : nodePort;
    const link = new Link({ client, upstreamPort, traffic: this.#trafficOf(peer), onEnd: () => this.#links.delete(link) });
    this.#links.set(link, peer);
  }
}
