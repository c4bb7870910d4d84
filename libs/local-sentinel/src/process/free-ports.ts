import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { randomInt } from 'node:crypto';
import { LocalSentinelError } from '../errors/local-sentinel-error.js';

/** The one address everything listens on. */
export const LOOPBACK = '127.0.0.1';

/**
 * Below the range from which Linux (32768 up) and macOS (49152 up) take the ports of outgoing connections. A
 * port from that range could, while its node is dead, be taken by any client, even by one that dials the dead
 * port and so connects to itself; `restart()` would then fail.
 */
const LOWEST = 15_000;
const HIGHEST = 32_000;

async function tryListen(port: number): Promise<Server | undefined> {
  const server = createServer();
  server.listen({ host: LOOPBACK, port, exclusive: true });
  return once(server, 'listening').then(
    () => server,
    () => undefined,
  );
}

/**
 * Finds `count` different ports of the loopback address that were free a moment ago: a start that loses one
 * to somebody else has to be retried.
 */
export async function freePorts(count: number): Promise<number[]> {
  const held: Server[] = [];
  const ports: number[] = [];
  try {
    for (let tries = 0; ports.length < count; tries++) {
      if (tries > count + 500)
        throw new LocalSentinelError(
          'LOCAL_SENTINEL_START_FAILED',
          `expected ${count} free ports of ${LOOPBACK} from ${LOWEST} to ${HIGHEST}, got ${ports.length}. End what holds them.`,
        );
      const port = randomInt(LOWEST, HIGHEST);
      const server = await tryListen(port);
      if (!server) continue;
      held.push(server);
      ports.push(port);
    }
    return ports;
  } finally {
    await Promise.all(held.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  }
}
