import { CodecError } from '../../errors/codec.error.js';
import { isOutage } from '../../errors/is-outage.js';
import { publishIgnoredError } from '../../telemetry/channels.js';

/** Reads stored bytes; where they can't be read, publishes that and returns `neutral`. */
export function orUnreadable<T, N>(alias: string, read: () => T, neutral: N): T | N {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    publishIgnoredError({ alias, operation: 'decode', error });
    return neutral;
  }
}

/** Stores what was just made: an outage loses the entry, not the value. Resolves to undefined when there was one. */
export async function storeIfPossible<T>(alias: string, operation: string, store: () => Promise<T>): Promise<T | undefined> {
  try {
    return await store();
  } catch (error) {
    if (!isOutage(error)) throw error;
    publishIgnoredError({ alias, operation, error });
    return undefined;
  }
}

/** Cleans up after an error and throws that error: what else goes wrong meanwhile would only hide it. */
export async function cleanUpThenThrow(error: unknown, cleanUp: () => Promise<unknown>): Promise<never> {
  await cleanUp().catch(() => undefined);
  throw error;
}
