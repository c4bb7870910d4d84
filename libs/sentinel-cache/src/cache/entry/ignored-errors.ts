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
 * Stores a value that was just made. Publishes an outage instead of rejecting, so that the value is not lost;
 * resolves to undefined then.
 */
export async function storeIfPossible<T>(alias: string, operation: string, store: () => Promise<T>): Promise<T | undefined> {
  try {
    return await store();
  } catch (error) {
    if (!isOutage(error)) throw error;
    publishIgnoredError({ alias, operation, error });
    return undefined;
  }
}
