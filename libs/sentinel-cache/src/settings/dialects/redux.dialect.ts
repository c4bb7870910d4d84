import { connectionConfigOf } from '../options/connection-config.js';
import { readSentinels } from '../topology/read-sentinels.js';
import { readRedisOptions, warnOfEntries } from '../options/redis-options.js';
import { sentinelTopologyOf } from '../topology/sentinel-topology.js';
import type { SettingReader } from '../read/setting-reader.js';
import { describeKind } from '../read/describe-value.js';
import { SENTINEL_OPTIONS_ELSEWHERE } from '../options/unsupported-options.js';
import type { Dialect } from './dialect.js';

const CLIENT = 'the BACKEND brings its own client';

/**
 * django-redis-sentinel-redux: LOCATION is a list of sentinels, OPTIONS.SENTINEL_SERVICE_NAME names the
 * master, and OPTIONS.REDIS_CLIENT_KWARGS the database. Reads go to replicas. No current django-redis runs
 * it.
 */
export const reduxDialect: Dialect = ({ cache, options, common, globals }) => {
  const sentinels = readSentinels(cache, 'LOCATION');
  const masterName = readMasterName(options);
  warnOfEntries(cache, options);
  const { serializer, given, own, policy } = readRedisOptions(options, globals, { readsClientKwargs: true });
  const topology = sentinelTopologyOf(options, {
    masterName,
    sentinels: sentinels ?? [],
    given,
    readsFrom: 'replica',
    readOnly: false,
  });
  options.warnOf({ CLIENT_CLASS: CLIENT, CONNECTION_FACTORY: CLIENT, CONNECTION_POOL_CLASS: CLIENT });
  options.refuseAll(SENTINEL_OPTIONS_ELSEWHERE, 'no such option in this dialect');
  const connection = connectionConfigOf(options, { topology, given, own });
  return sentinels && masterName && serializer ? { ...common, ...policy, backend: 'redis', serializer, connection } : undefined;
};

function readMasterName(options: SettingReader): string {
  const name = 'SENTINEL_SERVICE_NAME';
  const value = options.take(name);
  if (typeof value === 'string' && value !== '') return value;
  options.reject(name, {
    expected: 'the name of the master',
    got: describeKind(value),
    remedy: "Write SENTINEL_SERVICE_NAME: 'mymaster'.",
  });
  return '';
}
