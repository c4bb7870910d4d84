import type { ConnectionConfig, NodeAddress } from '../../settings/shapes/resolved-settings.js';
import type { NodeConnection } from '../wire/node-connection.js';
import type { BreakerState } from '../contract/client-event.js';

/** What the gate tells the keeper of the connection. */
export interface GateListener {
  /** The node behind the connection gave a command back unexecuted (READONLY, LOADING, ...): does it wait for another node? */
  onWrongNode(connection: NodeConnection, message: string): 'ask-again' | 'refuse';
  /** A command got no reply within its deadline, and nothing else was heard from the node meanwhile. */
  onSilence(connection: NodeConnection): void;
  /** A reply that is none to its command came on this connection. */
  onUnexpectedReply(connection: NodeConnection): void;
  /** The circuit breaker opened or closed; half-open only the first time in an outage. */
  onBreaker(state: BreakerState): void;
  /** Opens one more connection to the node of the one in use. */
  openSecond(address: NodeAddress, signal: AbortSignal): Promise<NodeConnection>;
}

/** What a gate has to know of a connection's settings. */
export type GateSettings = Pick<ConnectionConfig, 'gate' | 'callDeadlineMs' | 'breakerFailures' | 'maxSocketsPerNode'>;
