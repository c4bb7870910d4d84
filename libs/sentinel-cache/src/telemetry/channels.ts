import { channel, tracingChannel, type Channel, type TracingChannel } from 'node:diagnostics_channel';

import type { MonitorEvent } from './monitor-event.js';
import type { OperationEvent } from './operation-event.js';

/** The tracing channel of the caches' operations: its events are `OperationEvent`s. */
export const OPERATIONS = 'nestjs-sentinel-cache:operation';

/** The channel of every change of state: its messages are `MonitorEvent`s, the same objects as `monitor.events$`. */
export const STATE = 'nestjs-sentinel-cache:state';

/** What a listener of one phase (`start`, `end`, `asyncStart`, `asyncEnd`, `error`) gets. */
export const operations: TracingChannel<unknown, OperationEvent> = tracingChannel<unknown, OperationEvent>(OPERATIONS);

const state: Channel = channel(STATE);

/** Tells whoever listens what has changed; costs next to nothing when nobody does. */
export function publishState(event: MonitorEvent): void {
  if (state.hasSubscribers) state.publish(event);
}
