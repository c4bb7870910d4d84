export type { BreakerState, ClientState } from './connection/contract/client-event.js';
export type {
  MonitorEvent,
  MonitorEventBase,
  NodeEventBase,
  NodeKind,
  OwnEvent,
  ReplicaEventBase,
  SentinelToldEvent,
} from './telemetry/monitor-event.js';
export type {
  MonitoredClusterPrimary,
  MonitoredPrimary,
  MonitoredQuorum,
  MonitoredReplica,
  MonitoredSentinel,
  MonitoredState,
  MonitoredTopology,
} from './telemetry/monitored-topology.js';
export type { NearFigures } from './telemetry/near-figures.js';
