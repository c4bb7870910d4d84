import { setTimeout as pause } from 'node:timers/promises';

import type { LocalNode } from 'local-sentinel';

import type { FaultKind, PlannedFault } from './fault-plan.js';
import { CLIENT_NAME, isLive, MASTER_NAME, type Ground } from './ground.js';

/** Does it, and says to whom. May take as long as the fault lasts. */
type Inflict = (ground: Ground, planned: PlannedFault) => Promise<string>;

const HEALED_WITHIN_MS = 10_000;
const pickOf = <T>(items: readonly T[], { pick }: PlannedFault): T => items[pick % items.length]!;
const primaryOf = ({ topology }: Ground): LocalNode => topology.primary;
const replicaOf = ({ topology }: Ground, planned: PlannedFault): LocalNode => pickOf(topology.replicas, planned);
const sentinelOf = ({ topology }: Ground, planned: PlannedFault): LocalNode => pickOf(topology.sentinels, planned);

async function killed(...nodes: readonly LocalNode[]): Promise<string> {
  await Promise.all(nodes.map((node) => node.kill()));
  return nodes.map(({ name }) => name).join(' + ');
}

async function hung(...nodes: readonly LocalNode[]): Promise<string> {
  await Promise.all(nodes.filter(isLive).map((node) => node.hang()));
  return nodes.map(({ name }) => name).join(' + ');
}

/** An orderly stop; it is back as soon as it can. */
async function restarted(node: LocalNode): Promise<string> {
  await node.restart();
  return node.name;
}

/** The connections of the client under test on a Redis node. */
async function clientIds(node: LocalNode): Promise<string[]> {
  const list = String(await node.commandWithin(1000, 'CLIENT', 'LIST'));
  const ours = list.split('\n').filter((line) => line.includes(` name=${CLIENT_NAME} `));
  return ours.map((line) => /^id=(\d+)/.exec(line)![1]!);
}

async function cut(node: LocalNode): Promise<string> {
  const ids = await clientIds(node);
  for (const id of ids) await node.commandWithin(1000, 'CLIENT', 'KILL', 'ID', id);
  return `${ids.length} of ${node.name}`;
}

async function demoted(ground: Ground, planned: PlannedFault): Promise<string> {
  const from = primaryOf(ground);
  const to = replicaOf(ground, planned);
  await to.commandWithin(1000, 'REPLICAOF', 'NO', 'ONE');
  await from.commandWithin(1000, 'REPLICAOF', to.host, to.port);
  return `${from.name} now follows ${to.name}`;
}

function proxied(node: LocalNode, ...mode: Parameters<LocalNode['proxy']['mode']>): string {
  node.proxy.mode(...mode);
  return node.name;
}

/** Until the round is healed: see `heal`. */
async function configured(node: LocalNode, name: string, value: string): Promise<string> {
  await node.commandWithin(1000, 'CONFIG', 'SET', name, value);
  return `${node.name} ${name} ${value}`;
}

function stalled(milliseconds: number): string {
  const untilMs = performance.now() + milliseconds;
  while (performance.now() < untilMs); // Nothing else runs in this process meanwhile: that is the fault.
  return `${milliseconds} ms`;
}

/** A script sees no clock that moves: it counts. */
const BUSY = 'for i = 1, tonumber(ARGV[1]) do end';
const TURNS_PER_MS = 50_000;

const FAULTS: Readonly<Record<FaultKind, Inflict>> = {
  'kill primary': async (ground) => killed(primaryOf(ground)),
  'hang primary': async (ground) => hung(primaryOf(ground)),
  'short hang of primary': async (ground, { lastsMs }) => {
    const node = primaryOf(ground);
    await hung(node);
    await pause(lastsMs / 2);
    if (node.isHung) await node.resume();
    return `${node.name} ${Math.round(lastsMs / 2)} ms`;
  },
  'restart primary': async (ground) => restarted(primaryOf(ground)),
  'kill replica': async (ground, planned) => killed(replicaOf(ground, planned)),
  'hang replica': async (ground, planned) => hung(replicaOf(ground, planned)),
  'restart replica': async (ground, planned) => restarted(replicaOf(ground, planned)),
  'kill sentinel': async (ground, planned) => killed(sentinelOf(ground, planned)),
  'hang sentinel': async (ground, planned) => hung(sentinelOf(ground, planned)),
  'restart sentinel': async (ground, planned) => restarted(sentinelOf(ground, planned)),
  'kill all sentinels': async ({ topology }) => killed(...topology.sentinels),
  'hang all sentinels': async ({ topology }) => hung(...topology.sentinels),
  'hang primary and a sentinel': async (ground, planned) => hung(primaryOf(ground), sentinelOf(ground, planned)),
  'kill primary and a sentinel': async (ground, planned) => killed(primaryOf(ground), sentinelOf(ground, planned)),
  'kill all of Redis': async ({ topology }) => killed(...topology.master().nodes),
  failover: async (ground, planned) => {
    const asked = sentinelOf(ground, planned);
    await asked.commandWithin(1000, 'SENTINEL', 'FAILOVER', MASTER_NAME);
    return `ordered from ${asked.name}`;
  },
  'replicaof by hand': demoted,
  'client kill': async (ground) => {
    const nodes = ground.topology.master().nodes.filter(isLive);
    return (await Promise.all(nodes.map((node) => cut(node)))).join(', ');
  },
  'client kill on sentinels': async ({ topology }) => {
    const nodes = topology.sentinels.filter(isLive);
    await Promise.all(nodes.map((node) => node.commandWithin(1000, 'CLIENT', 'KILL', 'TYPE', 'pubsub')));
    return nodes.map(({ name }) => name).join(', ');
  },
  'client pause write': async (ground, { lastsMs }) => {
    await primaryOf(ground).commandWithin(1000, 'CLIENT', 'PAUSE', lastsMs, 'WRITE');
    return `${primaryOf(ground).name} ${lastsMs} ms`;
  },
  'client pause all': async (ground, { lastsMs }) => {
    await primaryOf(ground).commandWithin(1000, 'CLIENT', 'PAUSE', lastsMs, 'ALL');
    return `${primaryOf(ground).name} ${lastsMs} ms`;
  },
  'script flush': async (ground) => {
    await primaryOf(ground).commandWithin(1000, 'SCRIPT', 'FLUSH');
    return primaryOf(ground).name;
  },
  'busy script': async (ground, { lastsMs }) => {
    const node = primaryOf(ground);
    await node.commandWithin(5000, 'EVAL', BUSY, 0, lastsMs * TURNS_PER_MS);
    return `${node.name} about ${lastsMs} ms`;
  },
  'out of memory': async (ground) => configured(primaryOf(ground), 'maxmemory', '1'),
  'too few replicas': async (ground) => configured(primaryOf(ground), 'min-replicas-to-write', '5'),
  'event loop stall': async (_ground, { lastsMs }) => stalled(lastsMs),
  // Executed, and nobody hears of it; then the connections are cut, as a proxy on the way does.
  'replies of primary dropped': async (ground, { lastsMs }) => {
    const node = primaryOf(ground);
    node.proxy.mode('dropReplies', { only: 'clients' });
    await pause(lastsMs);
    node.proxy.mode('reset', { only: 'clients' });
    node.proxy.mode('pass');
    return `${node.name} ${lastsMs} ms`;
  },
  'primary a black hole': async (ground) => proxied(primaryOf(ground), 'blackhole'),
  'primary cut off from clients': async (ground) => proxied(primaryOf(ground), 'blackhole', { only: 'clients' }),
  'replica a black hole': async (ground, planned) => proxied(replicaOf(ground, planned), 'blackhole'),
  'sentinel a black hole': async (ground, planned) => proxied(sentinelOf(ground, planned), 'blackhole'),
  'all sentinels black holes': async ({ topology }) => {
    for (const node of topology.sentinels) node.proxy.mode('blackhole', { only: 'clients' });
    return 'for clients';
  },
  'everything slow': async ({ topology }, { lastsMs }) => {
    const delayMs = Math.round(lastsMs / 10);
    for (const node of topology.nodes) node.proxy.mode('delay', { delayMs, only: 'clients' });
    return `by ${delayMs} ms each way`;
  },
  'primary resets': async (ground) => proxied(primaryOf(ground), 'reset', { only: 'clients' }),
  'partition of primary': async (ground) => {
    const node = primaryOf(ground);
    ground.topology.partition(node);
    return node.name;
  },
  'split brain': async (ground, planned) => {
    const nodes = [primaryOf(ground), sentinelOf(ground, planned)];
    ground.topology.splitBrain(...nodes);
    return `${nodes.map(({ name }) => name).join(' + ')} on their own`;
  },
};

/** Inflicts one fault. What another one made impossible (a dead node can't be hung) is said, and harms nobody. */
export async function inflict(ground: Ground, planned: PlannedFault): Promise<string> {
  await pause(planned.afterMs);
  try {
    return `${planned.kind} (${await FAULTS[planned.kind](ground, planned)})`;
  } catch (error) {
    return `${planned.kind} (not possible: ${(error as Error).message.split('\n')[0]})`;
  }
}

/** Undoes everything: bytes pass, processes run, settings are as they were. */
export async function heal({ topology }: Ground): Promise<void> {
  topology.heal();
  for (const node of topology.nodes) node.proxy.mode('pass');
  for (const node of topology.nodes) if (node.isHung) await node.resume();
  await Promise.all(topology.nodes.filter((node) => !node.isRunning).map((node) => node.restart()));
  await Promise.all(topology.master().nodes.map((node) => asItWas(node)));
}

/** A script may still be running: until it has ended the node refuses everything else. */
async function asItWas(node: LocalNode): Promise<void> {
  const untilMs = performance.now() + HEALED_WITHIN_MS;
  for (;;) {
    try {
      await node.commandWithin(1000, 'CLIENT', 'UNPAUSE');
      await node.commandWithin(1000, 'CONFIG', 'SET', 'maxmemory', '0', 'min-replicas-to-write', '0');
      return;
    } catch (error) {
      if (performance.now() > untilMs) throw error;
      await pause(100);
    }
  }
}
