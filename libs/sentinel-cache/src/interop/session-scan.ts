import { InvalidArgumentError } from '../errors/invalid-argument.error.js';
import { escapeGlob } from '../keys/key-pattern.js';
import type { SessionEntries } from './session-entries.js';
import type { SessionFields } from './session-fields.js';

const SCAN_COUNT = 500;

/** All sessions, each with its id; those that are still to be moved from connect-redis' keys are not among them. */
export async function allSessions(entries: SessionEntries): Promise<(SessionFields & { id: string })[]> {
  const found = new Map<string, SessionFields>();
  const start = storedPrefix(entries);
  for await (const keys of scan(entries, start)) {
    for (const [id, session] of await entries.loadMany(keys.map((key) => key.slice(start.length)))) found.set(id, session);
  }
  return [...found].map(([id, session]) => ({ ...session, id }));
}

/** The ids of all sessions, each once; those that are still to be moved are not among them. */
export async function sessionIds(entries: SessionEntries): Promise<string[]> {
  const start = storedPrefix(entries);
  const ids = new Set<string>();
  for await (const keys of scan(entries, start)) for (const key of keys) ids.add(key.slice(start.length));
  return [...ids];
}

/** How many sessions there are; those that are still to be moved are not counted. */
export async function countSessions(entries: SessionEntries): Promise<number> {
  return (await sessionIds(entries)).length;
}

/** Removes all sessions, those that are still to be moved included, batch by batch. */
export async function clearSessions(entries: SessionEntries): Promise<void> {
  for (const start of [entries.migratesFrom, storedPrefix(entries)]) {
    if (start !== undefined) await entries.cache.deleteStoredKeys(globOf(start), { itersize: SCAN_COUNT });
  }
}

/** What the stored keys of all sessions begin with. */
function storedPrefix({ cache, prefix }: SessionEntries): string {
  const start = cache.makeKey(prefix);
  if (cache.makeKey(`${prefix}id`) === `${start}id`) return start;
  const message = `CacheSessionStore, all, length and clear: KEY_FUNCTION of '${cache.alias}' gives keys without a common beginning.`;
  throw new InvalidArgumentError(message, { alias: cache.alias });
}

/** The stored keys that begin so, batch by batch, wherever they lie; one may come twice. */
async function* scan({ cache }: SessionEntries, start: string): AsyncGenerator<string[]> {
  for await (const keys of cache.iterStoredKeys(globOf(start), { itersize: SCAN_COUNT })) yield keys.map(String);
}

function globOf(start: string): string {
  return `${escapeGlob(start)}*`;
}
