import type {
  MonitoredPrimary,
  MonitoredQuorum,
  MonitoredReplica,
  MonitoredTopology,
} from '../../telemetry/monitored-topology.js';
import { readMonitoredCluster } from './read-monitored-cluster.js';
import { readState, type TopologyFacts } from './read-monitored-state.js';
import type { SentinelSurvey, TopologySurvey } from '../contract/topology-survey.js';
import { type TopologySnapshot, MAX_LAG_MS } from '../contract/topology-snapshot.js';

const DOWN_FLAGS = ['s_down', 'o_down', 'disconnected'];

/** Makes one picture of what client, sentinels and primary say; where they differ, the majority is right. */
export function readMonitoredTopology(facts: TopologyFacts): MonitoredTopology {
  const { alias, atMs, snapshot, survey } = facts;
  if (survey.cluster) return readMonitoredCluster(facts, survey.cluster);
  const { sentinels } = survey;
  const primary = readPrimary(snapshot, sentinels);
  const agreeing = sentinels.filter(({ names }) => names !== null && names === primary.address);
  return {
    alias,
    kind: snapshot.topology,
    masterName: snapshot.masterName,
    atMs,
    state: readState(snapshot),
    primary,
    replicas: readReplicas({ snapshot, survey, agreeing: agreeing.length > 0 ? agreeing : sentinels, primary: primary.address }),
    sentinels: sentinels.map(({ address, reachable, names, tellsEvents }) => ({ address, reachable, names, tellsEvents })),
    quorum: snapshot.topology === 'sentinel' ? readQuorum(sentinels) : null,
  };
}

function readPrimary(snapshot: TopologySnapshot, sentinels: readonly SentinelSurvey[]): MonitoredPrimary {
  const address = snapshot.primary ?? mostNamed(sentinels);
  const views = sentinels.flatMap(({ names, view }) => (view && names === address ? [view] : []));
  return {
    address,
    connected: snapshot.primary !== null,
    configEpoch: highest(views.map(({ configEpoch }) => configEpoch)),
    flags: [...new Set(views.flatMap(({ flags }) => flags))].sort(),
  };
}

function mostNamed(sentinels: readonly SentinelSurvey[]): string | null {
  const votes = new Map<string, number>();
  for (const { names } of sentinels) if (names !== null) votes.set(names, (votes.get(names) ?? 0) + 1);
  return [...votes].sort(([, a], [, b]) => b - a)[0]?.[0] ?? null;
}

function highest(numbers: readonly (number | null)[]): number | null {
  const known = numbers.filter((number) => number !== null);
  return known.length > 0 ? Math.max(...known) : null;
}

interface ReplicaFacts {
  readonly snapshot: TopologySnapshot;
  readonly survey: TopologySurvey;
  /** The sentinels that name the primary that counts. */
  readonly agreeing: readonly SentinelSurvey[];
  readonly primary: string | null;
}

function readReplicas(facts: ReplicaFacts): MonitoredReplica[] {
  const { snapshot, survey, agreeing, primary } = facts;
  const addresses = new Set([
    ...agreeing.flatMap(({ view }) => view?.replicas.map(({ address }) => address) ?? []),
    ...(survey.primary?.replicas.map(({ address }) => address) ?? []),
    ...snapshot.replicas.map(({ address }) => address),
  ]);
  return [...addresses]
    .filter((address) => address !== primary)
    .sort()
    .map((address) => readReplica(address, facts));
}

function readReplica(address: string, { snapshot, survey, agreeing }: ReplicaFacts): MonitoredReplica {
  const views = agreeing.flatMap(({ view }) => view?.replicas.filter((replica) => replica.address === address) ?? []);
  const attached = survey.primary?.replicas.find((replica) => replica.address === address);
  const ours = snapshot.replicas.find((replica) => replica.address === address);
  const down = views.filter(({ flags }) => flags.some((flag) => DOWN_FLAGS.includes(flag))).length * 2 > views.length;
  const linkUp = survey.primary && (attached || views.length > 0) ? attached?.online === true : linkBySentinels(views);
  const lagBytes = survey.primary && attached?.online ? Math.max(0, survey.primary.offset - attached.offset) : null;
  const acknowledged = lagBytes === 0 ? 0 : (attached?.acknowledgedMsAgo ?? null);
  const lagMs = ours?.lagMs ?? (lagBytes === null ? null : acknowledged);
  return {
    address,
    linkUp,
    lagBytes,
    lagMs,
    usable:
      !down && linkUp !== false && (lagMs ?? 0) <= MAX_LAG_MS && (views.length > 0 || linkUp === true || ours !== undefined),
    connected: ours?.connected === true,
    flags: [...new Set(views.flatMap(({ flags }) => flags))].sort(),
  };
}

/** Any that saw it up is enough: each looks once in ten seconds. */
function linkBySentinels(views: readonly { readonly linkUp: boolean | null }[]): boolean | null {
  const known = views.filter(({ linkUp }) => linkUp !== null);
  return known.length > 0 ? known.some(({ linkUp }) => linkUp) : null;
}

function readQuorum(sentinels: readonly SentinelSurvey[]): MonitoredQuorum {
  const views = sentinels.flatMap(({ view }) => (view ? [view] : []));
  const checks = views.flatMap(({ ckquorum }) => (ckquorum === null ? [] : [ckquorum]));
  const others = highest(views.map(({ otherSentinels }) => otherSentinels));
  return {
    quorum: highest(views.map(({ quorum }) => quorum)),
    sentinels: others === null ? null : others + 1,
    ckquorum: checks.find((check) => check !== 'ok') ?? checks[0] ?? null,
  };
}
