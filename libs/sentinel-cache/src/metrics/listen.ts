import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import { printable } from '../errors/printable.js';
import { IGNORED_ERRORS, operations, STATE, type IgnoredError } from '../telemetry/channels.js';
import type { MonitorEvent } from '../telemetry/monitor-event.js';
import type { OperationEvent } from '../telemetry/operation-event.js';

/** Receives what telemetry publishes. What a method throws becomes a process warning. */
export interface TelemetryListener {
  /** Receives an operation that begins. */
  readonly started?: (event: OperationEvent) => void;
  /** Receives an operation that has ended, with its `outcome` and `durationMs`. */
  readonly ended: (event: OperationEvent) => void;
  /** Receives an error that a caller did not get. */
  readonly ignored: (event: IgnoredError) => void;
  /** Receives a change of state. */
  readonly changed: (event: MonitorEvent) => void;
}

/**
 * Subscribes to everything that telemetry publishes. Returns a function that unsubscribes; calling it again
 * does nothing.
 */
export function listen({ started, ended, ignored, changed }: TelemetryListener): () => void {
  const onStart = harmless<OperationEvent>(started ?? ((): void => undefined));
  const onEnd = harmless(ended);
  const onIgnored = harmless(ignored);
  const onChange = harmless(changed);
  if (started) operations.start.subscribe(onStart);
  operations.asyncEnd.subscribe(onEnd);
  subscribe(IGNORED_ERRORS, onIgnored);
  subscribe(STATE, onChange);
  return () => {
    operations.start.unsubscribe(onStart);
    operations.asyncEnd.unsubscribe(onEnd);
    unsubscribe(IGNORED_ERRORS, onIgnored);
    unsubscribe(STATE, onChange);
  };
}

/**
 * Node turns what a subscriber throws into an uncaught exception: a metrics library must not end the process.
 */
function harmless<T>(handle: (event: T) => void): (message: unknown) => void {
  return (message) => {
    try {
      handle(message as T);
    } catch (error) {
      process.emitWarning(printable(`A metrics listener threw: ${String((error as Error)?.message)}`), 'SentinelCacheWarning');
    }
  };
}
