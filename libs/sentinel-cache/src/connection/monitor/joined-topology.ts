import type { MonitoredState, MonitoredTopology } from '../../telemetry/monitored-topology.js';
import type { ClientState } from '../contract/client-event.js';
import type { TopologySnapshot } from '../contract/topology-snapshot.js';

/** The worst first: what several servers are together, is what the worst of them is. */
const STATES: readonly ClientState['status'][] = ['closed', 'down', 'connecting', 'up'];
const BREAKERS = ['open', 'half-open', 'closed'] as const;

/** The servers of a ShardClient as one picture: the state is the worst of theirs; each by itself stands in `shards`. */
export function joinSnapshots(shards: readonly TopologySnapshot[]): TopologySnapshot {
  return {
    topology: 'sharded',
    masterName: null,
    state: worst(shards.map(({ state }) => state)),
    breaker: worstBreaker(shards.map(({ breaker }) => breaker)) ?? 'closed',
    primary: null,
    replicas: shards.flatMap(({ replicas }) => replicas),
    sentinels: [],
    shards,
  };
}

/** The same of what was asked just now. */
export function joinMonitored(alias: string, shards: readonly MonitoredTopology[]): MonitoredTopology {
  const state = worst(shards.map((shard) => shard.state));
  return {
    alias,
    kind: 'sharded',
    masterName: null,
    atMs: Math.min(...shards.map(({ atMs }) => atMs)),
    state: { ...state, breaker: worstBreaker(shards.map((shard) => shard.state.breaker)) },
    primary: { address: null, connected: shards.every(({ primary }) => primary.connected), configEpoch: null, flags: [] },
    replicas: shards.flatMap(({ replicas }) => replicas),
    sentinels: [],
    quorum: null,
    shards,
  };
}

function worst<S extends ClientState | MonitoredState>(states: readonly S[]): S {
  return states.toSorted((left, right) => STATES.indexOf(left.status) - STATES.indexOf(right.status))[0]!;
}

function worstBreaker<B extends MonitoredState['breaker']>(breakers: readonly B[]): B | null {
  return BREAKERS.map((state) => breakers.find((breaker) => breaker === state)).find((breaker) => breaker !== undefined) ?? null;
}
