import { CommandRejectedError } from '../../errors/command-rejected.error.js';

/** The most that are held in memory. */
const MOST_KEYS = 10_000_000;
const MOST_CHARACTERS = 512 * 1024 * 1024;

/**
 * Collects keys, each once. Rejects with CommandRejectedError (`TOOMANY`) when they are too many to hold, and
 * as the keys do.
 */
export async function collectKeys(alias: string, found: AsyncIterable<string>): Promise<string[]> {
  const keys = new Set<string>();
  let characters = 0;
  for await (const key of found) {
    keys.add(key);
    characters += key.length;
    if (keys.size <= MOST_KEYS && characters <= MOST_CHARACTERS) continue;
    const message = `Cache '${alias}', keys: more than ${keys.size} keys match, too many to hold at once. Use iterKeys().`;
    throw new CommandRejectedError('TOOMANY', message, { alias });
  }
  return [...keys];
}
