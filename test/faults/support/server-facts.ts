import type { LocalNode } from 'local-sentinel';
import type { SentinelCache } from 'nestjs-sentinel-cache';

import { until } from '../../connection/until.js';

/** Executed and refused calls of one command since the node started. */
export async function commandCalls(node: LocalNode, command: string): Promise<{ executed: number; refused: number }> {
  const text = String(await node.command('INFO', 'commandstats'));
  const line = new RegExp(`^cmdstat_${command}:(.*)$`, 'm').exec(text)?.[1] ?? '';
  const read = (field: string): number => Number(new RegExp(`\\b${field}=(\\d+)`).exec(line)?.[1] ?? 0);
  return { executed: read('calls'), refused: read('rejected_calls') };
}

/** How many GETs a node has executed so far. */
export async function getsAnswered(node: LocalNode): Promise<number> {
  return (await commandCalls(node, 'get')).executed;
}

/** Waits until a key is read from replicas: the primary is not asked for it any more. */
export async function readFromReplicas(cache: SentinelCache, key: string, primary: LocalNode): Promise<void> {
  await until(async () => {
    const before = await getsAnswered(primary);
    await cache.get(key);
    return (await getsAnswered(primary)) === before;
  });
}
