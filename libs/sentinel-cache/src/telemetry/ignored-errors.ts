import { channel } from 'node:diagnostics_channel';

/** What is published when an error is not passed on: who asked for what, and what went wrong. Never a key or a value. */
export interface IgnoredError {
  readonly alias: string;
  readonly operation: string;
  readonly error: unknown;
}

/** The name of the diagnostics channel. */
export const IGNORED_ERRORS = 'nestjs-sentinel-cache:ignored-error';

const ignoredErrors = channel(IGNORED_ERRORS);

/** Tells whoever listens that an error was not passed on; costs next to nothing when nobody does. */
export function publishIgnoredError(event: IgnoredError): void {
  if (ignoredErrors.hasSubscribers) ignoredErrors.publish(event);
}
