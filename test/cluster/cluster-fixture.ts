import { startLocalCluster, type LocalCluster, type LocalNode } from 'local-sentinel';
import { createCaches, type CacheEvent, type SentinelCache, type SentinelCaches } from 'nestjs-sentinel-cache';

/** A cluster, a cache on it, and everything its log said. */
export interface ClusterFixture {
  readonly cluster: LocalCluster;
  readonly caches: SentinelCaches;
  readonly cache: SentinelCache;
  readonly log: CacheEvent[];
  stop(): Promise<void>;
}

/** Starts everything; the connection stands when it returns. */
export async function startClusterFixture(replicas: 0 | 1, options: Record<string, unknown> = {}): Promise<ClusterFixture> {
  const cluster = await startLocalCluster({
    primaries: 3,
    replicas,
    password: 'admin',
    nodeTimeoutMs: replicas > 0 ? 1000 : 5000,
  });
  const log: CacheEvent[] = [];
  const settings = { default: { BACKEND: 'redis', LOCATION: cluster.location(), OPTIONS: { deadline: 2000, ...options } } };
  const caches = createCaches(settings, { onEvent: (event) => log.push(event) });
  const cache = caches.get();
  await cache.set('warm', 1);
  return {
    cluster,
    caches,
    cache,
    log,
    stop: async () => {
      await caches.close();
      await cluster.stop();
    },
  };
}

/** Where the entry of a key is, and a node where it is not. */
export async function placesOf({ cluster, cache }: ClusterFixture, key: string) {
  const slot = await cluster.slotOf(cache.makeKey(key));
  const owner = await cluster.ownerOf(slot);
  const other = cluster.primaries.find((node) => node !== owner)!;
  return { slot, owner, other };
}

/** From here on keys of the slot are on their way from one node to another: ASK, and TRYAGAIN for several keys. */
export async function beginMigration(slot: number, from: LocalNode, to: LocalNode): Promise<void> {
  const [fromId, toId] = await Promise.all([from.command('CLUSTER', 'MYID'), to.command('CLUSTER', 'MYID')]);
  await to.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', String(fromId));
  await from.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', String(toId));
}

/** Moves the slot's entries. */
export async function migrateKeys(slot: number, from: LocalNode, to: LocalNode): Promise<void> {
  const keys = (await from.command('CLUSTER', 'GETKEYSINSLOT', slot, 1000)) as string[];
  if (keys.length > 0) await from.command('MIGRATE', to.host, to.port, '', 0, 5000, 'AUTH', 'admin', 'KEYS', ...keys);
}

/** The slot belongs to the other node. */
export async function endMigration(slot: number, to: LocalNode, all: readonly LocalNode[]): Promise<void> {
  const id = String(await to.command('CLUSTER', 'MYID'));
  await to.command('CLUSTER', 'SETSLOT', slot, 'NODE', id);
  for (const node of all) if (node !== to) await node.command('CLUSTER', 'SETSLOT', slot, 'NODE', id);
}
