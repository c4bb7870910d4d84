import { CacheUnavailableError } from '../errors/cache-unavailable.error.js';
import { CodecError } from '../errors/codec.error.js';
import { CommandRejectedError } from '../errors/command-rejected.error.js';
import { ImproperlyConfiguredError } from '../errors/improperly-configured.error.js';
import { SessionUnavailableError } from '../errors/session-unavailable.error.js';
import { withoutSecret } from '../errors/without-secret.js';
import { publishIgnoredError } from '../telemetry/channels.js';
import type { Timeout } from '../time/lifetime.js';

/** Options of both session stores. */
export interface CacheSessionStoreOptions {
  /** What the keys of sessions begin with, after the cache's own prefix and version. Default: `'sess:'`. */
  readonly prefix?: string;
  /**
   * The lifetime of sessions whose cookie has no end (no `maxAge`): seconds, `null` for no expiry, or text
   * with a unit. Default: `'1d'`.
   */
  readonly ttl?: Timeout;
  /** Whether a request that changes nothing leaves its session's lifetime as it is. Default: false. */
  readonly disableTouch?: boolean;
  /**
   * Moves the sessions that connect-redis left in the same database under this prefix (`'sess:'`) as they are
   * read. Default: moves none.
   */
  readonly migrateFrom?: {
    /** What their keys begin with. Default: `'sess:'`. */
    readonly prefix?: string;
  };
}

/** A callback of either library: an error, or null and the value. */
export type SessionCallback<T = void> = (error: unknown, value?: T) => void;

/**
 * Hands the outcome to the callback: once, after the call has returned, and outside of the promise, so that
 * what the callback throws is its own. Without a callback it returns a promise; as both libraries drop that,
 * its error is published on `nestjs-sentinel-cache:ignored-error`, too, and is never an unhandled rejection.
 * Outages, refusals and unreadable entries become SessionUnavailableError. No error names the session's id.
 */
export function tell<T>(
  work: Promise<T>,
  callback: SessionCallback<T> | undefined,
  { id, ...about }: { alias: string; operation: string; id?: string | undefined },
): Promise<T> | undefined {
  const told = work.catch((reason: unknown): never => {
    throw asSessionError(id === undefined ? reason : withoutSecret(reason, id));
  });
  told.then(
    (value) => callback && process.nextTick(callback, null, value),
    (error: unknown) => {
      if (callback) process.nextTick(callback, error);
      else publishIgnoredError({ ...about, error });
    },
  );
  return callback ? undefined : told;
}

/**
 * Returns the error for a cache that ignores outages: a session that can't be read would look like none, and
 * log the user out.
 */
export function notStrict(alias: string): ImproperlyConfiguredError {
  return new ImproperlyConfiguredError([
    {
      path: 'CacheSessionStore',
      expected: 'a cache that rejects in an outage',
      got: `the cache '${alias}', which ignores them (IGNORE_EXCEPTIONS)`,
      remedy: `Give caches.strict('${alias}') of SentinelCaches: the same entries, without IGNORE_EXCEPTIONS.`,
    },
  ]);
}

/** What the store could not do becomes 503, without the addresses in the cause's message. */
function asSessionError(reason: unknown): unknown {
  const known = [CacheUnavailableError, CommandRejectedError, CodecError].some((type) => reason instanceof type);
  return known ? new SessionUnavailableError({ alias: (reason as CodecError).alias, cause: reason }) : reason;
}
