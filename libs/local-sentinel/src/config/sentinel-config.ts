import { tlsDirectives, type Certificates } from './certificates.js';
import { formatConfig, userLines, type Directive } from './config-file.js';
import { LOOPBACK } from '../process/free-ports.js';
import { endpointDirectives, type Address, type Endpoint } from './endpoints.js';

/** A sentinel as the others know it. */
export interface KnownSentinel {
  readonly endpoint: Endpoint;
  /** 40 hexadecimal digits. */
  readonly id: string;
}

/** A master as all sentinels watch it. */
export interface WatchedMaster {
  readonly name: string;
  readonly primary: Address;
  readonly replicas: readonly Address[];
}

/** What decides the sentinel.conf of one sentinel. */
export interface SentinelConfig {
  readonly self: KnownSentinel;
  readonly others: readonly KnownSentinel[];
  readonly masters: readonly WatchedMaster[];
  readonly folder: string;
  readonly logFile: string;
  readonly quorum: number;
  readonly downAfterMs: number;
  readonly failoverTimeoutMs: number;
  readonly password: string | undefined;
  readonly sentinelPassword: string | undefined;
  /** ACL users, a line each. */
  readonly users: readonly string[];
  readonly certificates: Certificates | undefined;
}

function watch(master: WatchedMaster, config: SentinelConfig): Directive[] {
  const { name } = master;
  const directives: Directive[] = [
    ['sentinel', 'monitor', name, master.primary.host, master.primary.port, config.quorum],
    ['sentinel', 'down-after-milliseconds', name, config.downAfterMs],
    ['sentinel', 'failover-timeout', name, config.failoverTimeoutMs],
    ['sentinel', 'parallel-syncs', name, 1],
  ];
  if (config.password !== undefined) directives.push(['sentinel', 'auth-pass', name, config.password]);
  for (const { host, port } of master.replicas) directives.push(['sentinel', 'known-replica', name, host, port]);
  for (const { endpoint, id } of config.others) {
    directives.push(['sentinel', 'known-sentinel', name, endpoint.announced.host, endpoint.announced.port, id]);
  }
  return directives;
}

/**
 * Returns the sentinel.conf of one sentinel. It says up front what sentinels otherwise find out from each
 * other's greetings (every two seconds) and from the primary's INFO, in the very words in which a sentinel
 * writes it down itself; that is why a topology stands in well under two seconds.
 */
export function sentinelConfig(config: SentinelConfig): string {
  const directives: Directive[] = [
    ['bind', LOOPBACK],
    ['port', config.self.endpoint.ownPort],
    ...endpointDirectives(config.self.endpoint, 'sentinel'),
    ...tlsDirectives(config.self.endpoint.tlsPort, config.certificates),
    ['protected-mode', 'no'],
    ['dir', config.folder],
    ['logfile', config.logFile],
    ['sentinel', 'myid', config.self.id],
    ['sentinel', 'resolve-hostnames', 'yes'],
  ];
  if (config.sentinelPassword !== undefined) {
    directives.push(['requirepass', config.sentinelPassword], ['sentinel', 'sentinel-pass', config.sentinelPassword]);
  }
  return formatConfig([...directives, ...config.masters.flatMap((master) => watch(master, config))], userLines(config.users));
}
