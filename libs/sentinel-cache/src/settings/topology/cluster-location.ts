import type { ConnectionArguments } from '../options/connection-arguments.js';
import { isClusterUrl, parseClusterUrl } from '../locations/parse-cluster-url.js';
import { readNatMap } from './read-nat-map.js';
import type { SettingReader } from '../read/setting-reader.js';
import { urlEntryOf } from './url-list.js';
import type { ClusterTopologyConfig } from '../shapes/resolved-connection.js';

/** The LOCATION of a cluster, read. */
export interface ClusterLocation {
  readonly topology: ClusterTopologyConfig;
  /** OPTIONS, CONNECTION_POOL_KWARGS and the URL, merged; the URL wins. */
  readonly given: ConnectionArguments;
}

const DATABASE = {
  expected: 'database 0, the only one of a Redis Cluster',
  got: 'another database (db)',
  remedy: 'Remove db, and give each cache a KEY_PREFIX of its own.',
};

/** Whether LOCATION means a Redis Cluster: by its scheme, in a list as well. */
export function meansCluster(cache: SettingReader): boolean {
  const location = cache.peek('LOCATION');
  return Array.isArray(location) ? location.some(isClusterUrl) : isClusterUrl(location);
}

/** Reads a LOCATION for which `meansCluster` is true; undefined when it is a problem. */
export function readClusterLocation(
  cache: SettingReader,
  options: SettingReader,
  base: ConnectionArguments,
): ClusterLocation | undefined {
  const natMap = readNatMap(options);
  const location = cache.take('LOCATION');
  const text = Array.isArray(location) && location.length === 1 ? (location as unknown[])[0] : location;
  if (typeof text !== 'string') {
    const remedy = 'Write one URL with all of them: redis+cluster://host:6379,host:6379.';
    return cache.reject('LOCATION', { expected: 'one URL for a Redis Cluster', got: 'a list of several', remedy });
  }
  const parsed = parseClusterUrl(text);
  if ('fault' in parsed) return cache.reject('LOCATION', parsed.fault);
  const { nodes, url } = parsed.value;
  // An empty `database` in the URL leaves that of OPTIONS to be checked.
  const place = { base, path: cache.pathOf('LOCATION'), sentinel: false, problems: cache.problems };
  const { given } = urlEntryOf({ ...url, database: undefined }, place);
  if (given.database !== undefined && given.database !== 0) return cache.reject('LOCATION', DATABASE);
  const topology = Object.freeze({ kind: 'cluster' as const, nodes: Object.freeze(nodes), natMap });
  return { topology, given: { ...given, database: 0 } };
}
