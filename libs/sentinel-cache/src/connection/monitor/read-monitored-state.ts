import type { MonitoredState } from '../../telemetry/monitored-topology.js';
import type { TopologySurvey } from '../contract/topology-survey.js';
import type { TopologySnapshot } from '../contract/topology-snapshot.js';

/** All that is known, gathered; nothing in here is live. */
export interface TopologyFacts {
  readonly alias: string;
  readonly atMs: number;
  /** What the client knows by itself. */
  readonly snapshot: TopologySnapshot;
  readonly survey: TopologySurvey;
}

/** Where our connection stands. */
export function readState({ state, breaker }: TopologySnapshot): MonitoredState {
  const { reason, message } = state.status === 'down' ? state : { reason: null, message: null };
  return { status: state.status, reason, message, breaker };
}
