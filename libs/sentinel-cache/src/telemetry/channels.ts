import { channel, tracingChannel, type TracingChannel } from 'node:diagnostics_channel';

import type { MonitorEvent } from './monitor-event.js';
import type { OperationEvent } from './operation-event.js';

/** The tracing channel of the caches' operations: its messages are `OperationEvent`s. */
export const OPERATIONS = 'nestjs-sentinel-cache:operation';

/**
 * The channel of every change of state: its messages are `MonitorEvent`s, the same objects as
 * `monitor.events$`.
 */
export const STATE = 'nestjs-sentinel-cache:state';

/** The channel of errors that callers did not get: its messages are `IgnoredError`s. */
export const IGNORED_ERRORS = 'nestjs-sentinel-cache:ignored-error';

/** An error that its caller did not get. `alias` and `operation` name neither a key nor a value. */
export interface IgnoredError {
  /** The cache that was asked. */
  readonly alias: string;
  /**
   * What it was asked for: the method of the cache (`keys` is an `iterKeys`), the command of a set, hash or
   * sorted set in lower case, `decode` for bytes that can't be read, `page` for a page that was
   * looked up or stored, `evict` for pages that were to be dropped, or `session.` and the method of a
   * session store.
   */
  readonly operation: string;
  /** What went wrong. Its message may name a key. */
  readonly error: unknown;
}

/** The channel of invalidations that were kept during an outage: its messages are `ReplayEvent`s. */
export const REPLAYS = 'nestjs-sentinel-cache:replay';

/** Invalidations that had been kept. Names neither a key nor a tag. */
export interface ReplayEvent {
  /** The cache. */
  readonly alias: string;
  /**
   * How they ended: `replayed` after the outage, `superseded` by a write of this process, or lost: by
   * `overflow` of what is kept, because Redis `refused` them, or because the cache was `closed`.
   */
  readonly outcome: 'replayed' | 'superseded' | 'overflow' | 'refused' | 'closed';
  /** How many. */
  readonly count: number;
}

/** The phases of an operation: `start`, `end`, `asyncStart`, `asyncEnd` and `error`. */
export const operations: TracingChannel<unknown, OperationEvent> = tracingChannel<unknown, OperationEvent>(OPERATIONS);

const state = channel(STATE);
const ignoredErrors = channel(IGNORED_ERRORS);
const replays = channel(REPLAYS);

/** Publishes a change of state; costs next to nothing while nobody listens. */
export function publishState(event: MonitorEvent): void {
  if (state.hasSubscribers) state.publish(event);
}

/** Publishes an error that its caller did not get; costs next to nothing while nobody listens. */
export function publishIgnoredError(event: IgnoredError): void {
  if (ignoredErrors.hasSubscribers) ignoredErrors.publish(event);
}

/** Publishes how invalidations ended that had been kept; costs next to nothing while nobody listens. */
export function publishReplay(event: ReplayEvent): void {
  if (replays.hasSubscribers) replays.publish(event);
}
