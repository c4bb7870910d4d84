import type { Certificates } from '../config/certificates.js';
import { clusterMissing, readCluster } from '../observe/cluster-view.js';
import { waitUntil } from '../process/deadline.js';
import { freePorts } from '../process/free-ports.js';
import { LocalCluster } from './local-cluster.js';
import type { LocalNode } from '../node/local-node.js';
import { READY_TIMEOUT_MS, type NodeFactory } from '../node/node-factory.js';
import { planCluster, type ClusterPlan, type LocalClusterOptions } from '../config/options.js';
import type { Endpoint } from '../config/endpoints.js';
import { startAttempts } from '../node/start-attempts.js';

const SLOTS = 16_384;
/** Redis before 7 has no choice of bus port, and no ranges. */
const SLOTS_AT_A_TIME = 4096;

interface StartedCluster {
  readonly nodes: LocalNode[];
  readonly certificates: Certificates | undefined;
}

async function startNodes(factory: NodeFactory, plan: ClusterPlan, options: LocalClusterOptions): Promise<StartedCluster> {
  const count = plan.primaries * (1 + plan.replicas);
  const names = Array.from({ length: count }, (_each, index) => `cluster-${index}`);
  const endpoints = await factory.endpoints(names, 'redis');
  // A bus, and maybe TLS. A port that an endpoint has makes the start fail and be tried again.
  const ports = await freePorts(2 * count);
  const certificates = options.tls ? await factory.certificates() : undefined;
  const nodes = await Promise.all(
    endpoints.map((plain, index) => {
      const cluster = { busPort: ports[index]!, nodeTimeoutMs: plan.nodeTimeoutMs, certificates };
      return factory.redis({ endpoint: certificates ? withTls(plain, ports[count + index]!) : plain, cluster });
    }),
  );
  await Promise.all(nodes.map((node) => node.start(options.signal)));
  return { nodes, certificates };
}

/** Clients dial another port; our own commands go on in the clear. */
function withTls(endpoint: Endpoint, tlsPort: number): Endpoint {
  return { ...endpoint, tlsPort, clientAddress: { host: endpoint.clientAddress.host, port: tlsPort } };
}

/**
 * An equal share of the slots for each primary, and different epochs, so that nobody has to yield to anybody.
 */
async function shareSlots(primaries: readonly LocalNode[]): Promise<void> {
  const shareOf = (index: number) => Math.floor((index * SLOTS) / primaries.length);
  await Promise.all(
    primaries.map(async (node, index) => {
      await node.command('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
      for (let first = shareOf(index); first < shareOf(index + 1); first += SLOTS_AT_A_TIME) {
        const length = Math.min(SLOTS_AT_A_TIME, shareOf(index + 1) - first);
        await node.command('CLUSTER', 'ADDSLOTS', ...Array.from({ length }, (_each, offset) => first + offset));
      }
    }),
  );
}

async function meet(nodes: readonly LocalNode[], busPortOf: (node: LocalNode) => Promise<number>): Promise<void> {
  const busPorts = await Promise.all(nodes.map(busPortOf));
  for (const [index, node] of nodes.entries())
    for (const [later, other] of nodes.entries())
      if (later > index) await node.command('CLUSTER', 'MEET', other.host, other.port, busPorts[later]!);
}

/** Where its bus is, by its own words: `ip:port@busport` in `CLUSTER NODES`. */
async function busPortOf(node: LocalNode): Promise<number> {
  return Number(/@(\d+)/.exec(String(await node.command('CLUSTER', 'NODES')))?.[1]);
}

/** A replica can follow a primary as soon as it has heard of it. */
async function follow(replica: LocalNode, primary: LocalNode, options: LocalClusterOptions): Promise<void> {
  const { id } = await readCluster(primary);
  const missing = async (): Promise<string[]> => {
    const view = await readCluster(replica);
    return view.nodes.some((node) => node.id === id && node.isWell) ? [] : [`${replica.name} has not met ${primary.name}`];
  };
  const deadlineMs = options.readyTimeoutMs ?? READY_TIMEOUT_MS;
  await waitUntil(missing, { what: 'nodes that have met', deadlineMs, signal: options.signal });
  await replica.command('CLUSTER', 'REPLICATE', id);
  replica.assumeRole('replica');
}

/**
 * Starts a real Redis Cluster on free loopback ports and resolves when it stands: all slots served, all nodes
 * seeing each other, replicas linked. That takes about three seconds, two of which Redis itself waits. Fails
 * and cleans up as `startLocalSentinel()` does.
 *
 * @example
 * ```ts
 * const cluster = await startLocalCluster({ primaries: 3, replicas: 1 });
 * cluster.location(); // redis+cluster://127.0.0.1:p,127.0.0.1:p,...
 * ```
 */
export async function startLocalCluster(options: LocalClusterOptions = {}): Promise<LocalCluster> {
  const startedAt = performance.now();
  const plan = planCluster(options);
  // The nodes do TLS themselves, without the proxies that the option brings elsewhere.
  const common = { ...options, tls: undefined };
  return startAttempts(common, async (factory) => {
    const { nodes, certificates } = await startNodes(factory, plan, options);
    const primaries = nodes.slice(0, plan.primaries);
    await shareSlots(primaries);
    await meet(nodes, busPortOf);
    await Promise.all(
      nodes.slice(plan.primaries).map((replica, index) => follow(replica, primaries[index % plan.primaries]!, options)),
    );
    const deadlineMs = options.readyTimeoutMs ?? READY_TIMEOUT_MS;
    await waitUntil(() => clusterMissing(nodes), { what: 'a settled cluster', deadlineMs, signal: options.signal });
    const readyMs = performance.now() - startedAt;
    return new LocalCluster({ factory, nodes, readyMs, password: options.password, ca: certificates?.ca });
  });
}
