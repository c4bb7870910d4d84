import type { UnavailableReason } from '../../errors/cache-unavailable.error.js';
import type { SentinelToldEvent } from '../../telemetry/monitor-event.js';

/** Where a client stands. `down` carries the diagnosis that callers get. */
export type ClientState =
  | { readonly status: 'connecting' }
  | { readonly status: 'up'; readonly primary: string }
  | { readonly status: 'down'; readonly reason: UnavailableReason; readonly message: string }
  | { readonly status: 'closed' };

/** What a client tells: something changed here, or a sentinel said something. */
export type ClientEvent = ClientChange | SentinelNews;

/** Something changed: one line for the log, and what the line is about. */
export interface ClientChange {
  readonly kind:
    | 'up'
    | 'moved'
    | 'down'
    | 'diagnosis'
    | 'sentinel-lost'
    | 'sentinel-back'
    | 'breaker-opened'
    | 'breaker-half-open'
    | 'breaker-closed'
    | 'warning';
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  /** For listeners alone: another line of the log says it at the same time. */
  readonly quiet?: true;
  /** The primary that it is about. */
  readonly address?: string;
  /** `moved`: where we were before. */
  readonly from?: string;
  readonly reason?: UnavailableReason;
  readonly sentinel?: string;
}

/** What one sentinel said, each of them for itself: for the monitor, and nothing for the log. */
export interface SentinelNews {
  readonly kind: 'sentinel-said';
  readonly fact: SentinelNewsItem;
  readonly sentinel: string;
}

/** What a sentinel said, without who said it and when. */
export type SentinelNewsItem = WithoutOrigin<SentinelToldEvent>;
type WithoutOrigin<E> = E extends unknown ? Omit<E, 'masterName' | 'sentinel' | 'atMs'> : never;

/** `half-open`: open, and a new connection is being tried. */
export type BreakerState = 'closed' | 'open' | 'half-open';
