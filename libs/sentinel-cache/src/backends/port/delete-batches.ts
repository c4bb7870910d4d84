import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';

/**
 * Removes what batches of keys name, one after the other. `remove` resolves to how many entries went with a
 * batch; `call` names the call for an error. Resolves to their number; rejects as `remove` and the batches,
 * with the number so far: neither done nor undone.
 */
export async function deleteInBatches(
  { alias, call }: { readonly alias: string; readonly call: string },
  batches: AsyncIterable<readonly Buffer[]>,
  remove: (keys: readonly Buffer[]) => Promise<number>,
): Promise<number> {
  let deleted = 0;
  try {
    for await (const keys of batches) deleted += await remove(keys);
    return deleted;
  } catch (error) {
    if (deleted === 0) throw error;
    const isRefusal = error instanceof CommandRejectedError;
    if (!isRefusal && !(error instanceof CacheUnavailableError)) throw error;
    const rest = error.message.startsWith(`${call}: `) ? error.message.slice(call.length + 2) : error.message;
    const words = `${call}: ${deleted} ${deleted === 1 ? 'entry was' : 'entries were'} removed, then: ${rest}`;
    if (isRefusal) throw new CommandRejectedError(error.redisCode, words, { alias, executed: 'unknown', cause: error });
    throw new CacheUnavailableError(error.reason, 'unknown', words, { alias, cause: error });
  }
}
