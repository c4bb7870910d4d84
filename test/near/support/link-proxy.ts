import { createServer, connect, type Server, type Socket } from 'node:net';
import { once } from 'node:events';

/** One connection through the proxy. */
interface Passage {
  readonly client: Socket;
  readonly node: Socket;
  /** Whether CLIENT TRACKING was said on it. */
  isLink: boolean;
}

/**
 * A TCP proxy in front of one Redis that knows the link for changed keys from other connections, by what is said on it. `local-sentinel`'s
 * proxies do the same to all connections of a process.
 */
export class LinkProxy {
  private readonly passages = new Set<Passage>();
  private isFrozen = false;
  private isClosed = false;

  private constructor(
    private readonly server: Server,
    private readonly nodePort: number,
  ) {}

  static async listen(nodePort: number): Promise<LinkProxy> {
    const server = createServer();
    const proxy = new LinkProxy(server, nodePort);
    server.on('connection', (client) => proxy.pass(client));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as { readonly port: number }).port;
  }

  /** How many links stand. */
  get links(): number {
    return [...this.passages].filter(({ isLink }) => isLink).length;
  }

  /** Nothing passes on links in either direction, and nothing is closed. */
  freeze(): void {
    this.isFrozen = true;
    for (const { isLink, node, client } of this.passages) if (isLink) for (const socket of [node, client]) socket.pause();
  }

  /** What was held arrives. */
  thaw(): void {
    this.isFrozen = false;
    for (const { node, client } of this.passages) for (const socket of [node, client]) socket.resume();
  }

  /** Cuts the links that stand. */
  cut(): void {
    for (const { isLink, node, client } of this.passages) if (isLink) for (const socket of [node, client]) socket.destroy();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    for (const { node, client } of this.passages) for (const socket of [node, client]) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private pass(client: Socket): void {
    const node = connect(this.nodePort, '127.0.0.1');
    const passage = { client, node, isLink: false };
    this.passages.add(passage);
    const end = (): void => {
      this.passages.delete(passage);
      client.destroy();
      node.destroy();
    };
    for (const socket of [client, node]) socket.on('error', end).on('close', end);
    client.on('data', (bytes) => {
      passage.isLink ||= bytes.includes('TRACKING');
      node.write(bytes);
      if (passage.isLink && this.isFrozen) this.freeze();
    });
    node.on('data', (bytes) => client.write(bytes));
    if (this.isClosed) end();
  }
}
