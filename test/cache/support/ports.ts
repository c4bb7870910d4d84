import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';

/** A port of 127.0.0.1 where nobody listens. */
export async function deadPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** An address whose kernel answers no SYN: a stopped server with a full backlog. */
export interface BlackHole {
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** Throws when a connect to it succeeds after all: then it is no black hole. */
export async function startBlackHole(): Promise<BlackHole> {
  const redis: LocalRedis = await startLocalRedis({ redisConfig: { 'tcp-backlog': '1' } });
  await redis.hang();
  const fillers: Socket[] = [];
  for (let full = false; !full;) {
    const socket = connect(redis.port, redis.host);
    socket.on('error', () => undefined);
    fillers.push(socket);
    full = !(await opensWithin(socket, 300));
    if (fillers.length > 50) throw new Error('the backlog does not fill');
  }
  return {
    host: redis.host,
    port: redis.port,
    stop: async () => {
      for (const socket of fillers) socket.destroy();
      await redis.stop();
    },
  };
}

async function opensWithin(socket: Socket, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
