import { readClusterLocation } from '../topology/cluster-location.js';
import { connectionConfigOf } from '../options/connection-config.js';
import { readRedisOptions } from '../options/redis-options.js';
import { SENTINEL_OPTIONS_ELSEWHERE } from '../options/unsupported-options.js';
import type { Dialect } from './dialect.js';

/**
 * A Redis Cluster with the OPTIONS of django-redis: LOCATION `redis+cluster://host:6379,host:6379`, which
 * Django does not have. Some of the nodes are enough; the others are discovered. OPTIONS.natMap translates
 * the addresses that nodes name.
 */
export const clusterDialect: Dialect = ({ cache, options, common, globals }) => {
  const { serializer, given, own, policy } = readRedisOptions(options, globals);
  const location = readClusterLocation(cache, options, given);
  options.refuseAll(SENTINEL_OPTIONS_ELSEWHERE, 'no such option of a Redis Cluster');
  if (!location || !serializer) return undefined;
  const connection = connectionConfigOf(options, { ...location, own });
  return { ...common, ...policy, backend: 'redis', serializer, connection };
};
