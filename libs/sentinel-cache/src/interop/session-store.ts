import { CacheUnavailableError } from '../errors/cache-unavailable.error.js';
import { CodecError } from '../errors/codec.error.js';
import { CommandRejectedError } from '../errors/command-rejected.error.js';
import { ImproperlyConfiguredError } from '../errors/improperly-configured.error.js';
import { SessionUnavailableError } from '../errors/session-unavailable.error.js';
import { withoutSecret } from '../errors/without-secret.js';
import { publishIgnoredError } from '../telemetry/ignored-errors.js';
import type { Timeout } from '../time/lifetime.js';

/** Options of both session stores. */
export interface CacheSessionStoreOptions {
  /** What the keys of sessions begin with, after the cache's own prefix and version. Default `'sess:'`. */
  readonly prefix?: string;
  /** The life of sessions whose cookie has no end (no `maxAge`): seconds, `null` for ever, or text with a unit. Default `'1d'`. */
  readonly ttl?: Timeout;
  /** `true`: a request that changes nothing does not lengthen its session's life. Default `false`. */
  readonly disableTouch?: boolean;
  /** Sessions that connect-redis left in the same database are found by this prefix (its default: `'sess:'`) and moved when read. */
  readonly migrateFrom?: {
    /** What its keys begin with. Default `'sess:'`. */
    readonly prefix?: string;
  };
}

/** A callback of either library. */
export type SessionCallback<T = void> = (error: unknown, value?: T) => void;

/**
 * Hands the outcome to the callback: once, never before the call has returned, outside of the promise, so that what the callback
 * throws is its own. Without a callback it is a promise. Nobody may be waiting for that one, as both libraries drop it: its error is
 * published on `nestjs-sentinel-cache:ignored-error` too, and never an unhandled rejection. No error tells the id.
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

/** For a cache that swallows outages: a session that can't be read would be one that is not there, and the user logged out. */
export function notStrict(alias: string): ImproperlyConfiguredError {
  return new ImproperlyConfiguredError([
    {
      path: 'CacheSessionStore',
      expected: 'a cache that tells of outages',
      got: `the cache '${alias}', which ignores them (IGNORE_EXCEPTIONS)`,
      remedy: `Give caches.strict('${alias}') of SentinelCaches: the same entries, and it tells.`,
    },
  ]);
}

/** What the store could not do is 503, without the addresses in the cause's message. */
function asSessionError(reason: unknown): unknown {
  const known = [CacheUnavailableError, CommandRejectedError, CodecError].some((type) => reason instanceof type);
  return known ? new SessionUnavailableError({ alias: (reason as CodecError).alias, cause: reason }) : reason;
}
