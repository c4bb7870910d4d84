import type { LocalNode, LocalSentinel, LocalSentinelOptions } from 'local-sentinel';

import { QUICK_AFTER_HANGS, startQuickTopology as startPlainTopology } from '../../support/quick-topology.js';

/** The password of every topology of these tests; `pastedSettings` writes it. */
export const PASSWORD = 'admin';

/** One primary, two replicas, three sentinels that are quick, also after they were hung. */
export function startQuickTopology(options: LocalSentinelOptions = {}): Promise<LocalSentinel> {
  return startPlainTopology({ password: PASSWORD, sentinelDebug: QUICK_AFTER_HANGS, ...options });
}

/** Starts whatever does not run, resumes whatever hangs, and waits until nothing is in motion. */
export async function healed(topology: LocalSentinel): Promise<void> {
  for (const node of topology.nodes) if (node.isHung) await node.resume();
  await Promise.all(topology.nodes.filter((node) => !node.isRunning).map((node) => node.restart()));
  await topology.settled();
}

/** How long a silence the sentinels bear, from now on: the fault of a test shall, or shall not, become a failover. */
export async function setDownAfter(topology: LocalSentinel, downAfterMs: number, masterName = 'mymaster'): Promise<void> {
  await Promise.all(
    topology.sentinels.map((node) => node.command('SENTINEL', 'SET', masterName, 'down-after-milliseconds', String(downAfterMs))),
  );
}

/** The node at that `host:port`. */
export function nodeAt(topology: LocalSentinel, address: string | null | undefined): LocalNode {
  const node = topology.nodes.find((each) => each.address === address);
  if (!node) throw new Error(`no node at ${String(address)}`);
  return node;
}

/** The ids of the connections for calls that a client of that name holds to a node: the same ids, the same connections. */
export async function connectionIds(node: LocalNode, clientName: string): Promise<string[]> {
  const list = String(await node.command('CLIENT', 'LIST'));
  const lines = list.split('\n').filter((line) => line.includes(` name=${clientName} `) && !/ flags=\w*B/.test(line));
  return lines.map((line) => /^id=(\d+)/.exec(line)![1]!);
}

/** A number of INFO, e.g. `total_connections_received`. */
export async function infoNumber(node: LocalNode, field: string): Promise<number> {
  return Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(String(await node.command('INFO', 'everything')))?.[1]);
}
