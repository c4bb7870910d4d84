import { waitUntil } from '../process/deadline.js';
import { LocalRedis } from './local-redis.js';
import { READY_TIMEOUT_MS } from '../node/node-factory.js';
import { planRedis, type LocalRedisOptions } from '../config/options.js';
import { replicaMissing } from '../observe/replication-view.js';
import type { Endpoint } from '../config/endpoints.js';
import { startAttempts } from '../node/start-attempts.js';

/**
 * Starts one real Redis, and plain replicas if asked for, on free loopback ports; resolves when it answers
 * and its replicas are in step. Fails and cleans up as `startLocalSentinel()` does.
 *
 * @example
 * ```ts
 * const redis = await startLocalRedis({ password: 'admin' });
 * redis.url(1); // redis://:admin@127.0.0.1:p/1
 * ```
 */
export async function startLocalRedis(options: LocalRedisOptions = {}): Promise<LocalRedis> {
  const plan = planRedis(options);
  return startAttempts(options, async (factory) => {
    const names = Array.from({ length: 1 + plan.replicas }, (_each, index) => `redis-${index}`);
    const [endpoint, ...replicaEndpoints] = (await factory.endpoints(names, 'redis')) as [Endpoint, ...Endpoint[]];
    const replicaOf = endpoint.announced;
    const { username, password, signal, unixSocket = false } = options;
    const primary = await factory.redis({ endpoint, username, unixSocket });
    const replicas = await Promise.all(
      replicaEndpoints.map((replicaEndpoint) => factory.redis({ endpoint: replicaEndpoint, replicaOf, username })),
    );
    await primary.start(signal);
    await Promise.all(replicas.map((replica) => replica.start(signal)));
    const missing = async () => (await Promise.all(replicas.map((replica) => replicaMissing(replica, primary)))).flat();
    const deadlineMs = options.readyTimeoutMs ?? READY_TIMEOUT_MS;
    await waitUntil(missing, { what: 'replicas in step', deadlineMs, intervalMs: 5, signal });
    const socketPath = unixSocket ? factory.socketPath('redis-0') : undefined;
    return new LocalRedis({ factory, primary, replicas, socketPath, password, username });
  });
}
