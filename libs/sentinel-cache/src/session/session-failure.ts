import { SentinelCacheError } from '../errors/sentinel-cache.error.js';

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
