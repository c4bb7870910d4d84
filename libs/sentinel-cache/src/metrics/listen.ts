import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import { printable } from '../errors/printable.js';
import { operations, STATE } from '../telemetry/channels.js';
import { IGNORED_ERRORS, type IgnoredError } from '../telemetry/ignored-errors.js';
import type { MonitorEvent } from '../telemetry/monitor-event.js';
import type { OperationEvent } from '../telemetry/operation-event.js';

/** What a listener wants to hear. */
export interface Handlers {
  /** An operation begins. */
  readonly started?: (event: OperationEvent) => void;
  /** An operation is over: `outcome` and `durationMs` are there. */
  readonly ended: (event: OperationEvent) => void;
  readonly ignored: (event: IgnoredError) => void;
  readonly changed: (event: MonitorEvent) => void;
}

/** Subscribes to everything that is published; what it gives back ends that, and may be called twice. */
export function listen({ started, ended, ignored, changed }: Handlers): () => void {
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

/** What a subscriber throws, Node makes an uncaught exception: a metrics library must not end the process. */
function harmless<T>(handle: (event: T) => void): (message: unknown) => void {
  return (message) => {
    try {
      handle(message as T);
    } catch (error) {
      process.emitWarning(printable(`a metrics listener threw: ${String((error as Error)?.message)}`), 'SentinelCacheWarning');
    }
  };
}
