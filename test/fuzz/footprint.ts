import type { LocalNode } from 'local-sentinel';

import { CLIENT_NAME, isLive, type Ground } from './ground.js';

/** Names that sentinels and the harness give their own connections to a sentinel; ours have none there. */
const OTHERS = /^(?:sentinel-|local-sentinel$)/;

/** Sockets of the client under test by node, as the servers count them. At most one a node (ARCHITECTURE.md). */
export async function socketsByNode({ topology }: Ground): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const isOurs = (node: LocalNode, name: string): boolean =>
    node.role === 'sentinel' ? !OTHERS.test(name) : name === CLIENT_NAME;
  for (const node of topology.nodes.filter(isLive)) {
    const list = String(await node.command('CLIENT', 'LIST'));
    const names = list.split('\n').flatMap((line) => / name=(\S*) /.exec(line)?.slice(1, 2) ?? []);
    counts.set(node.name, names.filter((name) => isOurs(node, name)).length);
  }
  return counts;
}

/** Sockets of this whole process, those of the harness included. */
export function socketsOfProcess(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}

/** What is left of the heap when everything that can go is gone. NaN without `--expose-gc`. */
export function heapMb(): number {
  if (!globalThis.gc) return Number.NaN;
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed / 1024 / 1024;
}
