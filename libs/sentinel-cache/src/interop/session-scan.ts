import { InvalidArgumentError } from '../errors/invalid-argument.error.js';
import { escapeGlob } from '../keys/key-pattern.js';
import type { SessionEntries } from './session-entries.js';
import type { SessionFields } from './session-fields.js';

const SCAN_COUNT = 500;

/**
 * Resolves to all sessions, each with its id, without those that are still to be moved from connect-redis.
 * Rejects with CacheUnavailableError, CommandRejectedError or CodecError, and with InvalidArgumentError for a
 * KEY_FUNCTION whose keys have no common beginning.
 */
export async function allSessions(entries: SessionEntries): Promise<(SessionFields & { id: string })[]> {
  const found = new Map<string, SessionFields>();
  const start = storedPrefix(entries);
  for await (const keys of scan(entries, start)) {
    for (const [id, session] of await entries.loadMany(keys.map((key) => key.slice(start.length)))) found.set(id, session);
  }
  return [...found].map(([id, session]) => ({ ...session, id }));
}

/**
 * Resolves to the id of each session, without those that are still to be moved. Rejects as `allSessions`
 * does, but for CodecError.
 */
export async function sessionIds(entries: SessionEntries): Promise<string[]> {
  const start = storedPrefix(entries);
  const ids = new Set<string>();
  for await (const keys of scan(entries, start)) for (const key of keys) ids.add(key.slice(start.length));
  return [...ids];
}

/**
 * Resolves to the number of sessions, without those that are still to be moved. Rejects as `allSessions`
 * does, but for CodecError.
 */
export async function countSessions(entries: SessionEntries): Promise<number> {
  return (await sessionIds(entries)).length;
}

/**
 * Deletes all sessions, with those that are still to be moved, batch by batch. Rejects as `allSessions` does,
 * but for CodecError.
 */
export async function clearSessions(entries: SessionEntries): Promise<void> {
  for (const start of [entries.migratesFrom, storedPrefix(entries)]) {
    if (start !== undefined) await entries.cache.deleteStoredKeys(globOf(start), { itersize: SCAN_COUNT });
  }
}

/** Returns what the stored keys of all sessions begin with. */
function storedPrefix({ cache, prefix }: SessionEntries): string {
  const start = cache.makeKey(prefix);
  if (cache.makeKey(`${prefix}id`) === `${start}id`) return start;
  const message = `CacheSessionStore, all, ids, length and clear: expected a KEY_FUNCTION of '${cache.alias}' whose keys begin alike, got another. Use one that puts a prefix before each key.`;
  throw new InvalidArgumentError(message, { alias: cache.alias });
}

/**
 * Iterates over the stored keys with this beginning, batch by batch, on all servers; a key may come twice.
 */
async function* scan({ cache }: SessionEntries, start: string): AsyncGenerator<string[]> {
  for await (const keys of cache.iterStoredKeys(globOf(start), { itersize: SCAN_COUNT })) yield keys.map(String);
}

function globOf(start: string): string {
  return `${escapeGlob(start)}*`;
}
