import { SentinelCacheError } from '../../errors/sentinel-cache.error.js';
import { SessionClosedError } from '../../errors/session-closed.error.js';
import { RETRY_AFTER_SECONDS, UNAVAILABLE } from '../../headers/unavailable-response.js';

/** Headers that go when another body takes the place of the one they describe. */
export const REPLACED_HEADERS = /^(content-|etag|last-modified|cache-control|location)/;

/**
 * What a client gets when its session could not be saved: JSON in the form of Nest's own errors, with no more
 * than the error's own words.
 */
export interface SessionFailure {
  readonly status: number;
  readonly body: string;
  /** Retry-After, where coming back may help. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Describes the response that replaces one whose session could not be saved. */
export function describeFailure(error: unknown): SessionFailure {
  const known = error instanceof SentinelCacheError ? (error as SentinelCacheError & { statusCode?: number }) : undefined;
  const status = known?.statusCode ?? 500;
  const message = known?.statusCode === undefined ? 'Internal server error' : known.message;
  const headers: Record<string, string> = status === UNAVAILABLE.statusCode ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {};
  return { status, body: JSON.stringify({ statusCode: status, message }), headers };
}

/**
 * Returns a function that reports the first response that got past its hold: each one after it is the same
 * mistake of the program.
 */
export function reportBypassOnce(report: (error: unknown) => void): () => void {
  let isReported = false;
  return () => {
    if (isReported) return;
    isReported = true;
    report(
      new SessionClosedError(
        'The session was written but not saved: the response left through a method that was taken from it before the session was used. Use the session first, and take no methods of the response (on Fastify: of reply.raw) aside. This is logged once.',
      ),
    );
  };
}
