import type { UnavailableReason } from '../../errors/cache-unavailable.error.js';
import type { SentinelToldEvent } from '../../telemetry/monitor-event.js';

/** The state of a client's connection. `down` carries what callers get as the reason. */
export type ClientState =
  | { readonly status: 'connecting' }
  | {
      readonly status: 'up';
      /** The primary's address, `host:port`. */
      readonly primary: string;
    }
  | {
      readonly status: 'down';
      /** Why, as errors of calls say it. */
      readonly reason: UnavailableReason;
      /** The reason as a sentence for people. */
      readonly message: string;
    }
  | { readonly status: 'closed' };

/** What a client reports: a change of its own, or what a sentinel announced. */
export type ClientEvent = ClientChange | SentinelNews;

/** A change of a client's connections: one line for the log. */
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
  /** For listeners alone: another line of the log says the same at the same time. */
  readonly quiet?: true;
  /** The primary that the change is about. */
  readonly address?: string;
  /** `moved`: the primary before. */
  readonly from?: string;
  /** Why, where something is wrong. */
  readonly reason?: UnavailableReason;
  /** `sentinel-lost` and `sentinel-back`: the address of the sentinel. */
  readonly sentinel?: string;
}

/** What one sentinel announced. For the monitor; the log gets none of it. */
export interface SentinelNews {
  readonly kind: 'sentinel-said';
  readonly fact: SentinelNewsItem;
  readonly sentinel: string;
}

/** An announcement without its sender and time. */
export type SentinelNewsItem = WithoutOrigin<SentinelToldEvent>;
type WithoutOrigin<E> = E extends unknown ? Omit<E, 'masterName' | 'sentinel' | 'atMs'> : never;

/** State of the circuit breaker. `half-open`: open, and a new connection is being tried. */
export type BreakerState = 'closed' | 'open' | 'half-open';
