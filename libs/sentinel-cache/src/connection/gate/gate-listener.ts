import type { NodeConnection } from '../wire/node-connection.js';
import type { BreakerState } from '../contract/client-event.js';
import type { ConnectionConfig, NodeAddress } from '../../settings/shapes/resolved-connection.js';

/** What the gate reports to the keeper of the connection. */
export interface GateListener {
  /**
   * The node returned a command unexecuted (READONLY, LOADING, ...). The answer tells whether the call waits
   * for another node or is rejected.
   */
  onWrongNode(connection: NodeConnection, message: string): 'ask-again' | 'refuse';
  /** A command got no reply within its deadline, and nothing else was heard of the node meanwhile. */
  onSilence(connection: NodeConnection): void;
  /** A reply did not fit its command. */
  onUnexpectedReply(connection: NodeConnection): void;
  /** The circuit breaker changed; to half-open only the first time in an outage. */
  onBreaker(state: BreakerState): void;
  /** Opens another connection to the node in use. */
  openSecond(address: NodeAddress, signal: AbortSignal): Promise<NodeConnection>;
}

/** The settings of a connection that its gate uses. */
export type GateSettings = Pick<
  ConnectionConfig,
  'gate' | 'callDeadlineMs' | 'breakerFailures' | 'maxSocketsPerNode' | 'coalesce'
>;
