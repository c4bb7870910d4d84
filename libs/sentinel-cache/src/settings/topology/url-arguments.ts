import { readDataArguments, type ConnectionArguments } from '../options/connection-arguments.js';
import type { RedisUrl } from '../locations/parse-redis-url.js';
import { readBoolean } from '../read/read-values.js';
import type { SettingProblems } from '../read/setting-problems.js';
import { SettingReader } from '../read/setting-reader.js';

const NUMBERS: ReadonlySet<string> = new Set([
  'max_connections',
  'health_check_interval',
  'min_other_sentinels',
  'socket_timeout',
  'socket_connect_timeout',
]);
const BOOLEANS: ReadonlySet<string> = new Set(['socket_keepalive', 'retry_on_timeout', 'ssl_check_hostname', 'is_master', 'ssl']);
/**
 * redis-py's words for false; it takes each other word for true, `off` included. Here a word that is neither
 * is refused.
 */
const WORDS: Readonly<Record<string, boolean>> = {
  '0': false,
  F: false,
  FALSE: false,
  N: false,
  NO: false,
  '1': true,
  T: true,
  TRUE: true,
  Y: true,
  YES: true,
};
const NUMBER = /^\d+(?:\.\d+)?$/;

/** What one URL of LOCATION says. `isMaster`: its `?is_master=`, which only sentinel services have. */
export interface UrlArguments {
  readonly given: ConnectionArguments;
  readonly isMaster: boolean | undefined;
}

/** Reads credentials, database, TLS and query arguments of a URL. An unknown query argument is a problem. */
export function urlArgumentsOf(
  url: RedisUrl,
  place: { path: string; problems: SettingProblems; sentinel: boolean },
): UrlArguments {
  const typed = new Map([...url.query].map(([name, text]) => [name, typedValue(name, text)]));
  const query = new SettingReader(typed, place.path, place.problems);
  const fromQuery = readDataArguments(query);
  const isMaster = place.sentinel ? readBoolean(query, 'is_master') : undefined;
  query.rejectUnknown({ hideNames: true });
  const given: ConnectionArguments = {
    ...fromQuery,
    username: url.username || fromQuery.username,
    password: url.password || fromQuery.password,
    database: url.database,
    ssl: url.scheme === 'rediss' ? true : fromQuery.ssl,
  };
  return { given, isMaster };
}

/** Text that does not fit the type of the argument stays text, which its reader refuses. */
function typedValue(name: string, text: string): unknown {
  if (NUMBERS.has(name)) return NUMBER.test(text) ? Number(text) : text;
  if (!BOOLEANS.has(name)) return text;
  const word = text.toUpperCase();
  return Object.hasOwn(WORDS, word) ? WORDS[word] : text;
}
