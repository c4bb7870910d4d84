import type { LocalNode } from '../node/local-node.js';

const SLOTS = 16_384;

/** What one node knows of its cluster: `CLUSTER NODES` and `CLUSTER INFO`, as far as it matters here. */
export interface ClusterView {
  /** Its own id. */
  readonly id: string;
  readonly stateOk: boolean;
  /** All slots have an owner that is not down. */
  readonly slotsOk: boolean;
  readonly nodes: readonly ClusterNodeView[];
}

/** One node as another (or it itself) sees it. */
export interface ClusterNodeView {
  readonly id: string;
  readonly port: number;
  readonly isPrimary: boolean;
  /** Neither down nor suspected, and both have met. */
  readonly isWell: boolean;
  /** Id of its primary, for a replica. */
  readonly primaryId: string | undefined;
  readonly ownsSlots: boolean;
  /** The slots it has, as Redis writes them: `0-5460 7000`. */
  readonly slots: string;
}

/** Asks one node; rejects if it does not answer. */
export async function readCluster(node: LocalNode): Promise<ClusterView> {
  const info = String(await node.command('CLUSTER', 'INFO'));
  const text = String(await node.command('CLUSTER', 'NODES'));
  const lines = text.split('\n').filter((line) => line !== '');
  const myself = lines.find((line) => /[ ,]myself[ ,]/.test(line)) ?? '';
  return {
    id: myself.split(' ')[0] ?? '',
    stateOk: /^cluster_state:ok/m.test(info),
    slotsOk: new RegExp(`^cluster_slots_ok:${SLOTS}\\r?$`, 'm').test(info),
    nodes: lines.map(readNode),
  };
}

function readNode(line: string): ClusterNodeView {
  const [id = '', address = '', flags = '', primaryId = '-', , , , link, ...slots] = line.split(' ');
  const isWell = !/fail|handshake|noaddr/.test(flags) && link === 'connected';
  return {
    id,
    port: Number(/:(\d+)@/.exec(address)?.[1]),
    isPrimary: flags.split(',').includes('master'),
    isWell,
    primaryId: primaryId === '-' ? undefined : primaryId,
    ownsSlots: slots.some((slot) => /^\d/.test(slot)),
    slots: slots.filter((slot) => /^\d/.test(slot)).join(' '),
  };
}

/**
 * Resolves to what keeps the nodes from being one whole cluster in everyone's eyes, in sentences. Those that
 * do not run are left out, as everyone has to see.
 */
export async function clusterMissing(nodes: readonly LocalNode[]): Promise<string[]> {
  const live = nodes.filter((node) => node.isRunning && !node.isHung);
  const missing = (await Promise.all(live.map((node) => missingAt(node, live)))).flat();
  return missing.length > 0 ? missing : disagreements(live);
}

/**
 * After a failover the news travels from node to node: a node that has not heard it still names the old
 * owner.
 */
async function disagreements(live: readonly LocalNode[]): Promise<string[]> {
  const views = await Promise.all(live.map((node) => readCluster(node).catch(() => undefined)));
  const owners = views.map((view) =>
    view?.nodes
      .filter(({ ownsSlots }) => ownsSlots)
      .map(({ port, slots }) => `${port}: ${slots}`)
      .sort()
      .join('; '),
  );
  return new Set(owners).size > 1 ? ['the nodes do not agree on who has which slots'] : [];
}

async function missingAt(node: LocalNode, live: readonly LocalNode[]): Promise<string[]> {
  try {
    const view = await readCluster(node);
    if (!view.stateOk || !view.slotsOk) return [`${node.name} does not see all slots served`];
    const strange = live.filter((other) => !view.nodes.some(({ port, isWell }) => port === other.port && isWell));
    if (strange.length > 0) return [`${node.name} does not see ${strange.map(({ name }) => name).join(', ')}`];
    const self = view.nodes.find(({ id }) => id === view.id);
    if (self?.isPrimary) return [];
    const primary = view.nodes.find(({ id }) => id === self?.primaryId);
    const info = String(await node.command('INFO', 'replication'));
    if (primary?.isWell && primary.isPrimary && /^master_link_status:up/m.test(info)) return [];
    return [`${node.name} is a replica without a link to its primary`];
  } catch (error) {
    return [`${node.name} does not answer: ${(error as Error).message}`];
  }
}
