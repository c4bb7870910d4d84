import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import { IGNORED_ERRORS, operations, REPLAYS, STATE, type IgnoredError, type ReplayEvent } from '../telemetry/channels.js';
import type { MonitorEvent } from '../telemetry/monitor-event.js';
import type { OperationEvent } from '../telemetry/operation-event.js';
import { safeListener } from '../telemetry/safe-listener.js';

/** Receives what telemetry publishes. What a method throws becomes a process warning. */
export interface TelemetryListener {
  /** Receives an operation that begins. */
  readonly started?: (event: OperationEvent) => void;
  /** Receives an operation that has ended, with its `outcome` and `durationMs`. */
  readonly ended: (event: OperationEvent) => void;
  /** Receives an error that IGNORE_EXCEPTIONS kept from a caller. */
  readonly ignored: (event: IgnoredError) => void;
  /** Receives how invalidations ended that were kept during an outage. */
  readonly replayed: (event: ReplayEvent) => void;
  /** Receives a change of state. */
  readonly changed: (event: MonitorEvent) => void;
}

/**
 * Subscribes to everything that telemetry publishes. Returns a function that unsubscribes; calling it again
 * does nothing.
 */
export function listen({ started, ended, ignored, replayed, changed }: TelemetryListener): () => void {
  // Node turns what a subscriber throws into an uncaught exception: a metrics library must not end the
  // process.
  const safe = <E>(listener: (event: E) => void): ((message: unknown) => void) =>
    safeListener('A metrics listener', listener as (message: unknown) => void);
  const onStart = safe<OperationEvent>(started ?? ((): void => undefined));
  const onEnd = safe(ended);
  const onIgnored = safe(ignored);
  const onReplay = safe(replayed);
  const onChange = safe(changed);
  if (started) operations.start.subscribe(onStart);
  operations.asyncEnd.subscribe(onEnd);
  subscribe(IGNORED_ERRORS, onIgnored);
  subscribe(REPLAYS, onReplay);
  subscribe(STATE, onChange);
  return () => {
    operations.start.unsubscribe(onStart);
    operations.asyncEnd.unsubscribe(onEnd);
    unsubscribe(IGNORED_ERRORS, onIgnored);
    unsubscribe(REPLAYS, onReplay);
    unsubscribe(STATE, onChange);
  };
}
