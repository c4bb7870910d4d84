import { readSharedArguments, type ConnectionArguments } from '../options/connection-arguments.js';
import { credentialsOf, tlsOf } from '../options/connection-config.js';
import { DEFAULTS } from '../shapes/defaults.js';
import { readNatMap } from './read-nat-map.js';
import { readBoolean } from '../read/read-values.js';
import type { SettingReader } from '../read/setting-reader.js';
import type { SentinelTopologyConfig, TcpAddress } from '../shapes/resolved-connection.js';

/** What a dialect has read of its sentinels. */
export interface SentinelParts {
  readonly masterName: string;
  readonly sentinels: readonly TcpAddress[];
  /** The merged arguments of the data nodes. */
  readonly given: ConnectionArguments;
  readonly readsFrom: 'primary' | 'replica';
  readonly readOnly: boolean;
  /** SENTINEL_TIMEOUT of django-sentinel; undefined when it is not given, or in another dialect. */
  readonly sentinelTimeoutMs?: number | undefined;
}

/**
 * Returns the sentinel part of a connection. SENTINEL_KWARGS are the arguments of the connections to the
 * sentinels, taken as they are; without them only the socket timeouts of the data nodes are used: no
 * password, no TLS.
 */
export function sentinelTopologyOf(options: SettingReader, parts: SentinelParts): SentinelTopologyConfig {
  const { masterName, given, readsFrom, readOnly, sentinelTimeoutMs } = parts;
  const kwargs = readSentinelKwargs(options) ?? {
    socketTimeoutMs: given.socketTimeoutMs,
    socketConnectTimeoutMs: given.socketConnectTimeoutMs,
  };
  return Object.freeze({
    kind: 'sentinel',
    masterName,
    sentinels: uniqueSentinels(options, parts.sentinels),
    sentinelCredentials: credentialsOf(kwargs),
    sentinelTls: tlsOf(kwargs, options.pathOf('SENTINEL_KWARGS'), options.problems),
    // A question to a sentinel is a connect and one round trip.
    sentinelDeadlineMs:
      sentinelTimeoutMs ?? kwargs.socketTimeoutMs ?? kwargs.socketConnectTimeoutMs ?? DEFAULTS.sentinelDeadlineMs,
    readsFrom,
    readOnly,
    minOtherSentinels: given.minOtherSentinels ?? DEFAULTS.minOtherSentinels,
    natMap: readNatMap(options),
    eagerFailover: readBoolean(options, 'eagerFailover') ?? DEFAULTS.eagerFailover,
  });
}

function readSentinelKwargs(options: SettingReader): ConnectionArguments | undefined {
  const value = options.take('SENTINEL_KWARGS');
  if (value === undefined || value === null) return undefined;
  const reader = options.sub('SENTINEL_KWARGS');
  const kwargs = readSharedArguments(reader);
  reader.rejectUnknown();
  return kwargs;
}

/** A sentinel that is listed twice would be asked, and counted, twice. */
function uniqueSentinels(options: SettingReader, sentinels: readonly TcpAddress[]): readonly TcpAddress[] {
  const unique = new Map(
    sentinels.map((sentinel) => [`${sentinel.host.toLowerCase()} ${sentinel.port}`, Object.freeze({ ...sentinel })]),
  );
  if (unique.size < sentinels.length) options.problems.warn(`${options.path}: a sentinel is listed twice; it is asked once.`);
  return Object.freeze([...unique.values()]);
}
