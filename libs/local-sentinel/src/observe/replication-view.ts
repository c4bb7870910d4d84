import type { LocalNode } from '../node/local-node.js';

/** `INFO replication` of one node, as far as it matters here. */
export interface ReplicationView {
  readonly role: 'master' | 'slave';
  readonly primaryPort: number | undefined;
  /** The link to its primary is up and no full copy is under way. */
  readonly linkUp: boolean;
}

/** Asks a Redis node what it replicates; rejects if it does not answer. */
async function readReplication(node: LocalNode): Promise<ReplicationView> {
  const info = String(await node.command('INFO', 'replication'));
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const port = field('master_port');
  return {
    role: field('role') === 'master' ? 'master' : 'slave',
    primaryPort: port === undefined ? undefined : Number(port),
    linkUp: field('master_link_status') === 'up' && field('master_sync_in_progress') !== '1',
  };
}

/** Resolves to what keeps `replica` from being a replica in step with `primary`: nothing, or one sentence. */
export async function replicaMissing(replica: LocalNode, primary: LocalNode): Promise<string[]> {
  try {
    const view = await readReplication(replica);
    if (view.role === 'master') return [`${replica.name} still believes to be a primary`];
    if (view.primaryPort !== primary.port) return [`${replica.name} replicates port ${view.primaryPort}, not ${primary.name}`];
    return view.linkUp ? [] : [`the replication link of ${replica.name} to ${primary.name} is down`];
  } catch (error) {
    return [`${replica.name} does not answer: ${(error as Error).message}`];
  }
}

/** Resolves to what keeps `primary` from being one: nothing, or one sentence. */
export async function primaryMissing(primary: LocalNode): Promise<string[]> {
  try {
    const view = await readReplication(primary);
    return view.role === 'master' ? [] : [`${primary.name} is announced as primary but still is a replica`];
  } catch (error) {
    return [`${primary.name} is announced as primary but does not answer: ${(error as Error).message}`];
  }
}
