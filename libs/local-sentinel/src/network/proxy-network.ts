import { once } from 'node:events';
import { createServer } from 'node:net';
import { LocalSentinelError } from '../errors/local-sentinel-error.js';
import { CLIENTS, Partitions } from './partitions.js';

/**
 * Each node opens its connections from a loopback address of its own, so that a proxy knows who calls. Linux
 * has all of 127/8 on loopback; other systems have 127.0.0.1 alone.
 */
function addressOf(index: number): string {
  return `127.1.${Math.floor(index / 250)}.${1 + (index % 250)}`;
}

async function hasAddress(host: string): Promise<boolean> {
  const server = createServer().listen({ host, port: 0 });
  const has = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  server.close();
  return has;
}

/** What the network asks of a proxy. */
export interface NetworkMember {
  apply(): void;
  close(): Promise<void>;
}

/** The proxies of one topology, who is who, and who can't reach whom. */
export class ProxyNetwork {
  /** Cuts between nodes, over and above the modes of the proxies. */
  readonly partitions = new Partitions();
  /** False where a node's connections look like anybody's. */
  readonly tellsApart: boolean;
  readonly #proxies = new Map<string, NetworkMember>();
  readonly #sources = new Map<string, string>();

  private constructor(tellsApart: boolean) {
    this.tellsApart = tellsApart;
  }

  /**
   * Looks whether this system and this server program (its first version number) allow nodes to be told
   * apart.
   */
  static async create(major: number): Promise<ProxyNetwork> {
    return new ProxyNetwork(major >= 7 && (await hasAddress(addressOf(0))));
  }

  /** Names of the nodes that have a proxy. */
  get names(): string[] {
    return [...this.#proxies.keys()];
  }

  /**
   * Returns the address from which that node has to open its connections; undefined where nodes can't be told
   * apart.
   */
  sourceOf(name: string): string | undefined {
    if (!this.tellsApart) return undefined;
    const known = [...this.#sources].find(([, owner]) => owner === name);
    if (known) return known[0];
    const source = addressOf(this.#sources.size);
    this.#sources.set(source, name);
    return source;
  }

  /** Returns the name of the node that calls from there; `clients` for anybody else. */
  peerAt(remoteAddress: string | undefined): string {
    return this.#sources.get(remoteAddress ?? '') ?? CLIENTS;
  }

  /** Throws if nodes can't be told apart. */
  mustTellApart(what: string): void {
    if (this.tellsApart) return;
    throw new LocalSentinelError(
      'LOCAL_SENTINEL_INVALID_OPTION',
      `${what}: expected a system on which nodes can be told from clients (Linux, with Redis 7 or later), got another. Leave ${what} out here.`,
    );
  }

  /** Adds a proxy that begins to listen. */
  add(name: string, proxy: NetworkMember): void {
    this.#proxies.set(name, proxy);
  }

  /** Makes every proxy look again at what may pass. */
  apply(): void {
    for (const proxy of this.#proxies.values()) proxy.apply();
  }

  /** Ends every proxy. */
  async close(): Promise<void> {
    await Promise.all([...this.#proxies.values()].map((proxy) => proxy.close()));
  }
}
