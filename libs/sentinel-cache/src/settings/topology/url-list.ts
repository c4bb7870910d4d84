import { mergeArguments, type ConnectionArguments } from '../options/connection-arguments.js';
import { describeKind } from '../read/describe-value.js';
import { parseRedisUrl, type RedisUrl } from '../locations/parse-redis-url.js';
import { splitLocation } from '../locations/location.js';
import type { SettingProblems } from '../read/setting-problems.js';
import type { SettingReader } from '../read/setting-reader.js';
import { urlArgumentsOf } from './url-arguments.js';

/** One URL of LOCATION, read. */
export interface UrlEntry {
  readonly url: RedisUrl;
  readonly isMaster: boolean | undefined;
  /** OPTIONS, CONNECTION_POOL_KWARGS and the URL, merged; the URL wins. */
  readonly given: ConnectionArguments;
}

const EXPECTED = "a URL such as 'redis://host:6379/0', or a list of them";

/**
 * Reads LOCATION as one URL or several; undefined when there is a problem. Unless `alike` is false, all must
 * have the same credentials, database, TLS and timeouts, since one connection has one of each.
 */
export function readUrls(
  cache: SettingReader,
  base: ConnectionArguments,
  how: { readonly separators: RegExp; readonly sentinel: boolean; readonly alike?: boolean },
): readonly UrlEntry[] | undefined {
  const location = cache.take('LOCATION');
  const items = location === null ? undefined : splitLocation(location, how.separators);
  if (!items || items.length === 0) {
    return cache.reject('LOCATION', {
      expected: EXPECTED,
      got: describeKind(location),
      remedy: 'Write redis://localhost:6379/0.',
    });
  }
  const isList = typeof location !== 'string';
  const entries = items.map((item, index) =>
    readUrl(cache, item, { base, path: placeOf(cache, index, isList), sentinel: how.sentinel }),
  );
  if (!entries.every((entry) => entry !== undefined)) return undefined;
  return how.alike === false || haveOneIdentity(cache, entries) ? entries : undefined;
}

function placeOf(cache: SettingReader, index: number, isList: boolean): string {
  return isList ? `${cache.pathOf('LOCATION')}[${index}]` : cache.pathOf('LOCATION');
}

function readUrl(
  cache: SettingReader,
  item: unknown,
  { base, path, sentinel }: { base: ConnectionArguments; path: string; sentinel: boolean },
): UrlEntry | undefined {
  const { problems } = cache;
  if (typeof item !== 'string') {
    problems.add({ path, expected: EXPECTED, got: describeKind(item), remedy: 'Write redis://localhost:6379/0.' });
    return undefined;
  }
  const parsed = parseRedisUrl(item);
  if ('fault' in parsed) {
    problems.add({ path, ...parsed.fault });
    return undefined;
  }
  return urlEntryOf(parsed.value, { base, path, sentinel, problems });
}

/** Merges a parsed URL with what OPTIONS say. */
export function urlEntryOf(
  url: RedisUrl,
  place: {
    readonly base: ConnectionArguments;
    readonly path: string;
    readonly sentinel: boolean;
    readonly problems: SettingProblems;
  },
): UrlEntry {
  const { base, path, problems } = place;
  const { given, isMaster } = urlArgumentsOf(url, place);
  if (base.ssl === false && given.ssl === true) {
    problems.add({
      path,
      expected: 'TLS either on or off',
      got: 'rediss:// with ssl: false',
      remedy: 'Remove ssl: false, or write redis://.',
    });
  }
  return { url, isMaster, given: mergeArguments(base, given) };
}

function haveOneIdentity(cache: SettingReader, entries: readonly UrlEntry[]): boolean {
  const [first, ...others] = entries.map(({ given }) => JSON.stringify({ ...given, tls: { ...given.tls, path: undefined } }));
  if (others.every((other) => other === first)) return true;
  cache.reject('LOCATION', {
    expected: 'the same credentials, database, TLS and query arguments in every URL',
    got: 'URLs that differ in them',
    remedy: 'Make them equal, or write a cache of its own for each.',
  });
  return false;
}
