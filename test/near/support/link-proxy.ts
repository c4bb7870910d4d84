import { createServer, connect, type Server, type Socket } from 'node:net';
import { once } from 'node:events';

/** One connection through the proxy. */
interface Passage {
  readonly client: Socket;
  readonly node: Socket;
  /** Whether CLIENT TRACKING was said on it. */
  isLink: boolean;
  /** What came from the node and is held. */
  held: Buffer;
}

const PONG = Buffer.from('+PONG\r\n');

/**
 * A TCP proxy in front of one Redis that knows the link for changed keys from other connections, by what is said on it. `local-sentinel`'s
 * proxies do the same to all connections of a process.
 */
export class LinkProxy {
  private readonly passages = new Set<Passage>();
  private isFrozen = false;
  private isHolding = false;
  private isClosed = false;

  private constructor(
    private readonly server: Server,
    private nodePort: number,
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

  /** Leads connections that are opened from now on to another node. */
  leadTo(nodePort: number): void {
    this.nodePort = nodePort;
  }

  /** Holds what nodes say on links. */
  hold(): void {
    this.isHolding = true;
  }

  /** Whether a sign of life is among what is held. */
  get holdsPong(): boolean {
    return [...this.passages].some(({ held }) => held.includes(PONG));
  }

  /** Lets pass what is held, up to the first sign of life and with it. */
  passPong(): void {
    for (const passage of this.passages) {
      const end = passage.held.indexOf(PONG) + PONG.length;
      if (end < PONG.length) continue;
      passage.client.write(passage.held.subarray(0, end));
      passage.held = passage.held.subarray(end);
    }
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
    const passage: Passage = { client, node, isLink: false, held: Buffer.alloc(0) };
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
    node.on('data', (bytes) => {
      if (passage.isLink && this.isHolding) passage.held = Buffer.concat([passage.held, bytes]);
      else client.write(bytes);
    });
    if (this.isClosed) end();
  }
}
