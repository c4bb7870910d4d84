import { fault, parseDatabase, type Parsed } from './location.js';
import { parsePort } from './parse-host-port.js';

const ESCAPES = /(?:%[0-9a-f]{2})+/gi;

/** The parts of a URL; empty or undefined where it lacks them. */
export interface RedisUrl {
  readonly scheme: 'redis' | 'rediss' | 'unix';
  /** As written: its case is kept, since it may be the name of a sentinel service. */
  readonly host: string;
  readonly port: number | undefined;
  readonly username: string;
  readonly password: string;
  /** The path of the socket in `unix://`. */
  readonly socketPath: string;
  /** From the path, or from `?db=`, which wins. */
  readonly database: number | undefined;
  /** The other query arguments, decoded, as text. */
  readonly query: ReadonlyMap<string, string>;
}

const EXPECTED = "a URL such as 'redis://user:password@host:6379/0'";
const ENCODE = 'Percent-encode what is special in a user name or password: @ %40, / %2F, : %3A, # %23, ? %3F, comma %2C.';
const NO_SCHEME =
  'Write redis://, rediss:// (TLS) or unix:// in front; ' +
  "'mymaster/host:26379/0' needs OPTIONS.CLIENT_CLASS 'django_sentinel.SentinelClient'.";
/** WHATWG's URL lower-cases and rewrites hosts, and its errors quote the whole input, password included. */
const URL_PARTS = /^(redis|rediss|unix):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(#.*)?$/s;

/**
 * Reads `redis://[[user]:[password]@]host[:port][/db][?k=v]`, `rediss://` and
 * `unix://[[user]:[password]@]/path?db=n`. Stricter than Django where Django guesses: a path that is no
 * number is a fault, not database 0; `/1/2` is one, not 12. Pure; never throws; a fault contains no part of
 * the URL.
 */
export function parseRedisUrl(text: string): Parsed<RedisUrl> {
  if (/\s/.test(text))
    return fault(EXPECTED, 'white space in it', 'Remove the space; several servers are separated by a comma alone.');
  const parts = URL_PARTS.exec(text);
  if (!parts) return fault(EXPECTED, 'no redis://, rediss:// or unix:// in front', NO_SCHEME);
  if (parts[5] !== undefined) return fault(EXPECTED, 'a # in it', ENCODE);
  const scheme = parts[1] as RedisUrl['scheme'];
  const authority = parseAuthority(parts[2]!);
  if ('fault' in authority) return authority;
  const query = parseQuery(parts[4]);
  if ('fault' in query) return query;
  const path = parsePath(scheme, percentDecode(parts[3]!), authority.value.host);
  if ('fault' in path) return path;
  const database = databaseOf(query.value, path.value.database);
  if ('fault' in database) return database;
  query.value.delete('db');
  return {
    value: { scheme, ...authority.value, socketPath: path.value.socketPath, database: database.value, query: query.value },
  };
}

type Authority = Pick<RedisUrl, 'host' | 'port' | 'username' | 'password'>;

function parseAuthority(authority: string): Parsed<Authority> {
  const at = authority.lastIndexOf('@');
  const userinfo = at < 0 ? '' : authority.slice(0, at);
  if (userinfo.includes('@')) return fault(EXPECTED, 'more than one @', ENCODE);
  const colon = userinfo.indexOf(':');
  const username = percentDecode(colon < 0 ? userinfo : userinfo.slice(0, colon));
  const password = colon < 0 ? '' : percentDecode(userinfo.slice(colon + 1));
  const server = /^(?:\[([0-9A-Za-z:.%_-]+)\]|([^[\]:]*))(?::(.*))?$/s.exec(authority.slice(at + 1));
  if (!server)
    return fault(EXPECTED, 'a host that can not be read', `Put an IPv6 address into brackets: redis://[::1]:6379/0. ${ENCODE}`);
  const host = percentDecode(server[1] ?? server[2]!);
  const portText = server[3];
  if (portText === undefined || portText === '') return { value: { host, port: undefined, username, password } };
  const port = parsePort(portText);
  if (port === undefined)
    return fault(EXPECTED, 'a port that is no number from 1 to 65535', `Write the port as a number. ${ENCODE}`);
  return { value: { host, port, username, password } };
}

function parsePath(scheme: RedisUrl['scheme'], path: string, host: string): Parsed<Pick<RedisUrl, 'socketPath' | 'database'>> {
  if (scheme === 'unix') {
    if (host !== '') return fault("'unix:///path/to/socket?db=0'", 'a host', 'Write three slashes: unix:///path/to/socket.');
    if (path.replaceAll('/', '') === '')
      return fault("'unix:///path/to/socket?db=0'", 'no path', 'Write the path of the socket: unix:///path/to/socket.');
    return { value: { socketPath: path, database: undefined } };
  }
  const segments = path.split('/').filter((segment) => segment !== '');
  if (segments.length === 0) return { value: { socketPath: '', database: undefined } };
  if (segments.length > 1)
    return fault(
      'one database number after the host',
      'several parts',
      `Write one: redis://host:6379/0 (Django joins /1/2 to 12). ${ENCODE}`,
    );
  const database = parseDatabase(segments[0]!);
  if (database === undefined) {
    return fault(
      'a database number after the host',
      'a path that is no number',
      `Write redis://host:6379/0 (Django would silently use 0). ${ENCODE}`,
    );
  }
  return { value: { socketPath: '', database } };
}

function parseQuery(text = ''): Parsed<Map<string, string>> {
  const query = new Map<string, string>();
  for (const part of text.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const [name, value] = equals < 0 ? [part, ''] : [part.slice(0, equals), part.slice(equals + 1)];
    const key = percentDecode(name.replaceAll('+', ' '));
    if (query.has(key)) return fault(EXPECTED, 'a query argument twice', 'Give every query argument once.');
    if (value !== '') query.set(key, percentDecode(value.replaceAll('+', ' ')));
  }
  return { value: query };
}

function databaseOf(query: ReadonlyMap<string, string>, fromPath: number | undefined): Parsed<number | undefined> {
  const text = query.get('db');
  if (text === undefined) return { value: fromPath };
  const database = parseDatabase(text);
  return database === undefined ? fault('a number in ?db=', 'something else', 'Write ?db=0.') : { value: database };
}

/**
 * Decodes percent escapes as UTF-8, as Python's unquote does: an invalid escape stays as it is, and `+` is a
 * plus.
 */
function percentDecode(text: string): string {
  return text.replace(ESCAPES, (escapes) => Buffer.from(escapes.replaceAll('%', ''), 'hex').toString('utf8'));
}
