import { DEFAULTS } from '../shapes/defaults.js';
import { fault, type Parsed } from './location.js';
import type { TcpAddress } from '../shapes/resolved-connection.js';
import { parseRedisUrl, type RedisUrl } from './parse-redis-url.js';

/** The parts of a cluster's URL. */
export interface ClusterUrl {
  /** In the order written, each once. */
  readonly nodes: readonly TcpAddress[];
  /** Scheme (`rediss`: TLS), credentials, database and query. Host and port are those of the first node. */
  readonly url: RedisUrl;
}

const EXPECTED = "'redis+cluster://user:password@host:6379,host:6379/0'";
const PARTS = /^(rediss?)\+cluster:\/\/([^/?#]*)([^?#]*)(.*)$/s;

/** Whether a LOCATION means a Redis Cluster, correctly written or not. */
export function isClusterUrl(location: unknown): boolean {
  return typeof location === 'string' && /^rediss?\+cluster:/i.test(location);
}

/**
 * Reads `redis+cluster://[user:password@]host[:port],host[:port][/0][?k=v]`, and `rediss+cluster://` for TLS:
 * some nodes of a Redis Cluster. A cluster has database 0 alone. Pure; never throws; a fault contains no part
 * of the URL.
 */
export function parseClusterUrl(text: string): Parsed<ClusterUrl> {
  const parts = PARTS.exec(text);
  if (!parts) return fault(EXPECTED, 'no redis+cluster:// in front', 'Write redis+cluster://, or rediss+cluster:// for TLS.');
  const [, scheme, authority = '', path = '', rest = ''] = parts;
  const at = authority.lastIndexOf('@');
  const [userinfo, servers] = [authority.slice(0, at + 1), authority.slice(at + 1).split(',')];
  const urls: RedisUrl[] = [];
  for (const [index, server] of servers.entries()) {
    const url = parseNode(`${scheme}://${userinfo}${server}${rest}`, `node ${index + 1} of ${servers.length}`);
    if ('fault' in url) return url;
    urls.push(url.value);
  }
  const database = parseClusterDatabase(path, urls[0]!.database);
  if ('fault' in database) return database;
  const nodes = new Map<string, TcpAddress>();
  for (const { host, port = DEFAULTS.port } of urls) {
    const known = `${host.toLowerCase()} ${port}`;
    if (!nodes.has(known)) nodes.set(known, Object.freeze({ host, port }));
  }
  return { value: { nodes: [...nodes.values()], url: { ...urls[0]!, database: 0 } } };
}

function parseNode(text: string, which: string): Parsed<RedisUrl> {
  const parsed = parseRedisUrl(text);
  if ('fault' in parsed) return fault(EXPECTED, `${parsed.fault.got} (${which})`, parsed.fault.remedy);
  if (parsed.value.host === '')
    return fault(EXPECTED, `no host (${which})`, 'List some of its nodes, separated by commas alone: host:6379,host:6379.');
  return parsed;
}

/** Neither the path nor `?db=` may name another database. */
function parseClusterDatabase(path: string, fromQuery: number | undefined): Parsed<0> {
  if (!/^\/?$|^\/0+\/?$/.test(path)) {
    const isNumber = /^\/\d+\/?$/.test(path);
    return isNumber
      ? otherDatabase()
      : fault(
          EXPECTED,
          'a path that is no database',
          'Remove it: a cluster has neither a master name nor sentinels, and its nodes are separated by commas.',
        );
  }
  return fromQuery === undefined || fromQuery === 0 ? { value: 0 } : otherDatabase();
}

function otherDatabase(): Parsed<0> {
  return fault(
    'database 0, the only one of a Redis Cluster',
    'another one',
    'Write /0, and give each cache a KEY_PREFIX of its own.',
  );
}
