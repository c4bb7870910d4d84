import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands in front of a Redis, and can lose the reply to one command with its connection: executed, and nobody was told. */
export interface LossyProxy {
  readonly host: string;
  readonly port: number;
  /** Loses the reply to the next command of that name. */
  loseReplyTo(command: string): void;
  stop(): Promise<void>;
}

export async function startLossyProxy(target: { readonly host: string; readonly port: number }): Promise<LossyProxy> {
  const sockets = new Set<Socket>();
  let loses: string | undefined;
  const server = createServer((client) => {
    const upstream = connect(target.port, target.host);
    let losing = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => [client, upstream].forEach((each) => sockets.delete(each) && each.destroy()));
    }
    client.on('data', (bytes) => {
      if (loses !== undefined && bytes.includes(`\r\n${loses}\r\n`)) [losing, loses] = [true, undefined];
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => (losing ? client.destroy() : client.write(bytes)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    host: '127.0.0.1',
    port,
    loseReplyTo: (command) => (loses = command),
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
