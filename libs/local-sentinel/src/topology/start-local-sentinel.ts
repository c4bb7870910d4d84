import { randomBytes } from 'node:crypto';
import { waitUntil } from '../process/deadline.js';
import { LocalMaster } from './local-master.js';
import type { LocalNode } from '../node/local-node.js';
import { LocalSentinel } from './local-sentinel.js';
import { READY_TIMEOUT_MS, type NodeFactory } from '../node/node-factory.js';
import { planMasters, type LocalSentinelOptions, type MasterPlan } from '../config/options.js';
import { replicaMissing } from '../observe/replication-view.js';
import type { Endpoint } from '../config/endpoints.js';
import type { KnownSentinel, WatchedMaster } from '../config/sentinel-config.js';
import { startAttempts } from '../node/start-attempts.js';

const PRODUCTION_INFO_PERIOD_MS = 10_000;

interface StartedMaster {
  readonly watched: WatchedMaster;
  readonly nodes: readonly LocalNode[];
}

async function startMaster(factory: NodeFactory, plan: MasterPlan, options: LocalSentinelOptions): Promise<StartedMaster> {
  const names = Array.from({ length: 1 + plan.replicas }, (_each, index) => `${plan.name}-${index}`);
  const [endpoint, ...replicaEndpoints] = (await factory.endpoints(names, 'redis')) as [Endpoint, ...Endpoint[]];
  const replicaOf = endpoint.announced;
  const primary = await factory.redis({ endpoint });
  const replicas = await Promise.all(
    replicaEndpoints.map((replicaEndpoint) => factory.redis({ endpoint: replicaEndpoint, replicaOf })),
  );
  // A replica that finds its primary at once need not wait for its next try, a second later.
  await primary.start(options.signal);
  await Promise.all(replicas.map((replica) => replica.start(options.signal)));
  const missing = async () => (await Promise.all(replicas.map((replica) => replicaMissing(replica, primary)))).flat();
  const deadlineMs = options.readyTimeoutMs ?? READY_TIMEOUT_MS;
  await waitUntil(missing, { what: `replicas of ${plan.name}`, deadlineMs, intervalMs: 5, signal: options.signal });
  const replicaAddresses = replicaEndpoints.map(({ announced }) => announced);
  return { watched: { name: plan.name, primary: replicaOf, replicas: replicaAddresses }, nodes: [primary, ...replicas] };
}

async function startSentinels(
  factory: NodeFactory,
  masters: readonly WatchedMaster[],
  options: LocalSentinelOptions,
): Promise<LocalNode[]> {
  const names = Array.from({ length: options.sentinels ?? 3 }, (_each, index) => `sentinel-${index}`);
  const endpoints = await factory.endpoints(names, 'sentinels');
  const known: KnownSentinel[] = endpoints.map((endpoint) => ({ endpoint, id: randomBytes(20).toString('hex') }));
  const sentinels = await Promise.all(
    known.map((self) =>
      factory.sentinel({
        self,
        others: known.filter((other) => other !== self),
        masters,
        quorum: options.quorum ?? Math.floor(endpoints.length / 2) + 1,
        downAfterMs: options.downAfterMs ?? 1000,
        failoverTimeoutMs: options.failoverTimeoutMs ?? 3000,
        sentinelPassword: options.sentinelPassword,
        debug: options.sentinelDebug,
      }),
    ),
  );
  await Promise.all(sentinels.map((sentinel) => sentinel.start(options.signal)));
  return sentinels;
}

/**
 * Starts a real topology on free loopback ports and resolves when it stands: replicas in step, sentinels
 * seeing each other and all replicas, quorum given. Rejects with `RedisServerMissingError`,
 * `ServerStartError`, `NotSettledError` or the signal's reason, and leaves nothing behind then. Everything is
 * gone after `stop()`, and also when this process ends in whatever way without it.
 *
 * @example
 * ```ts
 * const topology = await startLocalSentinel({ replicas: 2, password: 'admin', downAfterMs: 1000 });
 * ```
 */
export async function startLocalSentinel(options: LocalSentinelOptions = {}): Promise<LocalSentinel> {
  const startedAt = performance.now();
  const plans = planMasters(options);
  return startAttempts(options, async (factory) => {
    const started = await Promise.all(plans.map((plan) => startMaster(factory, plan, options)));
    const watched = started.map((master) => master.watched);
    const sentinels = await startSentinels(factory, watched, options);
    const rolesRead = (options.sentinelDebug?.['info-period'] ?? PRODUCTION_INFO_PERIOD_MS) < PRODUCTION_INFO_PERIOD_MS;
    const masters = started.map(
      (master) => new LocalMaster({ name: master.watched.name, nodes: master.nodes, sentinels, rolesRead }),
    );
    const missing = async () => (await Promise.all(masters.map((master) => master.settledMissing()))).flat();
    const deadlineMs = options.readyTimeoutMs ?? READY_TIMEOUT_MS;
    await waitUntil(missing, { what: 'a settled topology', deadlineMs, signal: options.signal });
    const { password, sentinelPassword } = options;
    return new LocalSentinel({ factory, masters, sentinels, readyMs: performance.now() - startedAt, password, sentinelPassword });
  });
}
