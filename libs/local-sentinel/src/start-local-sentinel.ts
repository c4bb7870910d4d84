import { randomBytes } from 'node:crypto';
import { waitUntil } from './deadline.js';
import { freePorts } from './free-ports.js';
import { LocalMaster } from './local-master.js';
import type { LocalNode } from './local-node.js';
import { LocalSentinel } from './local-sentinel.js';
import { READY_TIMEOUT_MS, type NodeFactory } from './node-factory.js';
import { planMasters, type LocalSentinelOptions, type MasterPlan } from './options.js';
import { replicaMissing } from './replication-view.js';
import type { KnownSentinel, WatchedMaster } from './sentinel-config.js';
import { startAttempts } from './start-attempts.js';

interface StartedMaster {
  readonly watched: WatchedMaster;
  readonly nodes: readonly LocalNode[];
}

async function startMaster(
  factory: NodeFactory,
  plan: MasterPlan,
  ports: readonly number[],
  options: LocalSentinelOptions,
): Promise<StartedMaster> {
  const [primaryPort = 0, ...replicaPorts] = ports;
  const primary = await factory.redis({ name: `${plan.name}-0`, port: primaryPort });
  const makeReplica = (port: number, index: number) =>
    factory.redis({ name: `${plan.name}-${index + 1}`, port, replicaOf: primaryPort });
  const replicas = await Promise.all(replicaPorts.map(makeReplica));
  // A replica that finds its primary at once need not wait for its next try, a second later.
  await primary.start(options.signal);
  await Promise.all(replicas.map((replica) => replica.start(options.signal)));
  const missing = async () => (await Promise.all(replicas.map((replica) => replicaMissing(replica, primary)))).flat();
  const deadlineMs = options.readyTimeoutMs ?? READY_TIMEOUT_MS;
  await waitUntil(missing, { what: `replicas of ${plan.name}`, deadlineMs, intervalMs: 5, signal: options.signal });
  return { watched: { name: plan.name, primaryPort, replicaPorts }, nodes: [primary, ...replicas] };
}

async function startSentinels(
  factory: NodeFactory,
  masters: readonly WatchedMaster[],
  ports: readonly number[],
  options: LocalSentinelOptions,
): Promise<LocalNode[]> {
  const known: KnownSentinel[] = ports.map((port) => ({ port, id: randomBytes(20).toString('hex') }));
  const sentinels = await Promise.all(
    known.map((self, index) =>
      factory.sentinel({
        name: `sentinel-${index}`,
        self,
        others: known.filter((other) => other !== self),
        masters,
        quorum: options.quorum ?? Math.floor(ports.length / 2) + 1,
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
 * Starts a real topology on free loopback ports and resolves when it stands: replicas in step, sentinels seeing each other and all replicas, quorum given. Rejects
 * with `RedisServerMissingError`, `ServerStartError`, `NotSettledError` or the signal's reason, and leaves nothing behind then. Everything is gone after `stop()`,
 * and also when this process ends in whatever way without it.
 *
 * @example const topology = await startLocalSentinel({ replicas: 2, sentinels: 3, password: 'admin', downAfterMs: 1000 });
 */
export async function startLocalSentinel(options: LocalSentinelOptions = {}): Promise<LocalSentinel> {
  const startedAt = performance.now();
  const plans = planMasters(options);
  return startAttempts(options, async (factory) => {
    const sentinelCount = options.sentinels ?? 3;
    const ports = await freePorts(plans.reduce((sum, plan) => sum + 1 + plan.replicas, sentinelCount));
    const sentinelPorts = ports.splice(0, sentinelCount);
    const started = await Promise.all(
      plans.map((plan) => startMaster(factory, plan, ports.splice(0, 1 + plan.replicas), options)),
    );
    const watched = started.map((master) => master.watched);
    const sentinels = await startSentinels(factory, watched, sentinelPorts, options);
    const masters = started.map((master) => new LocalMaster(master.watched.name, master.nodes, sentinels));
    const missing = async () => (await Promise.all(masters.map((master) => master.settledMissing()))).flat();
    const deadlineMs = options.readyTimeoutMs ?? READY_TIMEOUT_MS;
    await waitUntil(missing, { what: 'a settled topology', deadlineMs, signal: options.signal });
    const { password, sentinelPassword } = options;
    return new LocalSentinel({ factory, masters, sentinels, readyMs: performance.now() - startedAt, password, sentinelPassword });
  });
}
