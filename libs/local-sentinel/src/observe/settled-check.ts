import type { LocalNode } from '../node/local-node.js';
import { primaryMissing, replicaMissing } from './replication-view.js';
import { readSentinel, type FactSheet, type SentinelView } from './sentinel-view.js';

/** Who takes part in the check of one master. */
export interface SettledSubject {
  readonly masterName: string;
  readonly redisNodes: readonly LocalNode[];
  readonly sentinels: readonly LocalNode[];
  /**
   * Every sentinel must have read each replica's new role, too. One that has not takes the next promotion of
   * that node for a stray primary and undoes it. It reads only every ten seconds, so that is asked for where
   * its periods were made shorter.
   */
  readonly rolesRead: boolean;
}

/** Nodes that can be expected to answer: neither ended, nor hung, nor cut off. */
export function live(nodes: readonly LocalNode[]): LocalNode[] {
  return nodes.filter((node) => node.isRunning && !node.isHung && !node.isCutOff);
}

const BAD_FLAG = /s_down|o_down|disconnected|failover_in_progress/;

function listedMissing(owner: LocalNode, expected: readonly LocalNode[], sheets: readonly FactSheet[]): string[] {
  return expected.flatMap((node) => {
    const sheet = sheets.find((candidate) => candidate.get('port') === String(node.port));
    if (!sheet) return [`${owner.name} does not see ${node.name}`];
    const flags = sheet.get('flags') ?? '';
    if (BAD_FLAG.test(flags)) return [`${owner.name} sees ${node.name} as ${flags}`];
    // The id comes with the first INFO; a failover ordered before that finds no good replica.
    return sheet.get('runid') ? [] : [`${owner.name} has not heard from ${node.name} yet`];
  });
}

/** A node that has ended or hangs must be known to be down, else a failover may still be on its way. */
function unnoticed(owner: LocalNode, nodes: readonly LocalNode[], sheets: readonly FactSheet[]): string[] {
  const gone = nodes.filter((node) => live([node]).length === 0).map((node) => ({ node, port: String(node.port) }));
  const upInItsEyes = ({ port }: { port: string }) =>
    sheets.some((sheet) => sheet.get('port') === port && !(sheet.get('flags') ?? '').includes('s_down'));
  return gone.filter(upInItsEyes).map(({ node }) => `${owner.name} has not noticed yet that ${node.name} is down`);
}

function rolesMissing(owner: LocalNode, replicas: readonly LocalNode[], sheets: readonly FactSheet[]): string[] {
  const stale = ({ port }: LocalNode) =>
    sheets.some((sheet) => sheet.get('port') === String(port) && sheet.get('role-reported') !== 'slave');
  return replicas.filter(stale).map((node) => `${owner.name} has not read yet that ${node.name} is a replica`);
}

function viewMissing(sentinel: LocalNode, view: SentinelView, subject: SettledSubject, primary: LocalNode): string[] {
  const otherSentinels = live(subject.sentinels).filter((node) => node !== sentinel);
  const replicas = live(subject.redisNodes).filter((node) => node !== primary);
  const flags = view.master.get('flags') ?? '';
  return [
    ...(BAD_FLAG.test(flags) ? [`${sentinel.name} sees the primary ${primary.name} as ${flags}`] : []),
    ...(view.quorumProblem === undefined ? [] : [`${sentinel.name} has no quorum: ${view.quorumProblem}`]),
    ...listedMissing(sentinel, otherSentinels, view.sentinels),
    ...listedMissing(sentinel, replicas, view.replicas),
    ...(subject.rolesRead ? rolesMissing(sentinel, replicas, view.replicas) : []),
    ...unnoticed(sentinel, subject.sentinels, view.sentinels),
    ...unnoticed(sentinel, subject.redisNodes, view.replicas),
  ];
}

/**
 * Resolves to what still keeps one master from being settled, one sentence each; the second value is the
 * primary that all live sentinels agree on, if they do.
 */
export async function settledMissing(subject: SettledSubject): Promise<{ missing: string[]; primary?: LocalNode }> {
  const sentinels = live(subject.sentinels);
  if (sentinels.length === 0) return { missing: ['no sentinel is running'] };
  const asked = await Promise.all(
    sentinels.map((sentinel) =>
      readSentinel(sentinel, subject.masterName).then(
        (view) => ({ sentinel, view }),
        (error: Error) => `${sentinel.name} does not answer: ${error.message}`,
      ),
    ),
  );
  const silent = asked.filter((answer) => typeof answer === 'string');
  if (silent.length > 0) return { missing: silent };
  const answers = asked.filter((answer) => typeof answer !== 'string');
  const ports = new Set(answers.map(({ view }) => view.primaryPort));
  const [port] = ports;
  if (ports.size > 1)
    return { missing: [`the sentinels announce different primaries of ${subject.masterName}: ${[...ports].join(', ')}`] };
  const primary = subject.redisNodes.find((node) => node.port === port);
  if (!primary)
    return { missing: [`the sentinels announce port ${port} as ${subject.masterName}, which is no node of this topology`] };
  if (!live([primary]).length) return { missing: [`${primary.name} is announced as primary but is down`] };
  const replicas = live(subject.redisNodes).filter((node) => node !== primary);
  const facts = await Promise.all([primaryMissing(primary), ...replicas.map((replica) => replicaMissing(replica, primary))]);
  const seen = answers.flatMap(({ sentinel, view }) => viewMissing(sentinel, view, subject, primary));
  return { missing: [...facts.flat(), ...seen], primary };
}
