import { formatConfig, userLines, type Directive, type ExtraConfig } from './config-file.js';
import { LOOPBACK } from '../process/free-ports.js';
import { endpointDirectives, type Address, type Endpoint } from './endpoints.js';
import { tlsDirectives, type Certificates } from './certificates.js';

/** What decides the redis.conf of one node. */
export interface RedisConfig {
  readonly endpoint: Endpoint;
  readonly folder: string;
  readonly logFile: string;
  readonly major: number;
  readonly password: string | undefined;
  readonly username: string | undefined;
  readonly databases: number;
  readonly aof: boolean;
  readonly extra: ExtraConfig;
  readonly unixSocket: string | undefined;
  /** ACL users, a line each. */
  readonly users: readonly string[];
  readonly certificates: Certificates | undefined;
  /** Announced address of the primary, for a replica. */
  readonly replicaOf: Address | undefined;
  /** Makes it a node of a cluster. */
  readonly cluster: ClusterConfig | undefined;
}

/** What a node of a cluster needs besides. */
export interface ClusterConfig {
  /** Where the nodes talk to each other; Redis before 7 takes the client port plus 10000. */
  readonly busPort: number;
  readonly nodeTimeoutMs: number;
  /** For TLS on the endpoint's TLS port. */
  readonly certificates: Certificates | undefined;
}

function clusterDirectives(config: RedisConfig, { busPort, nodeTimeoutMs, certificates }: ClusterConfig): Directive[] {
  return [
    ['cluster-enabled', 'yes'],
    ['cluster-config-file', 'nodes.conf'],
    ['cluster-node-timeout', nodeTimeoutMs],
    ...(config.major >= 7 ? [['cluster-port', busPort] as const] : []),
    ...tlsDirectives(config.endpoint.tlsPort, certificates),
    ...(certificates ? [['tls-cluster', 'yes'] as const] : []),
  ];
}

/**
 * Returns the redis.conf of one node: loopback only, no snapshots, append-only file, replication without a
 * pause.
 */
export function redisConfig(config: RedisConfig): string {
  const { password, username } = config;
  const directives: Directive[] = [
    ['bind', LOOPBACK],
    ['port', config.endpoint.ownPort],
    ...endpointDirectives(config.endpoint, 'replica'),
    ...tlsDirectives(config.endpoint.tlsPort, config.certificates),
    ['protected-mode', 'no'],
    ['dir', config.folder],
    ['logfile', config.logFile],
    ['databases', config.databases],
    ['save', ''],
    ['appendonly', config.aof ? 'yes' : 'no'],
    ['appendfsync', 'everysec'],
    ['repl-diskless-sync', 'yes'],
    ['repl-diskless-sync-delay', 0],
    ['replica-priority', 100],
  ];
  if (config.major >= 7) directives.push(['enable-debug-command', 'yes']);
  if (config.unixSocket !== undefined) directives.push(['unixsocket', config.unixSocket], ['unixsocketperm', '700']);
  if (password !== undefined) directives.push(['requirepass', password], ['masterauth', password]);
  if (username !== undefined)
    directives.push(['user', username, 'on', password === undefined ? 'nopass' : `>${password}`, '~*', '&*', '+@all']);
  if (config.replicaOf !== undefined) directives.push(['replicaof', config.replicaOf.host, config.replicaOf.port]);
  if (config.cluster !== undefined) directives.push(...clusterDirectives(config, config.cluster));
  return formatConfig(directives, userLines(config.users), config.extra);
}
