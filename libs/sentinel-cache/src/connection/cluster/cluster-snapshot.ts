import type { ClusterNodes } from './cluster-nodes.js';
import type { ClusterTopology } from './cluster.topology.js';
import type { ClientState } from '../contract/client-event.js';
import type { TopologySnapshot } from '../contract/topology-snapshot.js';

/** A cluster as it is known now. Asks nobody. */
export function clusterSnapshot(state: ClientState, slots: ClusterTopology, nodes: ClusterNodes): TopologySnapshot {
  const breakers = slots.owners().map((node) => node.breaker());
  const shares = [...(slots.map?.shares() ?? [])];
  return {
    topology: 'cluster',
    masterName: null,
    state,
    breaker: breakers.find((breaker) => breaker === 'closed') ?? breakers[0] ?? 'closed',
    primary: state.status === 'up' ? state.primary : null,
    replicas: [],
    sentinels: [],
    primaries: shares.map(([address, share]) => {
      return { address, connected: nodes.at(share.address).state().status === 'up', slots: share.slots };
    }),
  };
}
