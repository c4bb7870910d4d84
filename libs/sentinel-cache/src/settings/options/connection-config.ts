import type { ConnectionArguments } from './connection-arguments.js';
import { DEFAULTS } from '../shapes/defaults.js';
import type { OwnOptions } from './extra-options.js';
import type { SettingReader } from '../read/setting-reader.js';
import type { SettingProblems } from '../read/setting-problems.js';
import { tlsConfigOf } from './tls-arguments.js';
import type { ConnectionConfig, Credentials, TlsConfig, TopologyConfig } from '../shapes/resolved-connection.js';

/** What a dialect has read of a connection. */
export interface ConnectionParts {
  readonly topology: TopologyConfig;
  /** The arguments of all places, merged. */
  readonly given: ConnectionArguments;
  readonly own: OwnOptions;
}

/** Returns what a connection is made from, with defaults for what was not given. */
export function connectionConfigOf(options: SettingReader, parts: ConnectionParts): ConnectionConfig {
  const { topology, given, own } = parts;
  if (own.deadlineMs !== undefined && given.socketTimeoutMs !== undefined) {
    options.problems.warn(`${options.pathOf('deadline')} has no effect: a socket timeout is given as well, and replaces it.`);
  }
  if (topology.kind !== 'sentinel' && given.minOtherSentinels !== undefined) {
    options.problems.warn(`${options.path}: min_other_sentinels has no effect without Redis Sentinel.`);
  }
  return Object.freeze({
    topology,
    credentials: credentialsOf(given),
    tls: tlsOf(given, options.path, options.problems),
    database: given.database ?? DEFAULTS.database,
    callDeadlineMs: given.socketTimeoutMs ?? own.deadlineMs ?? DEFAULTS.callDeadlineMs,
    connectDeadlineMs: given.socketConnectTimeoutMs ?? DEFAULTS.connectDeadlineMs,
    maxSocketsPerNode: given.maxConnections ?? DEFAULTS.maxSocketsPerNode,
    gate: own.gate,
    breakerFailures: own.breakerFailures,
    coalesce: !own.coalesce ? 'off' : topology.kind === 'cluster' ? 'slot' : 'any',
    clientName: own.clientName ?? given.clientName ?? DEFAULTS.clientName,
  });
}

/** Returns user name and password; empty where they are not given. */
export function credentialsOf(given: ConnectionArguments): Credentials {
  return Object.freeze({ username: given.username ?? '', password: given.password ?? '' });
}

/**
 * Returns TLS; ssl_* arguments without TLS are a problem, since their author believes that the connection is
 * encrypted.
 */
export function tlsOf(given: ConnectionArguments, path: string, problems: SettingProblems): TlsConfig | false {
  const tls = given.tls ?? {};
  if (given.ssl === true) return tlsConfigOf(tls, path, problems);
  if (tls.path !== undefined) {
    const remedy = 'Write rediss:// or ssl: true (data nodes: CONNECTION_POOL_KWARGS; sentinels: SENTINEL_KWARGS), or remove it.';
    problems.add({ path: tls.path, expected: 'TLS to be on', got: 'an ssl_ argument without TLS', remedy });
  }
  return false;
}
