import { channel } from 'node:diagnostics_channel';

/** What is published when an error is not passed on: who asked for what, and what went wrong. Never a key or a value. */
export interface IgnoredError {
  /** The alias in CACHES. */
  readonly alias: string;
  /** What was asked for: a method of the cache, a command in lower case, or `decode`. */
  readonly operation: string;
  /** What went wrong. Its message holds no value. */
  readonly error: unknown;
}

/** The diagnostics channel of errors that IGNORE_EXCEPTIONS ignored: its messages are `IgnoredError`s. */
export const IGNORED_ERRORS = 'nestjs-sentinel-cache:ignored-error';

const ignoredErrors = channel(IGNORED_ERRORS);

/** Tells whoever listens that an error was not passed on; costs next to nothing when nobody does. */
export function publishIgnoredError(event: IgnoredError): void {
  if (ignoredErrors.hasSubscribers) ignoredErrors.publish(event);
}
