import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';

/**
 * Removes what batches of keys name, one after the other. `remove` resolves to how many entries went with a
 * batch. Resolves to their number; rejects as `remove` and the batches, with the number so far.
 */
export async function deleteInBatches(
  alias: string,
  batches: AsyncIterable<readonly Buffer[]>,
  remove: (keys: readonly Buffer[]) => Promise<number>,
): Promise<number> {
  let deleted = 0;
  try {
    for await (const keys of batches) deleted += await remove(keys);
    return deleted;
  } catch (error) {
    if (deleted === 0) throw error;
    const words = `${deleted} entries were removed, then: `;
    const options = { alias, cause: error };
    if (error instanceof CommandRejectedError)
      throw new CommandRejectedError(error.redisCode, words + error.message, { ...options, executed: 'unknown' });
    if (!(error instanceof CacheUnavailableError)) throw error;
    throw new CacheUnavailableError(error.reason, 'unknown', `Cache '${alias}': ${words}${error.message}`, options);
  }
}
