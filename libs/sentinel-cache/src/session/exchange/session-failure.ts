import { SentinelCacheError } from '../../errors/sentinel-cache.error.js';
import { SessionClosedError } from '../../errors/session-closed.error.js';

/** What a client is told when a session could not be saved, in the form of Nest's own errors. Never more than the error's own words. */
export interface SessionFailure {
  readonly status: number;
  readonly body: string;
}

/** The answer that replaces a response whose session could not be saved. */
export function describeFailure(error: unknown): SessionFailure {
  const known = error instanceof SentinelCacheError ? (error as SentinelCacheError & { statusCode?: number }) : undefined;
  const status = known?.statusCode ?? 500;
  const message = known?.statusCode === undefined ? 'Internal server error' : known.message;
  return { status, body: JSON.stringify({ statusCode: status, message }) };
}

/** Tells the first time that a response got past its hold; each one after it is the same mistake of the program. */
export function tellBypassOnce(tell: (error: unknown) => void): () => void {
  let isTold = false;
  return () => {
    if (isTold) return;
    isTold = true;
    tell(
      new SessionClosedError(
        'The session was written and not saved: the response left by a method that was taken from it before the session was used. Use the session first, and take no methods of the response (on Fastify: of reply.raw) aside. Told once.',
      ),
    );
  };
}
