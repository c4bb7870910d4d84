import { connectionConfigOf } from '../options/connection-config.js';
import { describeKind } from '../read/describe-value.js';
import { parseSentinelLocation, type SentinelLocation } from '../locations/parse-sentinel-location.js';
import { readSeconds } from '../read/read-values.js';
import { readRedisOptions } from '../options/redis-options.js';
import { sentinelTopologyOf } from '../topology/sentinel-topology.js';
import type { SettingReader } from '../read/setting-reader.js';
import { SENTINEL_OPTIONS_ELSEWHERE } from '../options/unsupported-options.js';
import type { Dialect } from './dialect.js';

/**
 * django-sentinel: CLIENT_CLASS `django_sentinel.SentinelClient`, LOCATION
 * `master_name/host:port,host:port/db`. Writes go to the primary, reads to a replica. PASSWORD is for the
 * data nodes only. SENTINEL_KWARGS, which the package does not have, are read: the password or TLS of a
 * sentinel has no other place.
 */
export const djangoSentinelDialect: Dialect = ({ cache, options, common, globals }) => {
  const location = readLocation(cache);
  const { serializer, given, own, policy } = readRedisOptions(options, globals);
  const sentinelTimeoutMs = readSeconds(options, 'SENTINEL_TIMEOUT');
  const topology = sentinelTopologyOf(options, {
    masterName: location?.masterName ?? '',
    sentinels: location?.sentinels ?? [],
    given,
    readsFrom: 'replica',
    readOnly: false,
    sentinelTimeoutMs,
  });
  options.refuseAll(SENTINEL_OPTIONS_ELSEWHERE, 'no such option with this CLIENT_CLASS');
  const connection = connectionConfigOf(options, { topology, given: { ...given, database: location?.database }, own });
  return location && serializer ? { ...common, ...policy, backend: 'redis', serializer, connection } : undefined;
};

function readLocation(cache: SettingReader): SentinelLocation | undefined {
  const value = cache.take('LOCATION');
  if (typeof value !== 'string') {
    const remedy = 'Write one string, with the master and the database once: mymaster/host1:26379,host2:26379/0.';
    return cache.reject('LOCATION', { expected: "'master_name/host:port,host:port/db'", got: describeKind(value), remedy });
  }
  const parsed = parseSentinelLocation(value);
  return 'fault' in parsed ? cache.reject('LOCATION', parsed.fault) : parsed.value;
}
