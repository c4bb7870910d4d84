import { CodecError } from '../../errors/codec.error.js';
import { isOutage } from '../../errors/is-outage.js';
import { publishIgnoredError } from '../../telemetry/channels.js';

/** Reads stored bytes. Where they can't be read, publishes the CodecError and returns `neutral`. */
export function orUnreadable<T, N>(alias: string, read: () => T, neutral: N): T | N {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    publishIgnoredError({ alias, operation: 'decode', error });
    return neutral;
  }
}

/**
 * Makes a call of `getOrSet` whose failure must not cost the caller the value. Resolves to undefined in an
 * outage, which is published; rejects otherwise as the call does.
 */
export async function ignoringOutage<T>(alias: string, call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (!isOutage(error)) throw error;
    publishIgnoredError({ alias, operation: 'getOrSet', error });
    return undefined;
  }
}
