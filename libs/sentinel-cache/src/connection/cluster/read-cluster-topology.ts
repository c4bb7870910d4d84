import type { MonitoredReplica } from '../../telemetry/monitored-topology.js';
import type { ClientState } from '../contract/client-event.js';
import { addressText } from '../contract/node-address.js';
import type { DeploymentTopology } from '../contract/redis-client.js';
import { connectionState } from '../deployment/read-topology.js';
import { isDown } from '../wire/reply-fields.js';
import type { ClusterNodes } from './cluster-nodes.js';
import type { ClusterMember } from './cluster-reply.js';
import type { ClusterTopology } from './cluster.topology.js';

/** What a client knows of its cluster. */
export interface ClusterFacts {
  readonly state: ClientState;
  readonly slots: ClusterTopology;
  readonly nodes: ClusterNodes;
  /** Addresses of the primaries that answered just now. Left out: none was asked. */
  readonly answering?: ReadonlySet<string>;
}

/** Returns the state of the connections to the primaries; up while a part of the keys can be reached. */
export function stateOfCluster(slots: ClusterTopology): ClientState {
  const states = slots.owners().map((node) => node.state());
  const { reason, message } = slots.diagnosis;
  if (states.length === 0) return slots.hasFailed ? { status: 'down', reason, message } : { status: 'connecting' };
  return states.find(({ status }) => status === 'up') ?? states.find(({ status }) => status === 'down') ?? states[0]!;
}

/** Joins what the client and the last answers of the nodes say of a cluster. Sends nothing. */
export function readClusterTopology({ state, slots, nodes, answering }: ClusterFacts): DeploymentTopology {
  const breakers = slots.owners().map((node) => node.breaker());
  const connected = state.status === 'up';
  const members = slots.members();
  return {
    kind: 'cluster',
    masterName: null,
    state: connectionState(state, breakers.find((breaker) => breaker === 'closed') ?? breakers[0] ?? 'closed'),
    primary: { address: connected ? state.primary : null, connected, configEpoch: null, flags: answering ? [] : null },
    replicas: members.filter(({ role }) => role === 'replica').map(readReplica),
    sentinels: [],
    quorum: null,
    primaries: [...(slots.map?.shares() ?? [])].map(([address, share]) => {
      const self = members.find((member) => addressText(member.address) === address);
      const replicas = members.filter(({ primaryId }) => primaryId !== null && primaryId === self?.id);
      return {
        address,
        connected: nodes.at(share.address).state().status === 'up',
        answers: answering ? answering.has(address) : null,
        slots: share.slots,
        replicas: replicas.map((replica) => addressText(replica.address)),
        usableReplicas: replicas.filter(isUsable).map((replica) => addressText(replica.address)),
      };
    }),
  };
}

function readReplica(member: ClusterMember): MonitoredReplica {
  // Nodes do not tell how far a replica is behind.
  const unknown = { linkUp: null, lagBytes: null, lagMs: null, connected: false };
  return { address: addressText(member.address), ...unknown, usable: isUsable(member), flags: member.flags };
}

function isUsable({ flags, linked }: ClusterMember): boolean {
  return linked && !isDown(flags);
}
