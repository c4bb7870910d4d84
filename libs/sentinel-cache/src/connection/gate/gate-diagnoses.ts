import type { NodeConnection } from '../wire/node-connection.js';
import { transient, type Diagnosis } from '../wire/diagnosis.js';

/*
 * Why a gate does not serve a call, in words for its caller. `connection`: the one of the gate; without one,
 * `diagnosis` tells why.
 */

/** For a call that fails fast. */
export function breakerIsOpen(connection: NodeConnection | undefined, diagnosis: Diagnosis): Diagnosis {
  const why = connection ? 'the primary answers reads, and holds writes back (CLIENT PAUSE?).' : diagnosis.message;
  return transient('breaker-open', `not tried, since the circuit breaker is open: ${why}`);
}

/** For a call whose deadline passed before it was sent. */
export function waitedTooLong(connection: NodeConnection | undefined, diagnosis: Diagnosis, deadlineMs: number): Diagnosis {
  const reason = connection ? 'deadline' : diagnosis.reason;
  return transient(reason, `gave up after ${Math.round(deadlineMs)} ms. ${whyWaiting(connection, diagnosis)}`);
}

/** For a call that was sent and got no reply within its deadline. */
export function noReply(deadlineMs: number): Diagnosis {
  return transient('deadline', `no reply within ${Math.round(deadlineMs)} ms; whether it was executed is unknown.`);
}

/** For a call that finds no room in the queue. */
export function queueIsFull(connection: NodeConnection | undefined, diagnosis: Diagnosis, waiting: number): Diagnosis {
  return transient('queue-full', `${waiting} calls are waiting already. ${whyWaiting(connection, diagnosis)}`);
}

function whyWaiting(connection: NodeConnection | undefined, diagnosis: Diagnosis): string {
  return connection ? 'The connection is busy.' : diagnosis.message;
}
