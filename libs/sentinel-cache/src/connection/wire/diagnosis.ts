import { printable } from '../../errors/printable.js';
import type { UnavailableReason } from '../../errors/cache-unavailable.error.js';

/** Why there is no connection right now, in words for the caller and the log. */
export interface Diagnosis {
  readonly reason: UnavailableReason;
  readonly message: string;
  /**
   * Waiting won't help, somebody has to change something: callers are told at once, without waiting for their deadline.
   * It is still tried again, slowly, since passwords rotate and sentinels learn names.
   */
  readonly permanent: boolean;
  /** No connection came about at all: the address may be of another network. */
  readonly unreached?: boolean;
  /** It may pass, but if it does not, somebody has to mend this: worth a line of its own, once per outage. */
  readonly advice?: string;
}

/** A diagnosis that passes by itself (a failover, a restart). What servers said may stand in `message`. */
export function transient(reason: UnavailableReason, message: string): Diagnosis {
  return { reason, message: printable(message), permanent: false };
}

/** A diagnosis that somebody has to mend. */
export function permanent(reason: UnavailableReason, message: string): Diagnosis {
  return { reason, message: printable(message), permanent: true };
}

/** Thrown inside connection/ when a node or sentinel can't be used; never reaches a caller. */
export class DiagnosisError extends Error {
  readonly diagnosis: Diagnosis;

  constructor(diagnosis: Diagnosis) {
    super(diagnosis.message);
    this.name = 'DiagnosisError';
    this.diagnosis = diagnosis;
  }
}
