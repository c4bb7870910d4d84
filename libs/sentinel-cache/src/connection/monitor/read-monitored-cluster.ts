import type { MonitoredClusterPrimary, MonitoredReplica, MonitoredTopology } from '../../telemetry/monitored-topology.js';
import { addressText } from '../contract/node-address.js';
import { readState, type TopologyFacts } from './read-monitored-state.js';
import type { ClusterMember, ClusterSurvey } from '../contract/topology-survey.js';
import type { ClusterPrimary } from '../contract/topology-snapshot.js';

const DOWN_FLAGS = ['fail', 'fail?', 'handshake', 'noaddr'];

/** Makes one picture of what a cluster's nodes say, and of who answers us. */
export function readMonitoredCluster({ alias, atMs, snapshot }: TopologyFacts, cluster: ClusterSurvey): MonitoredTopology {
  const replicas = cluster.members.filter(({ role }) => role === 'replica');
  return {
    alias,
    kind: snapshot.topology,
    masterName: null,
    atMs,
    state: readState(snapshot),
    primary: { address: snapshot.primary, connected: snapshot.primary !== null, configEpoch: null, flags: [] },
    replicas: replicas.map(readReplica),
    sentinels: [],
    quorum: null,
    primaries: (snapshot.primaries ?? []).map((primary) => readPrimary(primary, cluster)),
  };
}

function readPrimary({ address, slots }: ClusterPrimary, { members, answering }: ClusterSurvey): MonitoredClusterPrimary {
  const self = members.find((member) => addressText(member.address) === address);
  const replicas = members.filter(({ primaryId }) => primaryId !== null && primaryId === self?.id);
  return {
    address,
    answers: answering.has(address),
    slots,
    replicas: replicas.map((replica) => addressText(replica.address)),
    usableReplicas: replicas.filter(isUsable).map((replica) => addressText(replica.address)),
  };
}

/** Nobody says how far it is behind. */
function readReplica(member: ClusterMember): MonitoredReplica {
  const { address, flags } = member;
  const unknown = { linkUp: null, lagBytes: null, lagMs: null, connected: false };
  return { address: addressText(address), ...unknown, usable: isUsable(member), flags };
}

function isUsable({ flags, linked }: ClusterMember): boolean {
  return linked && !flags.some((flag) => DOWN_FLAGS.includes(flag));
}
