import type { Lease } from '../wire/lease.js';
import { passing, type Trouble } from '../wire/trouble.js';

/** Why a gate does not serve a call, in words for its caller; each is told the gate's connection, and the trouble when there is none. */

/** For a call that is to fail fast. */
export function breakerIsOpen(lease: Lease | undefined, trouble: Trouble): Trouble {
  const why = lease ? 'the primary answers reads, and holds writes back (CLIENT PAUSE?).' : trouble.message;
  return passing('breaker-open', `not tried, since the circuit breaker is open: ${why}`);
}

/** For a call that waited in vain. */
export function waitedTooLong(lease: Lease | undefined, trouble: Trouble, deadlineMs: number): Trouble {
  const reason = lease ? 'deadline' : trouble.reason;
  return passing(reason, `gave up after ${Math.round(deadlineMs)} ms. ${whyWaiting(lease, trouble)}`);
}

/** For a call that was handed to a socket, and got no answer within its deadline. */
export function noReply(deadlineMs: number): Trouble {
  return passing('deadline', `no reply within ${Math.round(deadlineMs)} ms; whether it was executed is unknown.`);
}

/** For a call that finds no room among those that wait. */
export function queueIsFull(lease: Lease | undefined, trouble: Trouble, waiting: number): Trouble {
  return passing('queue-full', `${waiting} calls are waiting already. ${whyWaiting(lease, trouble)}`);
}

function whyWaiting(lease: Lease | undefined, trouble: Trouble): string {
  return lease ? 'The connection is busy.' : trouble.message;
}
