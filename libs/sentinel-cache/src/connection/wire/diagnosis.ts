import { printable } from '../../errors/printable.js';
import type { UnavailableReason } from '../../errors/cache-unavailable.error.js';

/** Why there is no connection, for callers and the log. */
export interface Diagnosis {
  readonly reason: UnavailableReason;
  readonly message: string;
  /**
   * Waiting does not help, a person has to change something: callers are rejected at once. It is retried
   * slowly, since passwords rotate and sentinels learn names.
   */
  readonly permanent: boolean;
  /** No connection came about at all: the address may belong to another network. */
  readonly unreached?: boolean;
  /** What to change if it does not pass: logged on a line of its own, once per outage. */
  readonly advice?: string;
}

/**
 * A diagnosis that may pass by itself (a failover, a restart). `message` may contain the words of a server.
 */
export function transient(reason: UnavailableReason, message: string): Diagnosis {
  return { reason, message: printable(message), permanent: false };
}

/** A diagnosis that lasts until a person changes something. */
export function permanent(reason: UnavailableReason, message: string): Diagnosis {
  return { reason, message: printable(message), permanent: true };
}

/** Thrown within connection/ when a node or sentinel can't be used. Never reaches a caller. */
export class DiagnosisError extends Error {
  readonly diagnosis: Diagnosis;

  constructor(diagnosis: Diagnosis) {
    super(diagnosis.message);
    this.name = 'DiagnosisError';
    this.diagnosis = diagnosis;
  }
}
